//! Go types as values.

use super::table;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

/// A Go struct.
#[derive(Debug)]
pub struct Struct {
    /// Package and name, such as `apps/v1.DeploymentSpec`.
    pub name: &'static str,
    /// Its fields in Go's order. Those of structs that are spread into it are among them.
    pub fields: Vec<Field>,
    /// Whether server-side apply owns it as a whole.
    pub atomic: bool,
    pub(super) by_name: BTreeMap<&'static str, usize>,
}

impl Struct {
    /// The field of this name in JSON, case and all. O(log fields).
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).and_then(|&index| self.fields.get(index))
    }

    /// Its name within its package: `DeploymentSpec`.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, name)| name)
    }
}

/// A field of a struct.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// The Go names of the structs within that it is spread from, outermost first.
    pub within: Vec<&'static str>,
    /// Its type, without the pointer.
    pub ty: Type,
    /// Whether it is a pointer, so that it may be unset though its type has no empty value.
    pub pointer: bool,
    /// `omitempty`: left out when it is a false, 0, "", an unset pointer, or an empty list or map.
    pub omit_empty: bool,
    /// `omitzero`: left out when nothing in it is set.
    pub omit_zero: bool,
    /// How strategic merge patch treats it.
    pub patch: Patch,
    /// How server-side apply treats a list; `None` if it isn't said.
    pub list: Option<ListType>,
    /// How server-side apply treats a map or struct; `None` if it isn't said here.
    pub map: Option<MapType>,
    /// Its default in OpenAPI, if that isn't the zero of a field that is always there.
    pub default: Option<Value>,
}

/// The patch tags of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// `merge`, `replace`, `retainKeys`.
    pub strategies: Vec<&'static str>,
    /// The field that tells items apart.
    pub merge_key: Option<&'static str>,
}

/// `x-kubernetes-list-type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListType {
    /// One value.
    Atomic,
    /// Each value once.
    Set,
    /// Items that these fields tell apart.
    Map(Vec<&'static str>),
}

/// `x-kubernetes-map-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapType {
    /// One value.
    Atomic,
    /// Parts with owners of their own.
    Granular,
}

/// A Go type.
#[derive(Debug, Clone)]
pub enum Type {
    /// `string`
    String,
    /// `bool`
    Bool,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `float64`
    Float64,
    /// `[]uint8`: base64 in JSON.
    Bytes,
    /// A type with a JSON form of its own.
    Own(Own),
    /// A slice.
    List(Box<Type>),
    /// A map, from this type of strings.
    Map(Box<Type>, Box<Type>),
    /// A struct.
    Struct(StructRef),
    /// A named type over another: package and name, such as `core/v1.PullPolicy`.
    Named(&'static str, Box<Type>),
}

impl Type {
    /// The type below its name, if it has one.
    pub fn underlying(&self) -> &Type {
        match self {
            Type::Named(_, of) => of.underlying(),
            other => other,
        }
    }

    /// As Go's messages print it: `[]v1.Container`, `map[string]string`.
    pub fn go_name(&self) -> String {
        match self {
            Type::String => "string".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Int32 => "int32".to_owned(),
            Type::Int64 => "int64".to_owned(),
            Type::Float64 => "float64".to_owned(),
            Type::Bytes => "[]uint8".to_owned(),
            Type::Own(own) => in_package(own.name()),
            Type::List(of) => format!("[]{}", of.go_name()),
            Type::Map(key, of) => format!("map[{}]{}", key.go_name(), of.go_name()),
            Type::Struct(of) => in_package(of.name()),
            Type::Named(name, _) => in_package(name),
        }
    }
}

/// `apps/v1.DeploymentSpec` as `v1.DeploymentSpec`.
fn in_package(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

/// Types that read and write JSON in their own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// `resource.Quantity`
    Quantity,
    /// `meta/v1.Time`: RFC 3339, seconds.
    Time,
    /// `meta/v1.MicroTime`: RFC 3339, microseconds.
    MicroTime,
    /// `intstr.IntOrString`
    IntOrString,
    /// `runtime.RawExtension`: any JSON.
    RawExtension,
    /// `meta/v1.FieldsV1`: any JSON.
    FieldsV1,
    /// `apiextensions/v1.JSON`: any JSON.
    Json,
    /// `apiextensions/v1.JSONSchemaPropsOrArray`
    SchemaOrArray,
    /// `apiextensions/v1.JSONSchemaPropsOrBool`
    SchemaOrBool,
    /// `apiextensions/v1.JSONSchemaPropsOrStringArray`
    SchemaOrStrings,
}

const OWN: [(&str, Own); 10] = [
    ("api/resource.Quantity", Own::Quantity),
    ("meta/v1.Time", Own::Time),
    ("meta/v1.MicroTime", Own::MicroTime),
    ("util/intstr.IntOrString", Own::IntOrString),
    ("pkg/runtime.RawExtension", Own::RawExtension),
    ("meta/v1.FieldsV1", Own::FieldsV1),
    ("apiextensions/v1.JSON", Own::Json),
    ("apiextensions/v1.JSONSchemaPropsOrArray", Own::SchemaOrArray),
    ("apiextensions/v1.JSONSchemaPropsOrBool", Own::SchemaOrBool),
    ("apiextensions/v1.JSONSchemaPropsOrStringArray", Own::SchemaOrStrings),
];

impl Own {
    /// Package and name, such as `meta/v1.Time`.
    pub fn name(self) -> &'static str {
        OWN.iter().find(|(_, own)| *own == self).map_or("", |(name, _)| name)
    }

    pub(super) fn named(name: &str) -> Option<Own> {
        OWN.iter().find(|(known, _)| *known == name).map(|(_, own)| *own)
    }
}

/// A struct by name: types contain themselves, and most are never needed.
#[derive(Debug, Clone)]
pub struct StructRef {
    name: &'static str,
    found: OnceLock<Option<Arc<Struct>>>,
}

impl StructRef {
    pub(super) fn named(name: &'static str) -> Self {
        StructRef { name, found: OnceLock::new() }
    }

    /// Package and name, such as `apps/v1.DeploymentSpec`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The struct, parsed at the first call anywhere and shared. `None` only if the table lacks
    /// it, which a test rules out.
    pub fn get(&self) -> Option<Arc<Struct>> {
        self.found.get_or_init(|| table::structure(self.name)).clone()
    }
}
