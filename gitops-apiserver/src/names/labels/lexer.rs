//! A selector's text in pieces.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    End,
    Close,
    Comma,
    Not,
    DoubleEquals,
    Equals,
    Greater,
    Identifier,
    In,
    Less,
    NotEquals,
    NotIn,
    Open,
}

/// A piece and its text.
pub(super) type Piece<'a> = (Token, &'a str);

/// The pieces of a selector. Text after a NUL counts as the end, as for the server.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a>(&'a str);

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer(text)
    }

    /// The next piece; at the end, [`Token::End`] for ever.
    pub(super) fn next(&mut self) -> Piece<'a> {
        self.0 = self.0.trim_start_matches(is_space);
        let (token, length) = match self.0.as_bytes() {
            [] => return (Token::End, ""),
            [0, ..] => {
                self.0 = self.0.get(1..).unwrap_or_default();
                return (Token::End, "");
            }
            [b'=', b'=', ..] => (Token::DoubleEquals, 2),
            [b'!', b'=', ..] => (Token::NotEquals, 2),
            [b'=', ..] => (Token::Equals, 1),
            [b'!', ..] => (Token::Not, 1),
            [b'(', ..] => (Token::Open, 1),
            [b')', ..] => (Token::Close, 1),
            [b',', ..] => (Token::Comma, 1),
            [b'>', ..] => (Token::Greater, 1),
            [b'<', ..] => (Token::Less, 1),
            _ => return self.word(),
        };
        (token, self.take(length))
    }

    fn word(&mut self) -> Piece<'a> {
        let ends = |c: char| c == '\0' || is_space(c) || "=!(),><".contains(c);
        let length = self.0.find(ends).unwrap_or(self.0.len());
        let word = self.take(length);
        match word {
            "in" => (Token::In, word),
            "notin" => (Token::NotIn, word),
            word => (Token::Identifier, word),
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, ""));
        // The server looks one byte further, and swallows a NUL there.
        self.0 = rest.strip_prefix('\0').unwrap_or(rest);
        taken
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
