//! From bytes to nodes.

use super::{DEPTH, Node};
use crate::{builtin::types::error::DecodeError, status::quote};

/// Reads a document of JSON. Bytes that aren't UTF-8 become U+FFFD within strings. O(size).
///
/// # Errors
/// It is no JSON, or nested deeper than [`DEPTH`]; in the words of Go's decoder.
pub fn parse(bytes: &[u8]) -> Result<Node, DecodeError> {
    let mut reader = Reader { bytes, at: 0 };
    let node = reader.value(DEPTH)?;
    reader.space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.unexpected("after top-level value")),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The complaint about the byte that comes next, where spaces are allowed.
    fn unexpected(&self, context: &str) -> DecodeError {
        match self.peek() {
            Some(_) => self.unexpected_within(context),
            None => DecodeError::Other("unexpected end of JSON input".to_owned()),
        }
    }

    /// The complaint about the byte that comes next, within a word: Go takes the end for a space.
    fn unexpected_within(&self, context: &str) -> DecodeError {
        let byte = self.peek().unwrap_or(b' ');
        let quoted = match byte {
            b'\'' => "'\\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            byte => {
                let quoted = quote(char::from(byte).encode_utf8(&mut [0; 4]));
                format!("'{}'", quoted.trim_start_matches('"').trim_end_matches('"'))
            }
        };
        DecodeError::Other(format!("invalid character {quoted} {context}"))
    }

    fn value(&mut self, depth: usize) -> Result<Node, DecodeError> {
        self.space();
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Node::String(self.string()?)),
            Some(b't') => self.literal("true", Node::Bool(true)),
            Some(b'f') => self.literal("false", Node::Bool(false)),
            Some(b'n') => self.literal("null", Node::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, DecodeError> {
        depth.checked_sub(1).ok_or_else(|| self.unexpected("exceeded max depth"))
    }

    fn map(&mut self, depth: usize) -> Result<Node, DecodeError> {
        let depth = self.deeper(depth)?;
        self.at += 1;
        let mut entries = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Map(entries));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            entries.push((key, self.value(depth)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Node::Map(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Node, DecodeError> {
        let depth = self.deeper(depth)?;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(Node::List(items))
    }

    fn literal(&mut self, word: &str, node: Node) -> Result<Node, DecodeError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let expected = char::from(expected);
                let context = format!("in literal {word} (expecting '{expected}')");
                return Err(self.unexpected_within(&context));
            }
            self.at += 1;
        }
        Ok(node)
    }

    fn number(&mut self) -> Result<Node, DecodeError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            // Nothing but a fraction or exponent comes after a leading zero.
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits("")?,
            _ => return Err(self.unexpected_within("in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = self.bytes.get(start..self.at).unwrap_or_default();
        Ok(Node::Number(String::from_utf8_lossy(text).into()))
    }

    /// At least one digit.
    fn digits(&mut self, context: &str) -> Result<(), DecodeError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.unexpected_within(context));
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, DecodeError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            let plain = self.bytes.get(start..self.at).unwrap_or_default();
            push_lossy(&mut out, plain);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut out)?;
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        self.at += 1;
        Ok(out)
    }

    fn escape(&mut self, out: &mut String) -> Result<(), DecodeError> {
        let c = match self.peek() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(byte @ (b'\\' | b'/' | b'"')) => char::from(byte),
            Some(b'u') => {
                self.at += 1;
                let unit = self.unit()?;
                out.push(self.character(unit)?);
                return Ok(());
            }
            _ => return Err(self.unexpected_within("in string escape code")),
        };
        self.at += 1;
        out.push(c);
        Ok(())
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, DecodeError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit
                .ok_or_else(|| self.unexpected_within("in \\u hexadecimal character escape"))?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The character of a unit, which may be the first half of one. Halves alone become U+FFFD.
    fn character(&mut self, unit: u32) -> Result<char, DecodeError> {
        let next = self.bytes.get(self.at..self.at + 2);
        if (0xd800..0xdc00).contains(&unit) && next == Some(b"\\u") {
            let start = self.at;
            self.at += 2;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let whole = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(whole).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            // Not its other half: it stands for itself.
            self.at = start;
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// Go replaces each byte that isn't part of a character, not runs of them.
fn push_lossy(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
}
