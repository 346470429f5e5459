//! The grammar of selectors: `a, !b, c=d, e in (f, g), h > 1`.

use super::{
    Operator, Requirement, SelectorError,
    lexer::{Lexer, Piece, Token},
};
use crate::names::words::label_key;
use crate::status::FieldError;

const OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, SelectorError> {
    let mut lexer = Lexer::new(text);
    let ahead = lexer.next();
    Parser { lexer, ahead, ended: false }.requirements()
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    ahead: Piece<'a>,
    ended: bool,
}

fn found<T>(text: &str, rest: &str) -> Result<T, SelectorError> {
    Err(SelectorError(format!("found '{text}'{rest}")))
}

impl<'a> Parser<'a> {
    /// The next piece where `in` and `notin` are plain words.
    fn peek(&self) -> Piece<'a> {
        match self.ahead {
            (Token::In | Token::NotIn, text) => (Token::Identifier, text),
            piece => piece,
        }
    }

    fn next(&mut self) -> Piece<'a> {
        let piece = self.ahead;
        // What follows the end is not looked at.
        self.ended |= piece.0 == Token::End;
        if !self.ended {
            self.ahead = self.lexer.next();
        }
        piece
    }

    fn next_word(&mut self) -> Piece<'a> {
        let piece = self.peek();
        self.next();
        piece
    }

    fn requirements(&mut self) -> Result<Vec<Requirement>, SelectorError> {
        let mut all = Vec::new();
        loop {
            match self.peek() {
                (Token::End, _) => return Ok(all),
                (Token::Identifier | Token::Not, _) => {}
                (_, text) => {
                    return found(text, ", expected: !, identifier, or 'end of string'");
                }
            }
            let requirement = self.requirement();
            all.push(requirement.map_err(|SelectorError(why)| {
                SelectorError(format!("unable to parse requirement: {why}"))
            })?);
            match self.next_word() {
                (Token::End, _) => return Ok(all),
                (Token::Comma, _) => match self.peek() {
                    (Token::Identifier | Token::Not, _) => {}
                    (_, text) => return found(text, ", expected: identifier after ','"),
                },
                (_, text) => return found(text, ", expected: ',' or 'end of string'"),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, SelectorError> {
        let mut negated = false;
        let mut piece = self.next_word();
        if piece.0 == Token::Not {
            negated = true;
            piece = self.next_word();
        }
        let (Token::Identifier, key) = piece else {
            return found(piece.1, ", expected: identifier");
        };
        let wrong = label_key(key);
        if !wrong.is_empty() {
            // The server has no path for this value, and says so.
            return Err(FieldError::invalid("<nil>", key, &wrong.join("; ")).into());
        }
        if negated || matches!(self.peek().0, Token::End | Token::Comma) {
            let operator = if negated { Operator::DoesNotExist } else { Operator::Exists };
            return Requirement::new(key, operator, Vec::new());
        }
        let operator = match self.next() {
            (Token::In, _) => Operator::In,
            (Token::NotIn, _) => Operator::NotIn,
            (Token::Equals, _) => Operator::Equals,
            (Token::DoubleEquals, _) => Operator::DoubleEquals,
            (Token::NotEquals, _) => Operator::NotEquals,
            (Token::Greater, _) => Operator::GreaterThan,
            (Token::Less, _) => Operator::LessThan,
            (_, text) => return found(text, &format!(", expected: {OPERATORS}")),
        };
        let mut values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => vec![self.value()?],
        };
        values.sort();
        values.dedup();
        Requirement::new(key, operator, values)
    }

    fn value(&mut self) -> Result<String, SelectorError> {
        match self.peek() {
            (Token::End | Token::Comma, _) => Ok(String::new()),
            (Token::Identifier, text) => {
                self.next();
                Ok(text.to_owned())
            }
            (_, text) => found(text, ", expected: identifier"),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, SelectorError> {
        match self.next_word() {
            (Token::Open, _) => {}
            (_, text) => return found(text, " expected: '('"),
        }
        match self.peek() {
            (Token::Identifier | Token::Comma, _) => {}
            (Token::Close, _) => {
                self.next();
                return Ok(vec![String::new()]);
            }
            (_, text) => return found(text, ", expected: ',', ')' or identifier"),
        }
        let mut values = Vec::new();
        loop {
            match self.next_word() {
                (Token::Identifier, text) => {
                    values.push(text.to_owned());
                    match self.peek() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => break,
                        (_, text) => return found(text, ", expected: ',' or ')'"),
                    }
                }
                // Nothing between commas and parentheses is the empty value.
                (Token::Comma, _) => {
                    let next = self.peek().0;
                    if values.is_empty() || matches!(next, Token::Comma | Token::Close) {
                        values.push(String::new());
                    }
                    if next == Token::Close {
                        break;
                    }
                }
                (_, text) => return found(text, ", expected: ',', or identifier"),
            }
        }
        self.next();
        Ok(values)
    }
}
