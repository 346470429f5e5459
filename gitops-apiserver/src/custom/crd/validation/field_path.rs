//! Paths of fields that a schema must know: `.spec.replicas`, `.labels['a.b']`.

use crate::custom::{
    path,
    schema::{Additional, JsonSchema},
};

/// The normal form of a path and the schema of what is there. `brackets` tells whether
/// `['name']` may be used.
///
/// # Errors
/// The path leads nowhere, in the server's words.
pub(crate) fn resolve<'a>(
    text: &str,
    schema: &'a JsonSchema,
    brackets: bool,
) -> Result<(String, &'a JsonSchema), String> {
    let mut place = Place { path: String::new(), schema: Some(schema) };
    let mut tokens = tokens(text).into_iter();
    let ended = || "unexpected end of JSON path".to_owned();
    while let Some(token) = tokens.next() {
        match token {
            "[" if !brackets => return Err("array notation is not allowed".to_owned()),
            "[" => {
                let quoted = tokens.next().ok_or_else(ended)?;
                let inner = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                let inner = inner
                    .filter(|_| quoted.len() > 1)
                    .ok_or_else(|| format!("expected single quoted string but got {quoted}"))?;
                place.step(&unescape(inner)?)?;
                match tokens.next().ok_or_else(ended)? {
                    "]" => {}
                    other => return Err(format!("expected ] but got {other}")),
                }
            }
            "." => place.step(tokens.next().ok_or_else(ended)?)?,
            other => return Err(format!("expected [ or . but got: {other}")),
        }
    }
    let schema = place.schema.ok_or("does not refer to a valid field")?;
    Ok((place.path, schema))
}

struct Place<'a> {
    path: String,
    /// `None` below a map of anything.
    schema: Option<&'a JsonSchema>,
}

impl Place<'_> {
    fn step(&mut self, name: &str) -> Result<(), String> {
        let unknown = || "does not refer to a valid field".to_owned();
        let schema = self.schema.ok_or_else(unknown)?;
        if schema.properties.is_empty() {
            let additional = schema.additional.as_ref().ok_or_else(unknown)?;
            self.path = path::key(&self.path, name);
            self.schema = match additional {
                Additional::Schema(schema) => Some(schema),
                Additional::Allowed(_) => None,
            };
        } else {
            self.path = path::child(&self.path, name);
            self.schema = Some(schema.properties.get(name).ok_or_else(unknown)?);
        }
        Ok(())
    }
}

/// Delimiters, quoted texts, and what is between.
fn tokens(text: &str) -> Vec<&str> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = if rest.starts_with('\'') {
            let bytes = rest.as_bytes();
            let closing = (1..bytes.len())
                .find(|at| bytes.get(*at) == Some(&b'\'') && bytes.get(at - 1) != Some(&b'\\'));
            closing.map_or(rest.len(), |at| at + 1)
        } else {
            match rest.find(['.', '[', ']']) {
                Some(0) => 1,
                Some(at) => at,
                None => rest.len(),
            }
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next() {
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{b}',
            Some(c @ ('\'' | '\\')) => c,
            Some(other) => {
                return Err(format!("invalid string literal: invalid escape char \\{other}"));
            }
            None => '\\',
        });
    }
    Ok(out)
}
