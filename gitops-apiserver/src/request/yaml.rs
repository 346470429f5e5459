//! YAML as the server reads it: the first document counts, and of keys that repeat the last.

use crate::status::quote;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options, Spanned, read_with_options};
use std::{collections::BTreeSet, fmt};

/// Reads the first document; nothing is null.
///
/// # Errors
/// What is wrong, as far as it goes in the words of Go's library.
pub(crate) fn parse(body: &[u8]) -> Result<Value, String> {
    let printable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if !String::from_utf8_lossy(body).chars().all(printable) {
        return Err("yaml: control characters are not allowed".to_owned());
    }
    let mut reader = body;
    let first = read_with_options::<_, Value>(&mut reader, options()).next();
    first.unwrap_or(Ok(Value::Null)).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        let text = error.to_string();
        let why = match text.contains("unclosed bracket") {
            true => "did not find expected node content",
            false => text.lines().next().unwrap_or_default(),
        };
        format!("yaml: line {line}: {why}")
    })
}

/// The keys that a map has twice, as strict decoding words them, in the order of the text; nothing
/// for what can't be read.
pub(crate) fn repeated(body: &[u8]) -> Vec<String> {
    let mut reader = body;
    let first = read_with_options::<_, Repeated>(&mut reader, options()).next();
    first.and_then(Result::ok).unwrap_or_default().0
}

/// What [`repeated`] found, as an error of Go's library.
pub(crate) fn strict_error(repeated: &[String]) -> String {
    let lines = repeated.iter().map(|line| format!("\n  {line}"));
    format!("yaml: unmarshal errors:{}", lines.collect::<String>())
}

fn options() -> Options {
    serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins }
}

/// The lines of keys that repeat.
#[derive(Default)]
struct Repeated(Vec<String>);

impl<'de> Deserialize<'de> for Repeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Repeated;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Repeated, E> {
        Ok(Repeated::default())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Repeated, E> {
        Ok(Repeated::default())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Repeated, E> {
        Ok(Repeated::default())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Repeated, E> {
        Ok(Repeated::default())
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Repeated, E> {
        Ok(Repeated::default())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Repeated, E> {
        Ok(Repeated::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Repeated, A::Error> {
        let mut found = Repeated::default();
        while let Some(item) = items.next_element::<Repeated>()? {
            found.0.extend(item.0);
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Repeated, A::Error> {
        let mut found = Repeated::default();
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value::<Spanned<Repeated>>()?;
            found.0.extend(value.value.0);
            let (line, name) = (value.referenced.line(), quote(&key));
            if !keys.insert(key) {
                found.0.push(format!("line {line}: key {name} already set in map"));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_that_repeat() {
        let text = b"a: 1\nb:\n- {c: 1, c: [x]}\na: 1.5\nd: null\n";
        let lines =
            ["line 3: key \"c\" already set in map", "line 4: key \"a\" already set in map"];
        assert_eq!(repeated(text), lines);
        assert_eq!(repeated(b"a: ["), Vec::<String>::new());
        assert_eq!(
            strict_error(&repeated(b"a: 1\na: 2")),
            "yaml: unmarshal errors:\n  line 2: key \"a\" already set in map"
        );
    }

    #[test]
    fn the_first_document_counts_and_the_last_key() {
        assert_eq!(parse(b"{\"a\": 1} x").unwrap(), json!({"a": 1}));
        assert_eq!(parse(b"a: 1\na: 2\n---\nb: 3").unwrap(), json!({"a": 2}));
        assert_eq!(parse(b"").unwrap(), Value::Null);
        assert_eq!(parse(b"\0").unwrap_err(), "yaml: control characters are not allowed");
        let open = parse(b"a: [").unwrap_err();
        assert_eq!(open, "yaml: line 1: did not find expected node content");
    }
}
