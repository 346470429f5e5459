//! What must differ between two servers, replaced by what must not.

use super::target::Answer;
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

macro_rules! regex {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).unwrap());
    };
}

regex!(UID, r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b");
// Only the servers' own: bodies name earlier years.
regex!(TIME, r"\b20(2[5-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z");
// Also in JSON and Go syntax that a message quotes.
regex!(
    VERSION,
    r#"(esource ?[vV]ersion(?: in (?:the )?(?:precondition|record))?[:\\ "(]*|current: )(\d+)"#
);
// Node ports, as tables show them.
regex!(SHOWN_PORT, r":3[0-2]\d{3}/");
regex!(QUOTED_VERSION, r#"(: Invalid value: ")\d{3,}""#);
regex!(META_VERSION, r"(ResourceVersion in object meta: )\d+");
regex!(TAKEN_PORT, r"(Duplicate value: |duplicate nodePort: \{[A-Z]+ )3[0-2]\d{3}\b");
regex!(AGE, r"^(\d+[smhdy])+( ago)?$");
// What services get; no body names one.
regex!(ADDRESS, r"\b10\.0\.\d+\.\d+\b");
// Tokens of service accounts.
regex!(TOKEN, r"\beyJ[\w-]+\.[\w-]+\.[\w-]+");
// What `generateName` of a step makes.
regex!(DRAWN, r"(gen\d+-)[bcdfghjklmnpqrstvwxz2456789]{5}\b");
regex!(QUOTED_PORT, r#"(odePort\\?": ?)\d{4,}"#);

/// The masks of one server's answers in one history.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    /// Empty where both sides have the same names.
    namespace: String,
    uids: BTreeMap<String, usize>,
    /// Versions of objects, which have an order that both sides must agree on.
    versions: BTreeSet<u64>,
}

impl Mask {
    pub(crate) fn new(namespace: &str) -> Self {
        Mask { namespace: namespace.to_owned(), ..Mask::default() }
    }

    /// Every answer, masked. All at once: the rank of a version depends on all of them.
    pub(crate) fn answers(&mut self, answers: &[Answer]) -> Vec<Value> {
        let parsed = answers.iter().map(|answer| self.parse(answer)).collect();
        self.masked(parsed)
    }

    fn masked(&mut self, parsed: Vec<Value>) -> Vec<Value> {
        parsed.iter().for_each(|answer| self.collect(answer));
        parsed.into_iter().map(|answer| self.value("", answer)).collect()
    }

    /// The answers of two servers, masked, without the long texts that both gave alike.
    pub(crate) fn pair(left: &[Answer], right: &[Answer]) -> [Vec<Value>; 2] {
        let read = |answers: &[Answer]| -> Vec<Value> {
            answers.iter().map(|answer| Mask::default().parse(answer)).collect()
        };
        let (mut left, mut right) = (read(left), read(right));
        left.iter_mut().zip(&mut right).for_each(|(left, right)| shorten(left, right));
        [left, right].map(|answers| Mask::default().masked(answers))
    }

    /// The text with the history's own names replaced, taken apart as far as it is JSON.
    fn parse(&self, answer: &Answer) -> Value {
        let own = |text: &str| match &*self.namespace {
            "" => text.to_owned(),
            namespace => text.replace(namespace, "{{ns}}"),
        };
        let text = own(&String::from_utf8_lossy(&answer.body));
        let is_yaml = answer.headers.iter().any(|(_, value)| value == "application/yaml");
        let is_protobuf = answer.body.starts_with(b"k8s\0");
        let body = match serde_json::from_str::<Value>(&text) {
            // Its bytes have their own tests; here it is the head that counts.
            _ if is_protobuf => json!("PROTOBUF"),
            _ if is_yaml => match serde_saphyr::from_slice::<Value>(&answer.body) {
                Ok(value) => serde_json::from_str(&own(&value.to_string())).unwrap_or_default(),
                Err(_) => json!(text),
            },
            Ok(value) if value.get("type").is_none() || value.get("object").is_none() => value,
            _ => events(&text).map_or_else(|| json!(text), |events| json!({"events": events})),
        };
        let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {}", own(value)));
        json!({"code": answer.code, "headers": headers.collect::<Vec<_>>(), "body": body})
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                let version = map.get("metadata").map(|meta| &meta["resourceVersion"]);
                if !is_collection(map) {
                    self.versions.extend(version.and_then(number));
                }
                map.values().for_each(|value| self.collect(value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            _ => {}
        }
    }

    fn value(&mut self, key: &str, value: Value) -> Value {
        match value {
            Value::Object(map) => self.object(map),
            Value::Array(items) => {
                let items = items.into_iter().map(|item| self.value(key, item));
                let mut items: Vec<Value> = items.collect();
                let conflict = |item: &Value| item["reason"] == "FieldManagerConflict";
                if key == "causes" && items.iter().all(conflict) {
                    // In the order of a Go map.
                    items.sort_by_key(ToString::to_string);
                }
                if key == "managedFields" {
                    // They are sorted by time, and a second may pass on one side only.
                    items.sort_by_key(ToString::to_string);
                }
                Value::Array(items)
            }
            Value::String(text) => self.text(key, &text).into(),
            Value::Number(number) => match key {
                "nodePort" | "healthCheckNodePort" if number.as_u64() > Some(0) => "PORT".into(),
                _ => Value::Number(number),
            },
            other => other,
        }
    }

    fn object(&mut self, mut map: Map<String, Value>) -> Value {
        mask_ages(&mut map);
        sort_problems(&mut map);
        let collection = is_collection(&map);
        if let Some(version) =
            map.get_mut("metadata").and_then(|meta| meta.get_mut("resourceVersion"))
            && let Some(number) = number(version)
        {
            *version = match collection {
                // Others write on the real server: the list is at least as new as that object.
                true => format!("since {}", self.rank(number)).into(),
                false => format!("version {}", self.rank(number)).into(),
            };
        }
        map.into_iter()
            .map(|(key, value)| {
                let value = self.value(&key, value);
                (key, value)
            })
            .collect()
    }

    fn text(&mut self, key: &str, text: &str) -> String {
        if key == "continue" && !text.is_empty() {
            return "CONTINUE".to_owned();
        }
        let text = sorted_errors(text);
        let text = &sorted_owners(&text);
        let text = UID.replace_all(text, |found: &Captures<'_>| {
            let next = self.uids.len();
            let number = *self.uids.entry(found[0].to_owned()).or_insert(next);
            format!("UID-{number}")
        });
        let text =
            TIME.replace_all(
                &text,
                |found: &Captures<'_>| {
                    if found.get(2).is_some() { "MICROTIME" } else { "TIME" }
                },
            );
        let text = VERSION.replace_all(&text, |found: &Captures<'_>| {
            let number = found[2].parse().unwrap_or(0);
            if &found[1] == "current: " {
                return format!("current: since {}", self.rank(number));
            }
            match self.versions.contains(&number) {
                true => format!("{}version {}", &found[1], self.rank(number)),
                false if number > 99 => format!("{}VERSION", &found[1]),
                false => found[0].to_owned(),
            }
        });
        let text = SHOWN_PORT.replace_all(&text, ":PORT/");
        let text = QUOTED_VERSION.replace_all(&text, "${1}VERSION\"");
        let text = META_VERSION.replace_all(&text, "${1}VERSION");
        let text = TAKEN_PORT.replace_all(&text, "${1}PORT");
        let text = ADDRESS.replace_all(&text, "ADDRESS");
        let text = TOKEN.replace_all(&text, "TOKEN");
        let text = DRAWN.replace_all(&text, "${1}DRAWN");
        QUOTED_PORT.replace_all(&text, "${1}PORT").into_owned()
    }

    /// How many objects' versions are as old as this one or older.
    fn rank(&self, version: u64) -> usize {
        self.versions.range(..=version).count()
    }
}

/// Takes the long texts out that are the same on both sides: looking for what to mask in a megabyte
/// takes its time.
fn shorten(left: &mut Value, right: &mut Value) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, left) in left {
                if let Some(right) = right.get_mut(key).filter(|_| key != "details") {
                    shorten(left, right);
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            left.iter_mut().zip(right).for_each(|(left, right)| shorten(left, right));
        }
        (Value::String(left), Value::String(right)) if left.len() > 40 && left == right => {
            left.clear();
            right.clear();
        }
        _ => {}
    }
}

/// Problems that the real server finds in the order of a Go map.
fn sorted_errors(text: &str) -> Cow<'_, str> {
    // It stops at the first field that isn't declared, whichever that is.
    if let (Some((head, _)), true) =
        (text.split_once("): "), text.contains("not declared in schema"))
    {
        return format!("{head}): UNDECLARED").into();
    }
    let Some((head, lines)) = text.split_once("errors:\n") else { return text.into() };
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    format!("{head}errors:\n{}", lines.join("\n")).into()
}

/// The managedFields of an object that a message quotes: they are sorted by time, and a second may
/// pass on one side only.
fn sorted_owners(text: &str) -> Cow<'_, str> {
    const START: &str = "managedFields\\\":[{";
    let Some((head, rest)) = text.split_once(START) else { return text.into() };
    let Some((owners, tail)) = rest.split_once("}]") else { return text.into() };
    let mut owners: Vec<_> = owners.split("},{").collect();
    owners.sort_unstable();
    format!("{head}{START}{}}}]{tail}", owners.join("},{")).into()
}

/// Puts the problems that a refusal names in order, where the real server finds them in the order
/// of a Go map: those of custom objects and of definitions, and of what is a map itself.
fn sort_problems(status: &mut Map<String, Value>) {
    let Some(details) = status.get("details") else { return };
    let group = details["group"].as_str().unwrap_or_default();
    let custom = group.contains('.') && !group.ends_with(".k8s.io");
    let (Some(causes), Some(message)) =
        (details["causes"].as_array(), status.get("message").and_then(Value::as_str))
    else {
        return;
    };
    let maps = matches!(
        details["kind"].as_str(),
        Some("CustomResourceDefinition" | "ConfigMap" | "Secret")
    );
    if !custom && !maps {
        return;
    }
    let said = |cause: &Value| {
        let text = |part: &str| cause[part].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("field"), text("message"))
    };
    let list = |causes: &[Value]| causes.iter().map(said).collect::<Vec<_>>().join(", ");
    let mut sorted = causes.clone();
    sorted.sort_by_key(said);
    let message = message.replace(&list(causes), &list(&sorted));
    status["details"]["causes"] = sorted.into();
    status.insert("message".to_owned(), message.into());
}

/// The events of a watch, without bookmarks that come when the server likes. The one that ends the
/// initial events must come, but when is the server's choice too: it goes to the end.
fn events(text: &str) -> Option<Vec<Value>> {
    let lines = text.lines().filter(|line| !line.is_empty());
    let events: Result<Vec<Value>, _> = lines.map(serde_json::from_str::<Value>).collect();
    let (bookmarks, mut events): (Vec<_>, Vec<_>) =
        events.ok()?.into_iter().partition(|event| event["type"] == "BOOKMARK");
    // Tables say their columns once; but the real server lets watches share what it has encoded, and
    // a second watch brings them to the first again.
    for table in events.iter_mut().skip(1).filter_map(|event| event.get_mut("object")) {
        if table["kind"] == "Table" {
            table["columnDefinitions"] = Value::Null;
        }
    }
    // Dropped when read, but not from the objects that three watches share.
    for spec in events.iter_mut().filter_map(|event| event.pointer_mut("/object/spec")) {
        if let Some(spec) = spec.as_object_mut().filter(|spec| spec.contains_key("externalName")) {
            spec.remove("internalTrafficPolicy");
        }
    }
    events.extend(bookmarks.into_iter().filter_map(|mut event| {
        let meta = event["object"]["metadata"].as_object_mut()?;
        meta.get("annotations")?.get("k8s.io/initial-events-end")?;
        meta.insert("resourceVersion".to_owned(), "LATEST".into());
        Some(event)
    }));
    Some(events)
}

/// Whether its version is that of the storage and not of one object.
fn is_collection(map: &Map<String, Value>) -> bool {
    let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
    let bookmark =
        &map.get("metadata").map(|meta| &meta["annotations"]["k8s.io/initial-events-end"]);
    kind.ends_with("List")
        || kind == "Table"
        || map.contains_key("items")
        || bookmark.is_some_and(|mark| !mark.is_null())
}

fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok().filter(|number| *number > 0)
}

/// The cells of a table that count from now.
fn mask_ages(table: &mut Map<String, Value>) {
    for row in table.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        for cell in row.get_mut("cells").and_then(Value::as_array_mut).into_iter().flatten() {
            if cell.as_str().is_some_and(|cell| AGE.is_match(cell)) {
                *cell = "AGE".into();
            }
        }
    }
}
