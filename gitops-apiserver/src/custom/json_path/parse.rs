//! Reading a path.

use super::{Node, Slice};
use serde_json::Value;

pub(super) fn parse(text: &str) -> Option<Vec<Node>> {
    // An expression in an expression is shorter than it, so that this ends.
    let mut parser = Parser { rest: text, nodes: Vec::new() };
    while !parser.rest.is_empty() {
        parser.step()?;
    }
    Some(parser.nodes)
}

struct Parser<'a> {
    rest: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Parser<'a> {
    fn step(&mut self) -> Option<()> {
        if self.rest.starts_with("[?(") {
            return self.filter();
        }
        if let Some(rest) = self.rest.strip_prefix("..") {
            if self.nodes.last() == Some(&Node::Recursive) {
                return None;
            }
            self.nodes.push(Node::Recursive);
            self.rest = rest;
            if rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
                self.field();
            }
            return Some(());
        }
        match self.rest.chars().next()? {
            ' ' | '@' | '$' => self.skip(1),
            '[' => self.array()?,
            quote @ ('"' | '\'') => self.quoted(quote)?,
            '.' => {
                self.skip(1);
                self.field();
            }
            c if c == '+' || c == '-' || c.is_numeric() => self.number()?,
            c if c == '_' || c.is_alphanumeric() => self.identifier(),
            _ => return None,
        }
        Some(())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (part, rest) = self.rest.split_at(end);
        self.rest = rest;
        part
    }

    fn field(&mut self) {
        let mut escaped = false;
        let name = self.take_while(|c| {
            let within = escaped || !is_end(c);
            escaped = c == '\\' && !escaped;
            within
        });
        self.nodes.push(match name {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        });
    }

    fn identifier(&mut self) {
        let name = self.take_while(|c| !is_end(c));
        self.nodes.push(match name {
            "true" => Node::Literal(true.into()),
            "false" => Node::Literal(false.into()),
            name => Node::Identifier(name.to_owned()),
        });
    }

    fn number(&mut self) -> Option<()> {
        let mut first = true;
        let text = self.take_while(|c| {
            let sign = first && matches!(c, '+' | '-');
            first = false;
            sign || c == '.' || c.is_ascii_digit()
        });
        let number = match text.parse::<i64>() {
            Ok(integer) => Value::from(integer),
            Err(_) => Value::from(text.parse::<f64>().ok()?),
        };
        self.nodes.push(Node::Literal(number));
        Some(())
    }

    fn quoted(&mut self, quote: char) -> Option<()> {
        let (text, length) = unquote(self.rest, quote)?;
        self.nodes.push(Node::Literal(text.into()));
        self.skip(length);
        Some(())
    }

    fn array(&mut self) -> Option<()> {
        let end = self.rest.find([']', '\n']).filter(|end| self.rest[*end..].starts_with(']'))?;
        let text = self.rest.get(1..end)?;
        self.skip(end + 1);
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| parse(&format!("[{}]", part.trim_matches(' '))));
            self.nodes.push(Node::Union(parts.collect::<Option<_>>()?));
            return Some(());
        }
        if let Some(key) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))
            && !key.contains('\'')
        {
            self.nodes.extend(parse(&format!(".{key}"))?);
            return Some(());
        }
        self.nodes.push(Node::Array(slice(text)?));
        Some(())
    }

    fn filter(&mut self) -> Option<()> {
        let inner = self.rest.get(3..)?;
        let (mut quote, mut closed, mut end) = (None, false, None);
        let mut before = '(';
        for (at, c) in inner.char_indices() {
            match c {
                '\n' => return None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '"' | '\'' if before != '\\' && quote == Some(c) => closed = true,
                ')' if quote.is_some() == closed => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            before = c;
        }
        let end = end?;
        let (text, after) = (inner.get(..end)?, inner.get(end + 1..)?);
        self.rest = after.strip_prefix(']')?;
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let start = text.find(is_operator).filter(|start| *start > 0);
        let compared = start.and_then(|start| {
            let (left, rest) = text.split_at(start);
            let length = rest.find(|c| !is_operator(c))?;
            let (operator, right) = rest.split_at(length);
            Some((left, operator, right))
        });
        let (left, right) = match compared {
            None => (parse(text)?, None),
            Some((left, operator, right)) => {
                (parse(left)?, Some((operator.to_owned(), parse(right)?)))
            }
        };
        self.nodes.push(Node::Filter { left, right });
        Some(())
    }
}

fn is_end(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn slice(text: &str) -> Option<Slice> {
    let mut parts = text.split(':');
    let mut number = || -> Option<Option<Option<i64>>> {
        match parts.next() {
            None => Some(None),
            Some("") => Some(Some(None)),
            Some(text) => Some(Some(Some(text.parse().ok()?))),
        }
    };
    let (start, end, step) = (number()?, number()?, number()?);
    if parts.next().is_some() {
        return None;
    }
    let start = start.flatten();
    Some(match end {
        None => Slice { start, end: Some(start.unwrap_or(0) + 1), single: true, step: None },
        Some(end) => Slice { start, end, single: false, step: step.flatten() },
    })
}

/// The text in quotes that `text` starts with, and how long it is with them.
fn unquote(text: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => return None,
            c if c == quote => return Some((out, at + 1)),
            '\\' => out.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'v' => '\u{b}',
                '\\' => '\\',
                c if c == quote => c,
                _ => return None,
            }),
            c => out.push(c),
        }
    }
    None
}
