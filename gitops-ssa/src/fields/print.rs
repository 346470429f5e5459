//! Writing FieldsV1.

use super::{
    Fields, Node, PathElement,
    canonical::{canonical, escape_html, quoted},
};
use serde_json::{Map, Value};

impl PathElement {
    /// The step as FieldsV1 writes it: what [`PathElement::parse`] reads.
    pub fn to_text(&self) -> String {
        match self {
            PathElement::Field(name) => format!("f:{name}"),
            PathElement::Key(key) => {
                format!("k:{}", escape_html(&canonical(&key.to_json())))
            }
            PathElement::Value(scalar) => format!("v:{}", escape_html(scalar.as_str())),
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

impl Fields {
    /// The `fieldsV1` text with the paths in the order in which the server writes them; a
    /// [`to_value`](Self::to_value) may sort otherwise. O(size).
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        text(self, false, &mut out);
        out
    }
}

fn text(fields: &Fields, member: bool, out: &mut String) {
    out.push('{');
    let mut comma = "";
    if member && !fields.is_empty() {
        out.push_str("\".\":{}");
        comma = ",";
    }
    for (step, node) in fields.iter() {
        out.push_str(comma);
        out.push_str(&quoted(&step.to_text()));
        out.push(':');
        text(&node.children, node.member, out);
        comma = ",";
    }
    out.push('}');
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
