//! From a map of anything into Go structs, as apimachinery's `UnstructuredConverter` does it.
//!
//! This is how a strategic merge patch becomes an object. What fits is what fits when JSON is
//! decoded, but for numbers, which are converted as Go converts them; what doesn't fit is said in
//! other words, and fields are visited in the order of the struct.

use super::{
    base64,
    json::Node,
    own,
    reflect::{Struct, Type},
};
use serde_json::{Map, Value};

/// An object with its numbers in the types of their fields. Unknown fields stay.
///
/// # Errors
/// A value has a type that its field can't hold.
pub(super) fn structure(of: &Struct, value: Value) -> Result<Value, String> {
    let mut map = match value {
        Value::Object(map) => map,
        Value::Null => return Ok(Value::Null),
        other => return Err(format!("cannot restore struct from: {}", kind(&other))),
    };
    for field in &of.fields {
        if let Some(slot) = map.get_mut(field.name) {
            *slot = convert(&field.ty, slot.take())?;
        }
    }
    Ok(Value::Object(map))
}

fn convert(ty: &Type, value: Value) -> Result<Value, String> {
    if value.is_null() {
        return Ok(value);
    }
    match (ty.underlying(), value) {
        (Type::Own(own), value) => {
            own::read(*own, &Node::from(&value)).map_err(|error| error.to_string())?;
            Ok(value)
        }
        (Type::Struct(of), value) => match of.get() {
            Some(of) => structure(&of, value),
            None => Ok(value),
        },
        (Type::Map(_, of), Value::Object(map)) => {
            let entries = map.into_iter().map(|(key, value)| Ok((key, convert(of, value)?)));
            entries.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        (Type::Map(..), value) => Err(format!("cannot restore map from {}", kind(&value))),
        (Type::List(of), Value::Array(items)) => {
            let items = items.into_iter().map(|item| convert(of, item));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Type::Bytes, Value::String(text)) => match base64::canonical(&text) {
            Ok(_) => Ok(Value::String(text)),
            Err(at) => {
                Err(format!("error decoding from json: illegal base64 data at input byte {at}"))
            }
        },
        (Type::Bytes, Value::Array(items)) => Ok(Value::Array(items)),
        (Type::List(_) | Type::Bytes, value) => {
            Err(format!("cannot restore slice from {}", kind(&value)))
        }
        (_, value) => simple(ty, value),
    }
}

/// A text, a truth or a number. Go converts between numbers, and whole numbers to texts, which the
/// converter refuses in words of its own.
fn simple(ty: &Type, value: Value) -> Result<Value, String> {
    let cannot = |from: &str| Err(format!("cannot convert {from} to {}", ty.go_name()));
    match (ty.underlying(), value) {
        (Type::String, value @ Value::String(_)) | (Type::Bool, value @ Value::Bool(_)) => {
            Ok(value)
        }
        (of, Value::Number(number)) => match (of, number.as_i64(), number.as_f64()) {
            (Type::String, Some(_), _) => cannot("int64"),
            // As Go: what is too large loses its upper bits.
            (Type::Int32, Some(whole), _) => Ok((whole as i32).into()),
            (Type::Int64, Some(whole), _) => Ok(whole.into()),
            (Type::Float64, ..) => Ok(Value::Number(number)),
            (Type::Int32 | Type::Int64, None, Some(float)) if float.trunc() != float => {
                cannot("float64")
            }
            (Type::Int32, None, Some(float)) => Ok((float as i64 as i32).into()),
            (Type::Int64, None, Some(float)) => Ok((float as i64).into()),
            _ => Err(format!("unrecognized type: {}", of.go_name())),
        },
        (of, _) => Err(format!("unrecognized type: {}", of.go_name())),
    }
}

/// Go's kind of a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}
