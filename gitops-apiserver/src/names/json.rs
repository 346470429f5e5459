//! What Go's JSON decoder finds wrong with a text.
//!
//! The messages of refused bodies quote it, and no parser of Rust words its errors that way.

use std::ops::ControlFlow;

/// Nesting that Go refuses.
const MAX_DEPTH: usize = 10_000;

/// The syntax error in `text`, as Go's `encoding/json` words it; none if it is one JSON value.
///
/// Linear in the text's length, without recursion.
pub fn json_syntax_error(text: &[u8]) -> Option<String> {
    let mut scanner = Scanner { step: Step::Value, open: Vec::new() };
    for byte in text {
        if let ControlFlow::Break(error) = scanner.step(*byte) {
            return Some(error);
        }
    }
    // What follows the text decides whether its last piece was whole: as if a space did.
    match scanner.step(b' ') {
        ControlFlow::Break(error) => Some(error),
        ControlFlow::Continue(()) if scanner.step == Step::End => None,
        ControlFlow::Continue(()) => Some("unexpected end of JSON input".to_owned()),
    }
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    /// A string, which is a key or a value.
    Text,
    Escape,
    /// So many hexadecimal digits.
    Hex(u8),
    Colon,
    /// After a value: a comma, or the end of what is open.
    After,
    Minus,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// The rest of `true`, `false` or `null`.
    Word(&'static str, usize),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Array,
    /// An object whose key is being read.
    Key,
    /// An object whose value is being read.
    Member,
}

struct Scanner {
    step: Step,
    open: Vec<Open>,
}

fn wrong(byte: u8, context: &str) -> ControlFlow<String> {
    let shown = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        byte => {
            let quoted = crate::status::quote(&char::from(byte).to_string());
            quoted.trim_matches('"').to_owned()
        }
    };
    ControlFlow::Break(format!("invalid character '{shown}' {context}"))
}

impl Scanner {
    fn to(&mut self, step: Step) -> ControlFlow<String> {
        self.step = step;
        ControlFlow::Continue(())
    }

    fn open(&mut self, what: Open, step: Step) -> ControlFlow<String> {
        if self.open.len() >= MAX_DEPTH {
            return ControlFlow::Break("exceeded max depth".to_owned());
        }
        self.open.push(what);
        self.to(step)
    }

    fn close(&mut self) -> ControlFlow<String> {
        self.open.pop();
        self.value_done()
    }

    fn value_done(&mut self) -> ControlFlow<String> {
        self.to(if self.open.is_empty() { Step::End } else { Step::After })
    }

    fn step(&mut self, byte: u8) -> ControlFlow<String> {
        let space = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match (self.step, byte) {
            (
                Step::Value
                | Step::ValueOrClose
                | Step::Key
                | Step::KeyOrClose
                | Step::Colon
                | Step::After
                | Step::End,
                _,
            ) if space => ControlFlow::Continue(()),
            (Step::ValueOrClose, b']') | (Step::KeyOrClose, b'}') => self.close(),
            (Step::Value | Step::ValueOrClose, byte) => self.value(byte),
            (Step::Key | Step::KeyOrClose, b'"') => self.to(Step::Text),
            (Step::Key | Step::KeyOrClose, byte) => {
                wrong(byte, "looking for beginning of object key string")
            }
            (Step::Text, b'"') => match self.open.last() {
                Some(Open::Key) => self.to(Step::Colon),
                _ => self.value_done(),
            },
            (Step::Text, b'\\') => self.to(Step::Escape),
            (Step::Text, 0..0x20) => wrong(byte, "in string literal"),
            (Step::Text, _) => ControlFlow::Continue(()),
            (Step::Escape, b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => {
                self.to(Step::Text)
            }
            (Step::Escape, b'u') => self.to(Step::Hex(4)),
            (Step::Escape, byte) => wrong(byte, "in string escape code"),
            (Step::Hex(left), byte) if byte.is_ascii_hexdigit() => {
                self.to(if left > 1 { Step::Hex(left - 1) } else { Step::Text })
            }
            (Step::Hex(_), byte) => wrong(byte, "in \\u hexadecimal character escape"),
            (Step::Colon, b':') => {
                if let Some(last) = self.open.last_mut() {
                    *last = Open::Member;
                }
                self.to(Step::Value)
            }
            (Step::Colon, byte) => wrong(byte, "after object key"),
            (Step::After, byte) => self.after(byte),
            (Step::Word(word, at), byte) => self.word(word, at, byte),
            (Step::End, byte) => wrong(byte, "after top-level value"),
            (step, byte) => self.number(step, byte),
        }
    }

    fn value(&mut self, byte: u8) -> ControlFlow<String> {
        match byte {
            b'{' => self.open(Open::Key, Step::KeyOrClose),
            b'[' => self.open(Open::Array, Step::ValueOrClose),
            b'"' => self.to(Step::Text),
            b'-' => self.to(Step::Minus),
            b'0' => self.to(Step::Zero),
            b'1'..=b'9' => self.to(Step::Digits),
            b't' => self.to(Step::Word("true", 1)),
            b'f' => self.to(Step::Word("false", 1)),
            b'n' => self.to(Step::Word("null", 1)),
            byte => wrong(byte, "looking for beginning of value"),
        }
    }

    fn after(&mut self, byte: u8) -> ControlFlow<String> {
        match (self.open.last_mut(), byte) {
            (Some(Open::Array), b',') => self.to(Step::Value),
            (Some(Open::Array), b']') | (Some(Open::Member | Open::Key), b'}') => self.close(),
            (Some(open @ (Open::Member | Open::Key)), b',') => {
                *open = Open::Key;
                self.to(Step::Key)
            }
            (Some(Open::Array), byte) => wrong(byte, "after array element"),
            (_, byte) => wrong(byte, "after object key:value pair"),
        }
    }

    fn word(&mut self, word: &'static str, at: usize, byte: u8) -> ControlFlow<String> {
        match word.as_bytes().get(at) {
            Some(expected) if *expected != byte => {
                let expected = char::from(*expected);
                wrong(byte, &format!("in literal {word} (expecting '{expected}')"))
            }
            _ if at + 1 < word.len() => self.to(Step::Word(word, at + 1)),
            _ => self.value_done(),
        }
    }

    fn number(&mut self, step: Step, byte: u8) -> ControlFlow<String> {
        use Step::{Digits, Exponent, ExponentDigits, ExponentSign, Fraction, Minus, Point, Zero};
        let next = match (step, byte) {
            (Minus, b'0') => Zero,
            (Minus, b'1'..=b'9') | (Digits, b'0'..=b'9') => Digits,
            (Minus, _) => return wrong(byte, "in numeric literal"),
            (Digits | Zero, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Point, _) => return wrong(byte, "after decimal point in numeric literal"),
            (Digits | Zero | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => ExponentSign,
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            (Exponent | ExponentSign, _) => {
                return wrong(byte, "in exponent of numeric literal");
            }
            _ => {
                // The number ended before this byte.
                let _ = self.value_done();
                return self.step(byte);
            }
        };
        self.to(next)
    }
}
