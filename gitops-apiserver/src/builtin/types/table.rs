//! The table of types: finding lines and reading them. Its head tells the notation.

use super::reflect::{Field, ListType, MapType, Own, Patch, Struct, StructRef, Type};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

const TABLE: &str = include_str!("../../../data/types.txt");

/// The version of Kubernetes that the types are of.
pub const VERSION: &str = version();

/// What the first line ends with.
const fn version() -> &'static str {
    let (head, _) = TABLE.split_at(first_line());
    let (_, version) = head.split_at("# Go types of Kubernetes ".len());
    version
}

const fn first_line() -> usize {
    let mut at = 0;
    while TABLE.as_bytes()[at] != b'\n' {
        at += 1;
    }
    at
}

/// The line that starts with a word: the word and the rest, by halving. O(log lines).
fn line(word: &str) -> Option<(&'static str, &'static str)> {
    let mut rest = TABLE;
    loop {
        // The line around the middle.
        let middle = rest.len() / 2;
        let middle = (middle..rest.len()).find(|&at| rest.is_char_boundary(at))?;
        let (before, after) = rest.split_at(middle);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = after.find('\n').map_or(rest.len(), |at| middle + at);
        let found = rest.get(start..end)?;
        let first = found.split([' ', ';']).next()?;
        match first.cmp(word) {
            std::cmp::Ordering::Equal if word == "#" => return None,
            std::cmp::Ordering::Equal => return found.split_at_checked(first.len()),
            std::cmp::Ordering::Less => rest = rest.get(end + 1..)?,
            std::cmp::Ordering::Greater => rest = rest.get(..start.checked_sub(1)?)?,
        }
    }
}

/// API version, kind and the name of its struct.
pub(super) fn kind(key: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let (key, of) = line(key)?;
    let (api_version, kind) = key.rsplit_once('/')?;
    Some((api_version, kind, of.strip_prefix(" = ")?))
}

/// A struct, parsed once.
pub(super) fn structure(name: &'static str) -> Option<Arc<Struct>> {
    static PARSED: RwLock<BTreeMap<&str, Arc<Struct>>> = RwLock::new(BTreeMap::new());
    if let Some(found) = PARSED.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Some(found.clone());
    }
    // Parsed outside of the lock: a struct within is looked up here too.
    let parsed = Arc::new(parse(name)?);
    let mut all = PARSED.write().unwrap_or_else(PoisonError::into_inner);
    Some(all.entry(name).or_insert(parsed).clone())
}

fn parse(name: &'static str) -> Option<Struct> {
    let mut words = line(name)?.1.split(' ');
    let atomic = words.next()? == ";atomic";
    let mut fields = Vec::new();
    for word in words {
        let (name, ty) = word.split_once(':')?;
        let Some(within) = name.strip_prefix('<') else {
            fields.push(field(name, ty)?);
            continue;
        };
        let spread = StructRef::named(ty).get()?;
        fields.extend(spread.fields.iter().cloned().map(|mut field| {
            field.within.insert(0, within);
            field
        }));
    }
    let by_name = fields.iter().enumerate().map(|(index, field)| (field.name, index)).collect();
    Some(Struct { name, fields, atomic, by_name })
}

fn field(name: &'static str, ty: &'static str) -> Option<Field> {
    let mut marks = ty.split(';');
    let ty = marks.next()?;
    let bare = name.trim_end_matches(['?', '~']);
    let suffix = name.get(bare.len()..)?;
    let mut field = Field {
        name: bare,
        within: Vec::new(),
        ty: of(ty.trim_start_matches('*'))?,
        pointer: ty.starts_with('*'),
        omit_empty: suffix.contains('?'),
        omit_zero: suffix.contains('~'),
        patch: Patch::default(),
        list: None,
        map: None,
        default: None,
    };
    for mark in marks {
        match mark.split_once('=').unwrap_or((mark, "")) {
            ("patch", strategies) => field.patch.strategies = strategies.split(',').collect(),
            ("key", key) => field.patch.merge_key = Some(key),
            ("list", "atomic") => field.list = Some(ListType::Atomic),
            ("list", "set") => field.list = Some(ListType::Set),
            ("list", keys) => {
                let keys = keys.strip_prefix("map(")?.strip_suffix(')')?;
                field.list = Some(ListType::Map(keys.split(',').collect()));
            }
            ("atomic", _) => field.map = Some(MapType::Atomic),
            ("granular", _) => field.map = Some(MapType::Granular),
            ("default", value) => field.default = Some(serde_json::from_str(value).ok()?),
            _ => return None,
        }
    }
    Some(field)
}

fn of(text: &'static str) -> Option<Type> {
    Some(match text {
        "string" => Type::String,
        "bool" => Type::Bool,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "float64" => Type::Float64,
        "[]uint8" => Type::Bytes,
        _ => {
            if let Some(item) = text.strip_prefix("[]") {
                Type::List(Box::new(of(item)?))
            } else if let Some(rest) = text.strip_prefix("map[") {
                let (key, value) = rest.split_once(']')?;
                Type::Map(Box::new(of(key)?), Box::new(of(value)?))
            } else if let Some(own) = Own::named(text) {
                Type::Own(own)
            } else if let Some(underlying) = line(text)?.1.strip_prefix(" = ") {
                Type::Named(text, Box::new(of(underlying)?))
            } else {
                Type::Struct(StructRef::named(text))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> impl Iterator<Item = &'static str> {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split([' ', ';']).next())
    }

    #[test]
    fn every_line_is_found_and_every_struct_is_read_with_all_it_refers_to() {
        let mut structs = 0;
        for word in words() {
            let (_, rest) = line(word).unwrap_or_else(|| panic!("{word}"));
            if let Some(other) = rest.strip_prefix(" = ") {
                assert!(other.contains(['/', '[']) || of(other).is_some(), "{word}");
                continue;
            }
            let of = structure(word).unwrap_or_else(|| panic!("{word}"));
            assert_eq!(of.fields.len(), of.by_name.len(), "{word}");
            assert!(of.fields.iter().all(|field| !field.ty.go_name().is_empty()), "{word}");
            structs += 1;
        }
        assert!(structs > 500, "{structs}");
        for missing in ["", "#", "a", "core/v1.Po", "core/v1.Podd", "zzz", "v1/Poe"] {
            assert_eq!(line(missing), None, "{missing}");
        }
    }

    #[test]
    fn lines_are_sorted() {
        let words: Vec<_> = words().collect();
        assert!(words.is_sorted());
        assert_eq!(VERSION.split('.').count(), 3, "{VERSION}");
    }
}
