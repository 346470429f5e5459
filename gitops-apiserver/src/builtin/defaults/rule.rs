//! What a table of defaults is made of.

use super::field;
use serde_json::{Map, Value};

/// What is done to an object of one type, in this order.
pub(super) type Rules = &'static [Rule];

/// One default. Paths are relative to the object the table is for.
pub(super) enum Rule {
    /// A field that is absent gets this value: Go's pointers.
    Absent(&'static str, Literal),
    /// A field that is absent or has its type's zero value gets this value: Go's plain fields.
    Empty(&'static str, Literal),
    /// The object at this path, if there is one, has defaults of its own.
    At(&'static str, Rules),
    /// Likewise for each item of the list at this path.
    Each(&'static str, Rules),
    /// Quantities in this map are rounded up to thousandths.
    Quantities(&'static str),
    /// A field that is absent gets the time of the request.
    Now(&'static str),
    /// A rule that looks at several fields.
    With(fn(&mut Value)),
}

/// A default value.
#[derive(Clone, Copy)]
pub(super) enum Literal {
    Text(&'static str),
    Int(i64),
    Bool(bool),
    /// An empty map.
    Object,
    /// A list of texts.
    List(&'static [&'static str]),
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Text(text) => text.into(),
            Literal::Int(number) => number.into(),
            Literal::Bool(flag) => flag.into(),
            Literal::Object => Value::Object(Map::new()),
            Literal::List(items) => items.iter().copied().map(Value::from).collect(),
        }
    }
}

/// Gives an object the defaults of its type.
pub(super) fn apply(rules: Rules, object: &mut Value, now: &str) {
    if !object.is_object() {
        return;
    }
    for rule in rules {
        match *rule {
            Rule::Absent(path, value) if field::get(object, path).is_none() => {
                field::put(object, path, value);
            }
            Rule::Empty(path, value) if field::is_empty(object, path) => {
                field::put(object, path, value);
            }
            Rule::Absent(..) | Rule::Empty(..) => {}
            Rule::At(path, rules) => {
                if let Some(inner) = field::get_mut(object, path) {
                    apply(rules, inner, now);
                }
            }
            Rule::Each(path, rules) => {
                for item in field::items_mut(object, path) {
                    apply(rules, item, now);
                }
            }
            Rule::Quantities(path) => super::quantities::round_up(object, path),
            Rule::Now(path) if field::get(object, path).is_none() => {
                field::put(object, path, now);
            }
            Rule::Now(_) => {}
            Rule::With(change) => change(object),
        }
    }
}
