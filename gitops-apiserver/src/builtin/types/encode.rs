//! From Go structs to JSON.

use super::{
    empty::is_left_out,
    own,
    reflect::{Field, Struct, Type},
};
use serde_json::{Map, Value};

/// The object of a struct that [decoding](super::decode) has filled.
pub(super) fn encode(of: &Struct, filled: Value) -> Value {
    let mut filled = match filled {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let mut out = Map::new();
    for field in &of.fields {
        let set = filled.remove(field.name);
        let zero = || set.as_ref().is_none_or(|set| is_zero(&field.ty, set));
        if field.omit_zero && zero() {
            continue;
        }
        if let Some(value) = self::field(field, set) {
            out.insert(field.name.to_owned(), value);
        }
    }
    Value::Object(out)
}

/// The value of a field; `None` if it is left out.
fn field(field: &Field, set: Option<Value>) -> Option<Value> {
    if field.pointer {
        return match set {
            None if field.omit_empty => None,
            None => Some(Value::Null),
            Some(set) => Some(value(&field.ty, set)),
        };
    }
    let set = set.unwrap_or(Value::Null);
    if field.omit_empty && is_empty(&field.ty, &set) {
        return None;
    }
    Some(value(&field.ty, set))
}

/// A value of a type; null is its zero.
pub(super) fn value(ty: &Type, set: Value) -> Value {
    match (ty.underlying(), set) {
        (Type::Struct(of), set) => match of.get() {
            Some(of) => encode(&of, set),
            None => set,
        },
        (Type::List(item), Value::Array(items)) => {
            items.into_iter().map(|set| value(item, set)).collect()
        }
        (Type::Map(_, item), Value::Object(map)) => {
            map.into_iter().map(|(key, set)| (key, value(item, set))).collect()
        }
        (Type::String, Value::Null) => "".into(),
        (Type::Bool, Value::Null) => false.into(),
        (Type::Int32 | Type::Int64 | Type::Float64, Value::Null) => 0.into(),
        (Type::Own(own), Value::Null) => own::zero(*own),
        (_, set) => set,
    }
}

/// What `omitempty` leaves out.
fn is_empty(ty: &Type, set: &Value) -> bool {
    match ty.underlying() {
        // Structs are never empty.
        Type::Struct(_) | Type::Own(_) => false,
        _ => match set {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
        },
    }
}

/// What `omitzero` leaves out: unlike an empty list, an unset one is zero.
fn is_zero(ty: &Type, set: &Value) -> bool {
    match (ty.underlying(), set) {
        (_, Value::Null) => true,
        (Type::Struct(of), Value::Object(map)) => of.get().is_some_and(|of| {
            map.iter().all(|(name, set)| {
                of.field(name).is_none_or(|field| !field.pointer && is_zero(&field.ty, set))
            })
        }),
        (Type::Own(_) | Type::List(_) | Type::Map(..) | Type::Bytes, _) => false,
        (ty, set) => is_empty(ty, set),
    }
}

/// An encoded object after storage in protobuf, which doesn't tell empty lists and maps from unset
/// ones, nor unset values from empty ones within lists and maps.
pub(super) fn stored(of: &Struct, object: &Value) -> Value {
    let Value::Object(map) = object else { return object.clone() };
    let fields = map.iter().filter_map(|(name, value)| {
        let kept = match of.field(name) {
            Some(field) if is_left_out(field, value) => return None,
            Some(field) => stored_value(&field.ty, value),
            None => value.clone(),
        };
        Some((name.clone(), kept))
    });
    fields.collect()
}

fn stored_value(ty: &Type, value: &Value) -> Value {
    match (ty.underlying(), value) {
        (Type::List(_), Value::Array(items)) if items.is_empty() => Value::Null,
        (Type::List(item), Value::Array(items)) => {
            items.iter().map(|value| stored_item(item, value)).collect()
        }
        (Type::Map(_, item), Value::Object(map)) => {
            map.iter().map(|(key, value)| (key.clone(), stored_item(item, value))).collect()
        }
        (Type::Struct(of), value) => match of.get() {
            Some(of) => stored(&of, value),
            None => value.clone(),
        },
        (_, value) => value.clone(),
    }
}

/// Items are always there: unset bytes are empty bytes.
fn stored_item(ty: &Type, value: &Value) -> Value {
    match (ty.underlying(), value) {
        (Type::Bytes, Value::Null) => "".into(),
        (_, value) => stored_value(ty, value),
    }
}
