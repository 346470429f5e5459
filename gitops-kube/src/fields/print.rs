//! Writing FieldsV1.

use super::{Fields, Node, PathElement};
use serde_json::{Map, Value};

impl PathElement {
    /// The step as FieldsV1 writes it: what [`PathElement::parse`] reads.
    pub fn to_text(&self) -> String {
        match self {
            PathElement::Field(name) => format!("f:{name}"),
            PathElement::Key(key) => {
                let json = gitops_core::model::canonical(&key.to_json());
                format!("k:{}", String::from_utf8_lossy(&json))
            }
            PathElement::Value(scalar) => format!("v:{}", scalar.as_str()),
            PathElement::Index(index) => format!("i:{index}"),
        }
    }
}

impl Fields {
    /// The `fieldsV1` value: what [`Fields::parse`] reads. O(size).
    pub fn to_value(&self) -> Value {
        Value::Object(self.iter().map(|(step, node)| (step.to_text(), body(node))).collect())
    }
}

fn body(node: &Node) -> Value {
    let Value::Object(children) = node.children.to_value() else {
        return Value::Object(Map::new());
    };
    let mut map = children;
    if node.member && !map.is_empty() {
        map.insert(".".to_owned(), Value::Object(Map::new()));
    }
    Value::Object(map)
}
