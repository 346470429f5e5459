//! Plays a story.

use super::{
    matching::differences,
    servers::{Answer, Target, known},
    story::{Step, Story},
};
use http::{Method, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What texts can name.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<String, String>);

impl Known {
    pub(super) fn learn(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// A text with all that it names.
    fn text(&self, text: &str) -> String {
        // From the last name to the first: a name that begins as another comes before it.
        self.0
            .iter()
            .rev()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| (self.text(key), self.value(value))).collect()
            }
            other => other.clone(),
        }
    }
}

/// Plays a story to its end or to the first answer that is not as it says.
pub(super) async fn play(
    target: &impl Target,
    story: &Story,
    namespace: &str,
) -> Result<(), String> {
    let mut known = known(namespace);
    let path = format!("/api/v1/namespaces/{namespace}?fieldManager=semantics");
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    let made = Request::patch(path).header("content-type", "application/apply-patch+yaml");
    target.send("", made.body(body.to_string().into()).unwrap()).await?;
    for (index, step) in story.steps.iter().enumerate() {
        if let Some(cue) = step.cue {
            target.cue(cue);
            continue;
        }
        let answer = target.send(&known.text(&step.user), request(step, &known)).await?;
        let wrong = check(step, &answer, &mut known);
        if !wrong.is_empty() {
            let (story, ask) = (&story.story, &step.ask);
            let body = String::from_utf8_lossy(&answer.body);
            let wrong = wrong.join("\n  ");
            return Err(format!("{story}\n  step {index}: {ask}\n  {wrong}\n  in {body}"));
        }
    }
    Ok(())
}

fn request(step: &Step, known: &Known) -> Request<Vec<u8>> {
    let ask = known.text(&step.ask);
    let (method, uri) = ask.split_once(' ').unwrap_or_else(|| panic!("{ask} has no path"));
    let uri = uri.replace(' ', "%20").replace('"', "%22");
    let mut request = Request::builder().method(Method::try_from(method).unwrap()).uri(uri);
    for (name, value) in &step.headers {
        request = request.header(name, known.text(value));
    }
    let body = match (&step.body, &step.text, &step.hex) {
        (Some(body), ..) => known.value(body).to_string().into_bytes(),
        (_, Some(text), _) => known.text(text).into_bytes(),
        (.., Some(hex)) => bytes(hex),
        _ => Vec::new(),
    };
    if !body.is_empty() {
        request = request.header("content-type", step.media.name());
    }
    request.body(body).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A bookmark that says nothing but a version: when it comes is the server's choice.
fn is_bookmark(event: &Value) -> bool {
    event["type"] == "BOOKMARK" && event["object"]["metadata"]["annotations"].is_null()
}

/// What is wrong with an answer. What is to be kept of it is known afterwards.
fn check(step: &Step, answer: &Answer, known: &mut Known) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.code != step.code {
        wrong.push(format!("code {} instead of {}", answer.code, step.code));
    }
    let text = String::from_utf8_lossy(&answer.body);
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    if !step.has.is_null() {
        wrong.extend(differences(&known.value(&step.has), Some(&body), ""));
    }
    if let Some(says) = &step.says
        && text.trim_end() != known.text(says)
    {
        wrong.push(format!("another text than {says}"));
    }
    for (name, part) in &step.gives {
        let values: Vec<String> = answer
            .headers
            .get_all(name)
            .into_iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        let right = match part.is_empty() {
            true => values.is_empty(),
            false => values.iter().any(|value| value.contains(&known.text(part))),
        };
        if !right {
            wrong.push(format!("header {name}: {values:?} instead of {part}"));
        }
    }
    if let Some(expected) = &step.events {
        let expected = known.value(&Value::from(expected.clone()));
        let events = text.lines().map(|line| serde_json::from_str(line).unwrap_or_default());
        let mut events: Vec<Value> = events.collect();
        if expected.as_array().is_some_and(|events| events.iter().any(is_bookmark)) {
            events.dedup_by(|next, last| is_bookmark(next) && is_bookmark(last));
        } else {
            events.retain(|event| !is_bookmark(event));
        }
        wrong.extend(differences(&expected, Some(&events.into()), "events"));
    }
    let version = |text: &str| text.parse::<u64>().unwrap_or(0);
    if let Some(older) = &step.newer {
        let found = body["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if version(found) <= version(&known.text(older)) {
            wrong.push(format!("version {found} is not newer"));
        }
    }
    for (name, pointer) in &step.keep {
        match body.pointer(pointer) {
            Some(Value::String(text)) => known.learn(name, text),
            Some(other) => known.learn(name, &other.to_string()),
            None => wrong.push(format!("nothing at {pointer}")),
        }
    }
    wrong
}
