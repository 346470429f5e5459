//! A value as it is read: JSON, with Go's idea of numbers.

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value, map::Entry};
use serde_saphyr::Spanned;
use std::fmt;

/// A value below the root of a document. `STRICT` refuses keys given twice; otherwise the last one
/// counts.
pub(super) struct Node<const STRICT: bool>(pub(super) Value);

/// The root of a document. The entries of `items` keep their places, for lists of objects.
pub(super) enum Root<const STRICT: bool> {
    Mapping { fields: Map<String, Value>, items: Option<Vec<Spanned<Node<STRICT>>>> },
    Other(Value),
}

impl<const STRICT: bool> Root<STRICT> {
    /// How many values there are, and how many mappings and lists are within each other.
    pub(super) fn size(&self) -> (usize, usize) {
        match self {
            Root::Mapping { fields, items } => {
                let items = items.iter().flatten().map(|item| size(&item.value.0));
                let items = items.map(|(nodes, depth)| (nodes, depth + 1));
                around(fields.values().map(size).chain(items))
            }
            Root::Other(value) => size(value),
        }
    }
}

fn size(value: &Value) -> (usize, usize) {
    match value {
        Value::Array(list) => around(list.iter().map(size)),
        Value::Object(map) => around(map.values().map(size)),
        _ => (1, 0),
    }
}

fn around(inner: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    inner.fold((1, 1), |(nodes, depth), (more, below)| (nodes + more, depth.max(below + 1)))
}

impl<'de, const STRICT: bool> Deserialize<'de> for Node<STRICT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor::<STRICT>).map(Node)
    }
}

impl<'de, const STRICT: bool> Deserialize<'de> for Root<STRICT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RootVisitor)
    }
}

/// Either a list, whose entries keep their places, or anything else.
enum Items<const STRICT: bool> {
    List(Vec<Spanned<Node<STRICT>>>),
    Other(Value),
}

impl<'de, const STRICT: bool> Deserialize<'de> for Items<STRICT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemsVisitor)
    }
}

/// A number without a fraction is an integer, as in Go's JSON; one that 64 bits with a sign can't
/// hold is not.
fn float(value: f64) -> Value {
    // 2^63. What reaches it as a float was written as a number beyond it, on either side.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && value.abs() < BOUND {
        return Value::from(value as i64);
    }
    // The parser has refused infinity and NaN, which JSON has no words for.
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn unsigned(value: u64) -> Value {
    match i64::try_from(value) {
        Ok(value) => value.into(),
        Err(_) => float(value as f64),
    }
}

macro_rules! scalars {
    ($made:ty, $wrap:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_unit<E>(self) -> Result<$made, E> {
            Ok($wrap(Value::Null))
        }

        fn visit_none<E>(self) -> Result<$made, E> {
            Ok($wrap(Value::Null))
        }

        fn visit_bool<E>(self, value: bool) -> Result<$made, E> {
            Ok($wrap(value.into()))
        }

        fn visit_i64<E>(self, value: i64) -> Result<$made, E> {
            Ok($wrap(value.into()))
        }

        fn visit_u64<E>(self, value: u64) -> Result<$made, E> {
            Ok($wrap(unsigned(value)))
        }

        fn visit_f64<E>(self, value: f64) -> Result<$made, E> {
            Ok($wrap(float(value)))
        }

        fn visit_str<E>(self, value: &str) -> Result<$made, E> {
            Ok($wrap(value.into()))
        }

        fn visit_string<E>(self, value: String) -> Result<$made, E> {
            Ok($wrap(value.into()))
        }
    };
}

struct NodeVisitor<const STRICT: bool>;

impl<'de, const STRICT: bool> Visitor<'de> for NodeVisitor<STRICT> {
    type Value = Value;

    scalars!(Value, std::convert::identity);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Node::<STRICT>(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let Node::<STRICT>(value) = map.next_value()?;
            insert::<STRICT, _>(&mut fields, key, value)?;
        }
        Ok(Value::Object(fields))
    }
}

struct ItemsVisitor<const STRICT: bool>;

impl<'de, const STRICT: bool> Visitor<'de> for ItemsVisitor<STRICT> {
    type Value = Items<STRICT>;

    scalars!(Items<STRICT>, Items::Other);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items<STRICT>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Items::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Items<STRICT>, A::Error> {
        NodeVisitor::<STRICT>.visit_map(map).map(Items::Other)
    }
}

struct RootVisitor<const STRICT: bool>;

impl<'de, const STRICT: bool> Visitor<'de> for RootVisitor<STRICT> {
    type Value = Root<STRICT>;

    scalars!(Root<STRICT>, Root::Other);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Root<STRICT>, A::Error> {
        NodeVisitor::<STRICT>.visit_seq(seq).map(Root::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Root<STRICT>, A::Error> {
        let mut fields = Map::new();
        let mut items = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "items" {
                let Node::<STRICT>(value) = map.next_value()?;
                insert::<STRICT, _>(&mut fields, key, value)?;
                continue;
            }
            let before = items.is_some() || fields.remove(&key).is_some();
            if STRICT && before {
                return Err(twice(&key));
            }
            items = None;
            match map.next_value()? {
                Items::List(list) => items = Some(list),
                Items::Other(value) => insert::<STRICT, _>(&mut fields, key, value)?,
            }
        }
        Ok(Root::Mapping { fields, items })
    }
}

fn insert<const STRICT: bool, E: Error>(
    fields: &mut Map<String, Value>,
    key: String,
    value: Value,
) -> Result<(), E> {
    match fields.entry(key) {
        Entry::Vacant(entry) => _ = entry.insert(value),
        Entry::Occupied(entry) if STRICT => return Err(twice(entry.key())),
        Entry::Occupied(mut entry) => _ = entry.insert(value),
    }
    Ok(())
}

fn twice<E: Error>(key: &str) -> E {
    E::custom(format_args!("the key {key:?} is given twice"))
}
