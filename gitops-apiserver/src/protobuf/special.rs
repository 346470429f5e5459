//! Messages whose JSON form isn't an object of their fields.

use super::{Malformed, NotRepresentable, layout::Form, layout::Message, wire::Reader};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A [`Form::Json`] message: the JSON whose text it holds.
pub(super) fn json(message: &Message, bytes: &[u8]) -> Result<Value, Malformed> {
    let mut text: &[u8] = &[];
    let mut reader = Reader::new(bytes);
    while let Some(tag) = reader.tag(message.name)? {
        match tag.number {
            1 => text = reader.bytes()?,
            _ => reader.skip(tag)?,
        }
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(text).map_err(|error| {
        Malformed::new(format!(
            "json: error calling MarshalJSON for type {}: {error}",
            message.name
        ))
    })
}

/// The JSON form of a message whose fields are in `fields`.
pub(super) fn fold(form: Form, mut fields: Map<String, Value>) -> Result<Value, Malformed> {
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let filled = |value: &Value| value.as_array().is_some_and(|items| !items.is_empty());
    Ok(match form {
        Form::Object | Form::Json => fields.into(),
        Form::List => take("items"),
        Form::Quantity => take("string"),
        Form::Time => time(&take("seconds"), None)?,
        Form::MicroTime => time(&take("seconds"), Some(&take("nanos")))?,
        Form::IntOrString => match take("Type").as_i64() {
            Some(0) => take("IntVal"),
            Some(1) => take("StrVal"),
            _ => return Err(Malformed::new("impossible IntOrString.Type")),
        },
        Form::SchemaOrArray => match take("JSONSchemas") {
            schemas if filled(&schemas) => schemas,
            _ => take("Schema"),
        },
        Form::SchemaOrBool => match take("Schema") {
            Value::Null => take("Allows"),
            schema => schema,
        },
        Form::SchemaOrStrings => match take("Property") {
            property if filled(&property) => property,
            _ => take("Schema"),
        },
    })
}

/// The fields of a message whose JSON form is `value`; `None` for a message of no bytes.
pub(super) fn unfold(
    form: Form,
    value: &Value,
) -> Result<Option<Map<String, Value>>, NotRepresentable> {
    let fields = match (form, value) {
        (Form::Time | Form::MicroTime, Value::Null) => return Ok(None),
        (Form::Time | Form::MicroTime, Value::String(text)) => {
            let time: Timestamp =
                text.parse().map_err(|_| NotRepresentable(format!("{text:?} isn't a time")))?;
            // Seconds before 1970 count down while their fraction counts up.
            let micros = time.as_nanosecond().div_euclid(1000);
            let seconds = micros.div_euclid(1_000_000) as i64;
            let nanos = if form == Form::Time { 0 } else { micros.rem_euclid(1_000_000) * 1000 };
            json!({"seconds": seconds, "nanos": nanos as i64})
        }
        (Form::Quantity, Value::Null) => json!({"string": "0"}),
        // Hand-written JSON may have a number.
        (Form::Quantity, Value::Number(number)) => json!({"string": number.to_string()}),
        (Form::Quantity, value) => json!({"string": value}),
        (Form::IntOrString, Value::String(_)) => json!({"Type": 1, "StrVal": value}),
        (Form::IntOrString, value) => json!({"Type": 0, "IntVal": value}),
        (Form::SchemaOrBool, Value::Bool(_)) => json!({"Allows": value}),
        (Form::SchemaOrBool, schema) => json!({"Allows": true, "Schema": schema}),
        (Form::SchemaOrArray, Value::Array(_)) => json!({"JSONSchemas": value}),
        (Form::SchemaOrStrings, Value::Array(_)) => json!({"Property": value}),
        (Form::SchemaOrArray | Form::SchemaOrStrings, schema) => json!({"Schema": schema}),
        (Form::List, items) => json!({"items": items}),
        (_, Value::Null) => json!({}),
        (_, other) => other.clone(),
    };
    match fields {
        Value::Object(fields) => Ok(Some(fields)),
        other => Err(NotRepresentable(format!("{other} isn't an object"))),
    }
}

/// RFC 3339, with microseconds where there are `nanos`. No fields at all are the zero time, null.
fn time(seconds: &Value, nanos: Option<&Value>) -> Result<Value, Malformed> {
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let nanos = nanos.map(|nanos| number(nanos) / 1000 * 1000);
    let total = i128::from(number(seconds)) * 1_000_000_000 + i128::from(nanos.unwrap_or(0));
    let time = Timestamp::from_nanosecond(total)
        .map_err(|_| Malformed::new("Time.MarshalJSON: year outside of range [0,9999]"))?;
    Ok(match nanos {
        None => format!("{time:.0}").into(),
        Some(_) => format!("{time:.6}").into(),
    })
}
