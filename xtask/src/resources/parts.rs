//! Documents that share most of what they hold, with each shared part written once.
//!
//! A line is a part: JSON with sorted keys and no space, where a control character, a number and a
//! semicolon stand for the part in the line of that number, counted from 0. JSON holds no control
//! characters. After an empty line come the documents: name, hash, and such a text, with tabs between.

use serde_json::Value;
use std::collections::BTreeMap;

/// Stands before the number of a part.
const MARK: char = '\u{1}';
/// What is shorter costs more as a part than written again.
const SHORTEST: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Parts {
    documents: Vec<(String, String, Value)>,
    counts: BTreeMap<String, usize>,
    lines: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Parts {
    pub(super) fn add(&mut self, name: &str, hash: &str, document: Value) {
        self.count(&document);
        self.documents.push((name.to_owned(), hash.to_owned(), document));
    }

    fn count(&mut self, value: &Value) {
        let Some(text) = candidate(value) else { return };
        let count = self.counts.entry(text).or_default();
        *count += 1;
        // What is inside is shared with it.
        if *count == 1 {
            inner(value).for_each(|inner| self.count(inner));
        }
    }

    pub(super) fn write(mut self) -> String {
        let mut documents = String::new();
        for (name, hash, document) in std::mem::take(&mut self.documents) {
            let text = self.text(&document);
            documents += &format!("{name}\t{hash}\t{text}\n");
        }
        self.lines.iter().map(|line| format!("{line}\n")).collect::<String>() + "\n" + &documents
    }

    /// The value's text, with what is shared as a part.
    fn text(&mut self, value: &Value) -> String {
        let shared = candidate(value).filter(|text| self.counts.get(text) > Some(&1));
        let Some(whole) = shared else { return self.own_text(value) };
        if let Some(number) = self.numbers.get(&whole) {
            return format!("{MARK}{number};");
        }
        let text = self.own_text(value);
        let number = self.lines.len();
        self.lines.push(text);
        self.numbers.insert(whole, number);
        format!("{MARK}{number};")
    }

    fn own_text(&mut self, value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| {
                    format!("{}:{}", Value::from(name.as_str()), self.text(value))
                };
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
            }
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.text(item)).collect();
                format!("[{}]", items.join(","))
            }
            other => other.to_string(),
        }
    }
}

/// The text of a value that is worth sharing.
fn candidate(value: &Value) -> Option<String> {
    let composite = value.is_object() || value.is_array();
    composite.then(|| value.to_string()).filter(|text| text.len() >= SHORTEST)
}

fn inner(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    }
}
