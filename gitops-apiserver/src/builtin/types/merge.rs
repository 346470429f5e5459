//! Schemas for server-side apply, by the rules of the server's own conversion from OpenAPI.

use super::reflect::{Field, ListType, MapType, Own, Struct, Type};
use gitops_ssa::schema::{
    Atom, Field as Merged, List, Map, Relationship, ScalarType, Schema, TypeRef,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// The schema of all types that a struct is made of, and its own type there.
pub(super) fn schema(of: &Arc<Struct>) -> (Arc<Schema>, TypeRef) {
    static MADE: RwLock<BTreeMap<&str, Arc<Schema>>> = RwLock::new(BTreeMap::new());
    let made = MADE.read().unwrap_or_else(PoisonError::into_inner).get(of.name).cloned();
    let schema = made.unwrap_or_else(|| {
        let schema = Arc::new(make(of));
        let mut all = MADE.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(of.name).or_insert(schema).clone()
    });
    (schema, TypeRef::named(of.name))
}

fn make(of: &Arc<Struct>) -> Schema {
    let mut atoms = BTreeMap::new();
    // The types of what isn't declared.
    let known = Schema::deduced();
    for name in known.names() {
        atoms.insert(Arc::from(name), known.resolve(&TypeRef::named(name)).unwrap_or_default());
    }
    let mut wanted = vec![of.clone()];
    while let Some(of) = wanted.pop() {
        if !atoms.contains_key(of.name) {
            atoms.insert(of.name.into(), structure(&of));
            wanted.extend(of.fields.iter().filter_map(|field| below(&field.ty)));
        }
    }
    Schema::new(atoms)
}

/// The struct that a type holds.
fn below(ty: &Type) -> Option<Arc<Struct>> {
    match ty.underlying() {
        Type::Struct(of) => of.get(),
        Type::List(of) | Type::Map(_, of) => below(of),
        _ => None,
    }
}

fn structure(of: &Struct) -> Atom {
    let fields = of.fields.iter().map(|field| {
        let default = field.default.clone().or_else(|| zero(field));
        (field.name.into(), Merged { of: reference(field), default })
    });
    let map = Map {
        fields: Arc::new(fields.collect()),
        // A struct without fields takes any.
        element: of.fields.is_empty().then(TypeRef::deduced),
        relationship: relationship(of.atomic),
    };
    Atom { map: Some(Arc::new(map)), ..Atom::default() }
}

fn relationship(atomic: bool) -> Relationship {
    if atomic { Relationship::Atomic } else { Relationship::Granular }
}

/// OpenAPI gives a default to what is always there.
fn zero(field: &Field) -> Option<Value> {
    if field.pointer {
        return None;
    }
    match field.ty.underlying() {
        Type::Struct(_) => Some(Value::Object(serde_json::Map::new())),
        _ if field.omit_empty => None,
        Type::String => Some("".into()),
        Type::Bool => Some(false.into()),
        Type::Int32 | Type::Int64 | Type::Float64 => Some(0.into()),
        _ => None,
    }
}

fn reference(field: &Field) -> TypeRef {
    let of = field.map.map(|map| relationship(map == MapType::Atomic));
    match field.ty.underlying() {
        Type::Struct(target) => TypeRef { relationship: of, ..TypeRef::named(target.name()) },
        Type::List(item) => {
            let (relationship, keys) = list_type(field);
            let list = List { element: plain(item), relationship, keys: keys.into() };
            TypeRef::inline(Atom { list: Some(Arc::new(list)), ..Atom::default() })
        }
        Type::Map(_, item) => {
            let relationship = of.unwrap_or(Relationship::Granular);
            let map = Map { fields: Arc::default(), element: Some(plain(item)), relationship };
            TypeRef::inline(Atom { map: Some(Arc::new(map)), ..Atom::default() })
        }
        _ => plain(&field.ty),
    }
}

fn list_type(field: &Field) -> (Relationship, Vec<Box<str>>) {
    match &field.list {
        Some(ListType::Atomic) => (Relationship::Atomic, Vec::new()),
        Some(ListType::Set) => (Relationship::Granular, Vec::new()),
        Some(ListType::Map(keys)) => {
            (Relationship::Granular, keys.iter().map(|&key| key.into()).collect())
        }
        None if field.patch.strategies.contains(&"merge") => {
            let key = field.patch.merge_key.map(Box::from);
            (Relationship::Granular, key.into_iter().collect())
        }
        None => (Relationship::Atomic, Vec::new()),
    }
}

/// A type of which no field says more.
fn plain(ty: &Type) -> TypeRef {
    let scalar = |of| TypeRef::inline(Atom { scalar: Some(of), ..Atom::default() });
    match ty.underlying() {
        Type::String | Type::Bytes => scalar(ScalarType::String),
        Type::Bool => scalar(ScalarType::Boolean),
        Type::Int32 | Type::Int64 | Type::Float64 => scalar(ScalarType::Numeric),
        Type::Struct(of) => TypeRef::named(of.name()),
        Type::List(item) => {
            let element = plain(item);
            let list = List { element, relationship: Relationship::Atomic, keys: Arc::from([]) };
            TypeRef::inline(Atom { list: Some(Arc::new(list)), ..Atom::default() })
        }
        Type::Map(_, item) => TypeRef::inline(open(plain(item))),
        Type::Own(own) => match own {
            Own::Quantity | Own::Time | Own::MicroTime => scalar(ScalarType::Untyped),
            Own::FieldsV1 => TypeRef::inline(open(TypeRef::deduced())),
            Own::RawExtension => untyped(),
            Own::IntOrString
            | Own::Json
            | Own::SchemaOrArray
            | Own::SchemaOrBool
            | Own::SchemaOrStrings => anything(),
        },
        Type::Named(_, of) => plain(of),
    }
}

fn open(element: TypeRef) -> Atom {
    let relationship = Relationship::Granular;
    let map = Map { fields: Arc::default(), element: Some(element), relationship };
    Atom { map: Some(Arc::new(map)), ..Atom::default() }
}

/// The type of which every part is atomic.
fn untyped() -> TypeRef {
    let known = Schema::deduced();
    let deduced = known.resolve(&TypeRef::deduced()).unwrap_or_default();
    deduced.list.map_or_else(TypeRef::default, |list| list.element.clone())
}

/// The type of a definition in OpenAPI that says nothing.
fn anything() -> TypeRef {
    let list = List { element: untyped(), relationship: Relationship::Atomic, keys: Arc::from([]) };
    let mut atom = open(TypeRef::deduced());
    atom.scalar = Some(ScalarType::Untyped);
    atom.list = Some(Arc::new(list));
    TypeRef::inline(atom)
}
