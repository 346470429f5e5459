//! Label selectors as text.

use serde_json::Value;

/// `a=b,c=d`, or `<none>`.
pub(super) fn labels(labels: Option<&Value>) -> String {
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let pairs: Vec<String> =
        labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or(""))).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// A label selector's text, as the flag of `kubectl` takes it; `None` for an unknown operator.
pub(super) fn text(selector: Option<&Value>) -> Option<String> {
    let labels = selector.and_then(|selector| selector.get("matchLabels"));
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<(&str, String)> = labels
        .map(|(key, value)| (key.as_str(), format!("{key}={}", value.as_str().unwrap_or(""))))
        .collect();
    let expressions = selector.and_then(|selector| selector.get("matchExpressions"));
    for one in expressions.and_then(Value::as_array).into_iter().flatten() {
        let key = one.get("key").and_then(Value::as_str).unwrap_or("");
        let mut values = strings(one.get("values"));
        values.sort_unstable();
        let values = values.join(",");
        let text = match one.get("operator").and_then(Value::as_str).unwrap_or("") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        };
        parts.push((key, text));
    }
    parts.sort_by_key(|(key, _)| *key);
    let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    Some(parts.join(","))
}

/// [`text`], or `<none>` for the empty one.
pub(super) fn shown(selector: Option<&Value>) -> String {
    match text(selector) {
        None => "<error>".to_owned(),
        Some(text) if text.is_empty() => "<none>".to_owned(),
        Some(text) => text,
    }
}

/// A label selector as Go prints the struct.
pub(super) fn go(selector: &Value) -> String {
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let labels: String = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}: {},", value.as_str().unwrap_or("")))
        .collect();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    let expressions: String = expressions
        .into_iter()
        .flatten()
        .map(|one| {
            let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or("");
            format!(
                "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{}],}},",
                text("key"),
                text("operator"),
                strings(one.get("values")).join(" ")
            )
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},\
         MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

pub(super) fn strings(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
