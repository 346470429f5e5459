//! The names of a definition, in place of those of the recorded one.

use super::super::Custom;
use serde_json::{Map, Value};

/// What to put in.
pub(super) struct Names {
    /// In operation identifiers.
    operation: Vec<(&'static str, String)>,
    /// Everywhere else, one after the other.
    text: Vec<(&'static str, String)>,
}

impl Names {
    pub(super) fn of(custom: &Custom) -> Self {
        let resource = &custom.resource;
        let group = resource.group.strip_suffix(".k8s.io").unwrap_or(&resource.group);
        let tag = [identifier(group, false), identifier(&resource.version, false)].join("_");
        let upper = identifier(group, true) + &identifier(&resource.version, true);
        let kind = identifier(&resource.kind, !resource.namespaced);
        let kind_with_article = article(&resource.kind) + &resource.kind;
        Self {
            operation: vec![("XgroupExampleXversionx", upper), ("Xkindx", kind)],
            text: vec![
                ("xgroupExample_xversionx", tag),
                ("example.xgroup.xversionx.Xkindlistx", model(custom, &custom.list_kind)),
                ("example.xgroup.xversionx.Xkindx", model(custom, &resource.kind)),
                ("xgroup.example", resource.group.clone()),
                ("xversionx", resource.version.clone()),
                ("xpluralx", resource.plural.clone()),
                ("Xkindlistx", custom.list_kind.clone()),
                ("create a Xkindx", format!("create {kind_with_article}")),
                ("delete a Xkindx", format!("delete {kind_with_article}")),
                ("Xkindx", resource.kind.clone()),
            ],
        }
    }

    pub(super) fn put_in(&self, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let field = |(name, value): (String, Value)| match value {
                    Value::String(id) if name == "operationId" => {
                        (name, replace(&id, &self.operation).into())
                    }
                    value => (replace(&name, &self.text), self.put_in(value)),
                };
                Value::Object(fields.into_iter().map(field).collect::<Map<_, _>>())
            }
            Value::Array(items) => items.into_iter().map(|item| self.put_in(item)).collect(),
            Value::String(text) => replace(&text, &self.text).into(),
            other => other,
        }
    }
}

fn replace(text: &str, names: &[(&'static str, String)]) -> String {
    let known = names.iter().filter(|(placeholder, _)| text.contains(placeholder));
    // Front to back, so that a name that looks like a placeholder is left alone.
    let first = known.min_by_key(|(placeholder, _)| text.find(placeholder));
    let Some((placeholder, name)) = first else { return text.to_owned() };
    let (before, after) = text.split_once(placeholder).unwrap_or((text, ""));
    [before, name, &replace(after, names)].concat()
}

/// The name of a kind's schema: the group backwards, the version, the kind.
pub(super) fn model(custom: &Custom, kind: &str) -> String {
    let mut parts: Vec<&str> = custom.resource.group.split('.').rev().collect();
    parts.extend([custom.resource.version.as_str(), kind]);
    parts.join(".")
}

/// Letters, and digits behind them; each part after something else begins with a capital.
fn identifier(name: &str, capital: bool) -> String {
    let mut capital = capital;
    let mut identifier = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_alphabetic() || letter == '_' || (at > 0 && letter.is_numeric()) {
            match std::mem::take(&mut capital) {
                true => identifier.extend(letter.to_uppercase()),
                false => identifier.push(letter),
            }
        } else {
            capital = true;
        }
    }
    identifier
}

/// With the space behind it. What looks like a plural has none.
fn article(kind: &str) -> String {
    if kind.ends_with('s') && !kind.ends_with("ss") {
        String::new()
    } else if kind.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) {
        "an ".to_owned()
    } else {
        "a ".to_owned()
    }
}
