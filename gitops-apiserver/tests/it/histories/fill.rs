//! Placeholders filled in, from what one server has answered.

use super::{step::Step, target::Answer};
use http::Request;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;

/// What one server has told in the course of a history.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) namespace: String,
    /// The last state of each object, by plural and name.
    objects: BTreeMap<String, Value>,
    /// The answer to each step.
    answers: BTreeMap<u32, Value>,
    highest: u64,
}

/// What can't stand in the value of a query.
const VALUE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'&').add(b'+').add(b'<').add(b'>');

impl Seen {
    pub(super) fn new(namespace: &str) -> Self {
        Seen { namespace: namespace.to_owned(), ..Seen::default() }
    }

    /// The step as this server gets it; an error if the text is no request at all.
    pub(super) fn request(&self, step: &Step) -> Result<Request<Vec<u8>>, http::Error> {
        let object = object_of(step.path());
        let fill = |text: &str| self.fill(text, object.as_deref(), false);
        let fill_body = |text: &str| self.fill(text, object.as_deref(), true);
        let mut uri = fill(step.path());
        for (index, pair) in step.query.iter().enumerate() {
            let escaped = utf8_percent_encode(&fill(pair), VALUE).to_string();
            uri.push(if index == 0 { '?' } else { '&' });
            uri.push_str(&escaped);
        }
        let mut request = Request::builder().method(step.method()).uri(uri);
        for (name, value) in &step.headers {
            request = request.header(name, fill(value));
        }
        if !step.headers.contains_key("user-agent") {
            request = request.header("user-agent", "histories/1");
        }
        let body = match (&step.body, &step.text) {
            (Some(body), _) => filled(body, &fill_body).to_string(),
            (None, Some(text)) => fill_body(text),
            (None, None) => String::new(),
        };
        request.body(body.into_bytes())
    }

    /// Remembers what an answer tells.
    pub(super) fn learn(&mut self, step: &Step, answer: &Answer) {
        let text = String::from_utf8_lossy(&answer.body);
        let first = text.lines().next().unwrap_or_default();
        let Ok(value) =
            serde_json::from_str::<Value>(&text).or_else(|_| serde_json::from_str(first))
        else {
            return;
        };
        self.note(&value, 0);
        if answer.code < 300 && value["metadata"]["uid"].is_string() {
            let name = value["metadata"]["name"].as_str().unwrap_or_default();
            let collection = step.method() == "POST" && object_of(step.path()).is_none();
            let key = match collection {
                true => object_of(&format!("{}/{name}", step.path())),
                false => object_of(step.path()),
            };
            if let Some(key) = key {
                self.objects.insert(key, value.clone());
            }
        }
        self.answers.insert(step.id, value);
    }

    fn note(&mut self, value: &Value, depth: u32) {
        let version = value["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        self.highest = self.highest.max(version.parse().unwrap_or(0));
        for item in value["items"].as_array().into_iter().flatten() {
            if depth < 2 {
                self.note(item, depth + 1);
            }
        }
    }

    fn fill(&self, text: &str, object: Option<&str>, in_body: bool) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, after)) = after.split_once("}}") else { break };
            out.push_str(before);
            out.push_str(&self.value(inside, object, in_body));
            rest = after;
        }
        out + rest
    }

    fn value(&self, inside: &str, object: Option<&str>, in_body: bool) -> String {
        let (what, of) = inside.split_once(' ').unwrap_or((inside, ""));
        let source = match of {
            "" => object.and_then(|object| self.objects.get(object)),
            of => of.parse().ok().and_then(|id| self.answers.get(&id)),
        };
        let field = |name: &str| {
            let value = source.and_then(|source| source["metadata"][name].as_str());
            value.map(str::to_owned)
        };
        let unknown = |text: &str| text.to_owned();
        match (what, of) {
            ("ns", _) => self.namespace.clone(),
            // The version of a list is that of an object only where nobody else writes.
            ("rv", "max") if in_body => "1".to_owned(),
            ("rv", "max") => self.highest.to_string(),
            ("rv", "future") => (self.highest + 1_000_000).to_string(),
            ("rv", _) if in_body && source.is_some_and(is_collection) => "1".to_owned(),
            ("rv", _) => field("resourceVersion").unwrap_or_else(|| unknown("")),
            ("uid", _) => {
                field("uid").unwrap_or_else(|| unknown("00000000-0000-0000-0000-000000000000"))
            }
            ("name", _) => field("name").unwrap_or_else(|| unknown("nobody")),
            ("continue", _) => field("continue").unwrap_or_else(|| unknown("")),
            _ => format!("{{{{{inside}}}}}"),
        }
    }
}

fn is_collection(answer: &Value) -> bool {
    let kind = answer["kind"].as_str().unwrap_or_default();
    kind == "Table" || kind.ends_with("List")
}

/// Fills in every string of a value, keys too.
fn filled(value: &Value, fill: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => fill(text).into(),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (fill(key), filled(value, fill))).collect()
        }
        other => other.clone(),
    }
}

/// Resource and name of the object that a path is about, whatever the version and subresource.
pub(super) fn object_of(path: &str) -> Option<String> {
    let (collection, name) = split(path)?;
    let mut parts: Vec<_> = collection.split('/').collect();
    if let Some(version) = parts.get_mut(3).filter(|_| path.starts_with("/apis/")) {
        *version = "";
    }
    Some(format!("{}/{}", parts.join("/"), name?))
}

/// The path of the collection that a path is in.
pub(super) fn collection_of(path: &str) -> Option<&str> {
    split(path).map(|(collection, _)| collection)
}

fn split(path: &str) -> Option<(&str, Option<&str>)> {
    let rest = path.strip_prefix('/')?;
    let parts: Vec<&str> = rest.split('/').collect();
    let group = match *parts.first()? {
        "api" => 2,
        "apis" => 3,
        _ => return None,
    };
    let below = parts.get(group..)?;
    let plural = match below {
        // `namespaces/x/y` is a collection in a namespace unless y is a subresource.
        ["namespaces", _, y, ..] if !matches!(*y, "status" | "finalize") => group + 2,
        [_, ..] => group,
        [] => return None,
    };
    let length: usize = parts.iter().take(plural + 1).map(|part| part.len() + 1).sum();
    Some((path.get(..length)?, parts.get(plural + 1).copied()))
}
