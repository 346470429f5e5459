//! Types that read and write JSON in their own way.

use super::{
    decode, encode,
    error::DecodeError,
    json::{Node, kind_of},
    reflect::{Own, StructRef, Type},
    time,
};
use crate::names::Quantity;
use serde_json::Value;

/// The struct of CustomResourceDefinitions' schemas.
const SCHEMA: &str = "apiextensions/v1.JSONSchemaProps";

/// What a type makes of JSON, as it writes it again. Null is the zero value.
pub(super) fn read(own: Own, node: &Node) -> Result<Value, DecodeError> {
    match own {
        Own::Quantity => quantity(node),
        Own::Time => moment(node, time::seconds),
        Own::MicroTime => moment(node, time::micros),
        Own::IntOrString => match node {
            Node::String(text) => Ok(text.as_str().into()),
            Node::Null => Ok(0.into()),
            other => decode::plain(&Type::Int32, other),
        },
        Own::RawExtension | Own::FieldsV1 | Own::Json => node.raw(),
        Own::SchemaOrBool => match node {
            Node::Bool(allowed) => Ok((*allowed).into()),
            Node::Map(_) => schema(node),
            _ => Err(DecodeError::Other("boolean or JSON schema expected".to_owned())),
        },
        // Whatever else is there is ignored, and so is an empty list.
        Own::SchemaOrArray => match node {
            Node::Map(_) => schema(node),
            Node::List(items) if !items.is_empty() => {
                let ty = Type::List(Box::new(Type::Struct(StructRef::named(SCHEMA))));
                Ok(encode::value(&ty, decode::plain(&ty, node)?))
            }
            _ => Ok(Value::Null),
        },
        Own::SchemaOrStrings => match node {
            Node::Map(_) => schema(node),
            Node::List(items) if !items.is_empty() => {
                let ty = Type::List(Box::new(Type::String));
                Ok(encode::value(&ty, decode::plain(&ty, node)?))
            }
            _ => Ok(Value::Null),
        },
    }
}

/// What a type writes when nothing was read.
pub(super) fn zero(own: Own) -> Value {
    match own {
        Own::Quantity => "0".into(),
        Own::IntOrString => 0.into(),
        Own::SchemaOrBool => false.into(),
        _ => Value::Null,
    }
}

fn schema(node: &Node) -> Result<Value, DecodeError> {
    let ty = Type::Struct(StructRef::named(SCHEMA));
    Ok(encode::value(&ty, decode::plain(&ty, node)?))
}

fn quantity(node: &Node) -> Result<Value, DecodeError> {
    let text = match node {
        Node::Null => return Ok(Value::Null),
        Node::String(text) => text,
        Node::Number(text) => &**text,
        // Their text is no quantity; which one it is doesn't matter.
        _ => "{",
    };
    match Quantity::parse(text.trim()) {
        Ok(quantity) => Ok(quantity.to_string().into()),
        Err(error) => Err(DecodeError::Other(error.to_string())),
    }
}

fn moment(
    node: &Node,
    read: fn(&str) -> Result<Option<String>, String>,
) -> Result<Value, DecodeError> {
    match node {
        Node::Null => Ok(Value::Null),
        Node::String(text) => match read(text) {
            Ok(text) => Ok(text.map_or(Value::Null, Value::String)),
            Err(message) => Err(DecodeError::Other(message)),
        },
        other => Err(DecodeError::new(kind_of(other).to_owned(), "string".to_owned())),
    }
}
