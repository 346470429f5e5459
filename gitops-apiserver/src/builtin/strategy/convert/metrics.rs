//! Metrics of autoscalers in their two forms, as tables. The older form is written as text, with
//! the fields in the order of the Go structs: it is compared as text.

use crate::builtin::defaults::field;
use serde_json::{Value, json};

/// A field in both forms.
struct Field {
    old: &'static str,
    new: &'static str,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// Left out where there is none.
    Plain,
    /// A quantity that is always written.
    Quantity,
    /// A label selector.
    Selector,
    /// What a metric is about.
    Reference,
}

const fn field(old: &'static str, new: &'static str, form: Form) -> Field {
    Field { old, new, form }
}

/// A kind of metric: its name in the union, its fields, and how the type of its target shows.
pub(super) struct Kind {
    name: &'static str,
    fields: &'static [Field],
}

use Form::{Plain, Quantity, Reference, Selector};

/// What is wanted.
pub(super) const SPECS: &[Kind] = &[
    Kind {
        name: "object",
        fields: &[
            field("target", "describedObject", Reference),
            field("metricName", "metric.name", Plain),
            field("targetValue", "target.value", Quantity),
            field("selector", "metric.selector", Selector),
            field("averageValue", "target.averageValue", Plain),
        ],
    },
    Kind {
        name: "pods",
        fields: &[
            field("metricName", "metric.name", Plain),
            field("targetAverageValue", "target.averageValue", Quantity),
            field("selector", "metric.selector", Selector),
        ],
    },
    Kind {
        name: "resource",
        fields: &[
            field("name", "name", Plain),
            field("targetAverageUtilization", "target.averageUtilization", Plain),
            field("targetAverageValue", "target.averageValue", Plain),
        ],
    },
    Kind {
        name: "containerResource",
        fields: &[
            field("name", "name", Plain),
            field("targetAverageUtilization", "target.averageUtilization", Plain),
            field("targetAverageValue", "target.averageValue", Plain),
            field("container", "container", Plain),
        ],
    },
    Kind {
        name: "external",
        fields: &[
            field("metricName", "metric.name", Plain),
            field("metricSelector", "metric.selector", Selector),
            field("targetValue", "target.value", Plain),
            field("targetAverageValue", "target.averageValue", Plain),
        ],
    },
];

/// What is measured.
pub(super) const STATUSES: &[Kind] = &[
    Kind {
        name: "object",
        fields: &[
            field("target", "describedObject", Reference),
            field("metricName", "metric.name", Plain),
            field("currentValue", "current.value", Quantity),
            field("selector", "metric.selector", Selector),
            field("averageValue", "current.averageValue", Plain),
        ],
    },
    Kind {
        name: "pods",
        fields: &[
            field("metricName", "metric.name", Plain),
            field("currentAverageValue", "current.averageValue", Quantity),
            field("selector", "metric.selector", Selector),
        ],
    },
    Kind {
        name: "resource",
        fields: &[
            field("name", "name", Plain),
            field("currentAverageUtilization", "current.averageUtilization", Plain),
            field("currentAverageValue", "current.averageValue", Quantity),
        ],
    },
    Kind {
        name: "containerResource",
        fields: &[
            field("name", "name", Plain),
            field("currentAverageUtilization", "current.averageUtilization", Plain),
            field("currentAverageValue", "current.averageValue", Quantity),
            field("container", "container", Plain),
        ],
    },
    Kind {
        name: "external",
        fields: &[
            field("metricName", "metric.name", Plain),
            field("metricSelector", "metric.selector", Selector),
            field("currentValue", "current.value", Quantity),
            field("currentAverageValue", "current.averageValue", Plain),
        ],
    },
];

/// Metrics in the older form, as text.
pub(super) fn to_old(kinds: &[Kind], metrics: &[&Value]) -> String {
    let all: Vec<String> = metrics.iter().map(|metric| old_metric(kinds, metric)).collect();
    format!("[{}]", all.join(","))
}

fn old_metric(kinds: &[Kind], metric: &Value) -> String {
    let mut parts = vec![("type", json!(field::text(metric, "type")).to_string())];
    for kind in kinds {
        let Some(source) = field::get(metric, kind.name) else { continue };
        let fields = kind.fields.iter().filter_map(|field| {
            let value = field::get(source, field.new);
            let text = match (field.form, value) {
                (Selector, Some(value)) => ordered(value, &["matchLabels", "matchExpressions"]),
                (Reference, value) => {
                    ordered(value.unwrap_or(&Value::Null), &["kind", "name", "apiVersion"])
                }
                (Quantity, None) => "\"0\"".to_owned(),
                (_, value) => value?.to_string(),
            };
            Some((field.old, text))
        });
        parts.push((kind.name, joined(fields.collect())));
    }
    joined(parts)
}

/// An object of these fields in this order, as far as it has them.
pub(super) fn ordered(value: &Value, names: &[&'static str]) -> String {
    let parts = names.iter().filter_map(|name| Some((*name, value.get(name)?.to_string())));
    joined(parts.collect())
}

/// An object of fields that are text already.
pub(super) fn joined(parts: Vec<(&str, String)>) -> String {
    let parts: Vec<String> =
        parts.into_iter().map(|(name, text)| format!("\"{name}\":{text}")).collect();
    format!("{{{}}}", parts.join(","))
}

/// A metric in the newer form.
pub(super) fn to_new(kinds: &[Kind], metric: &Value) -> Value {
    let mut out = json!({"type": field::text(metric, "type")});
    for kind in kinds {
        let Some(source) = field::get(metric, kind.name) else { continue };
        let mut converted = json!({});
        for field in kind.fields {
            if let Some(value) = field::get(source, field.old) {
                field::put(&mut converted, field.new, value.clone());
            }
        }
        if kind.fields.iter().any(|field| field.new.starts_with("target.")) {
            let target = target_type(kind.name, source);
            if kind.name == "object" && target == "AverageValue" {
                drop_zero(&mut converted, "target.value");
            }
            field::put(&mut converted, "target.type", target);
        }
        field::put(&mut out, kind.name, converted);
    }
    out
}

/// Which of its numbers a target is, going by the fields that are there.
fn target_type(kind: &str, source: &Value) -> &'static str {
    let has = |name: &str| field::get(source, name).is_some();
    match kind {
        "object" if !has("averageValue") => "Value",
        "external" if has("targetValue") => "Value",
        "resource" | "containerResource" if has("targetAverageUtilization") => "Utilization",
        _ => "AverageValue",
    }
}

fn drop_zero(object: &mut Value, path: &str) {
    if field::text(object, path) == "0" {
        field::take(object, path);
    }
}
