//! JSON text as Go's encoder writes it: fields in the order of their structs, maps by key.

use super::reflect::{Own, Struct, Type};
use gitops_ssa::fields::Fields;
use serde_json::{Map, Value};

/// An object of a struct as JSON. What the struct doesn't know comes last.
pub(super) fn print(of: &Struct, object: &Value) -> String {
    let mut out = String::new();
    match object {
        Value::Object(map) => of_struct(of, map, &mut out),
        other => out.push_str(&other.to_string()),
    }
    out
}

fn of_struct(of: &Struct, map: &Map<String, Value>, out: &mut String) {
    out.push('{');
    let mut first = true;
    let mut member = |name: &str, ty: Option<&Type>, value: &Value, out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        out.push_str(&Value::from(name).to_string());
        out.push(':');
        match ty {
            Some(ty) => of_type(ty, value, out),
            None => out.push_str(&value.to_string()),
        }
    };
    for field in &of.fields {
        if let Some(value) = map.get(field.name) {
            member(field.name, Some(&field.ty), value, out);
        }
    }
    for (name, value) in map.iter().filter(|(name, _)| of.field(name).is_none()) {
        member(name, None, value, out);
    }
    out.push('}');
}

fn of_type(ty: &Type, value: &Value, out: &mut String) {
    match (ty.underlying(), value) {
        (Type::Struct(of), Value::Object(map)) => match of.get() {
            Some(of) => of_struct(&of, map, out),
            None => out.push_str(&value.to_string()),
        },
        (Type::List(item), Value::Array(items)) => {
            out.push('[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                of_type(item, value, out);
            }
            out.push(']');
        }
        (Type::Map(_, item), Value::Object(map)) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                of_type(item, value, out);
            }
            out.push('}');
        }
        // Keys that are numbers have their order.
        (Type::Own(Own::FieldsV1), value) => match Fields::parse(value) {
            Ok(fields) => out.push_str(&fields.to_json()),
            Err(_) => out.push_str(&value.to_string()),
        },
        _ => out.push_str(&value.to_string()),
    }
}
