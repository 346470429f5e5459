//! Selectors as objects in specs: `{matchLabels, matchExpressions}`.

use super::{LabelSelector, Operator, Requirement, SelectorError};
use crate::names::words::{label_key, label_value};
use crate::status::{FieldError, quote};
use serde_json::Value;

fn strings(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn labels(object: &Value) -> impl Iterator<Item = (&str, &str)> {
    let all = object.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    all.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

fn expressions(object: &Value) -> impl Iterator<Item = &Value> {
    object.get("matchExpressions").and_then(Value::as_array).into_iter().flatten()
}

impl LabelSelector {
    /// The selector that an object describes: none matches nothing, an empty one everything.
    ///
    /// # Errors
    /// In the server's words; a selector that [`check`](Self::check) passes has none.
    pub fn from_object(object: Option<&Value>) -> Result<Self, SelectorError> {
        let Some(object) = object.filter(|object| !object.is_null()) else {
            return Ok(Self::nothing());
        };
        let mut all = Vec::new();
        for (key, value) in labels(object) {
            all.push(Requirement::new(key, Operator::Equals, vec![value.to_owned()])?);
        }
        for one in expressions(object) {
            let operator = match text(one, "operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => {
                    let other = quote(other);
                    let why = format!("{other} is not a valid label selector operator");
                    return Err(SelectorError(why));
                }
            };
            all.push(Requirement::new(text(one, "key"), operator, strings(one.get("values")))?);
        }
        Ok(Self::new(all))
    }

    /// What is wrong with a selector object at the path `field`.
    ///
    /// `any_value` lets values pass that are no values of labels, as updates of objects do that
    /// have such a one already.
    pub fn check(object: &Value, any_value: bool, field: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (key, value) in labels(object) {
            let field = format!("{field}.matchLabels");
            errors.extend(label_key(key).iter().map(|why| FieldError::invalid(&field, key, why)));
            let wrong = label_value(value);
            errors.extend(wrong.iter().map(|why| FieldError::invalid(&field, value, why)));
        }
        for (index, one) in expressions(object).enumerate() {
            let field = format!("{field}.matchExpressions[{index}]");
            errors.extend(check_expression(one, any_value, &field));
        }
        errors
    }
}

fn check_expression(one: &Value, any_value: bool, field: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let values = strings(one.get("values"));
    let at = format!("{field}.values");
    match text(one, "operator") {
        "In" | "NotIn" if values.is_empty() => {
            let why = "must be specified when `operator` is 'In' or 'NotIn'";
            errors.push(FieldError::required(&at, why));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(FieldError::forbidden(&at, why));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => {
            let at = format!("{field}.operator");
            errors.push(FieldError::invalid(&at, other, "not a valid selector operator"));
        }
    }
    let key = text(one, "key");
    let at = format!("{field}.key");
    errors.extend(label_key(key).iter().map(|why| FieldError::invalid(&at, key, why)));
    for (index, value) in values.iter().enumerate().filter(|_| !any_value) {
        let at = format!("{field}.values[{index}]");
        let wrong = label_value(value);
        errors.extend(wrong.iter().map(|why| FieldError::invalid(&at, &**value, why)));
    }
    errors
}
