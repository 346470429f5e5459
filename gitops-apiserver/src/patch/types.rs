//! The Go types of the built-in kinds, as strategic merge patch asks for them.

use super::strategic::{FieldSchema, PatchSchema};
use crate::builtin::types::{Field, Kind, Struct, Type};

/// A Go type within a kind.
struct GoType {
    ty: Type,
    pointer: bool,
}

impl PatchSchema for Kind {
    fn name(&self) -> String {
        "struct".to_owned()
    }

    fn map(&self, name: &str) -> Result<FieldSchema, String> {
        find(self.of(), name).map(map)
    }

    fn list(&self, name: &str) -> Result<FieldSchema, String> {
        find(self.of(), name).and_then(|field| list(field, "struct"))
    }
}

impl PatchSchema for GoType {
    fn name(&self) -> String {
        if self.pointer { "ptr" } else { kind(&self.ty) }.to_owned()
    }

    fn map(&self, name: &str) -> Result<FieldSchema, String> {
        self.with(name, |field| Ok(map(field)))
    }

    fn list(&self, name: &str) -> Result<FieldSchema, String> {
        self.with(name, |field| list(field, &self.name()))
    }
}

impl GoType {
    fn with(
        &self,
        name: &str,
        then: impl Fn(&Field) -> Result<FieldSchema, String>,
    ) -> Result<FieldSchema, String> {
        match self.ty.underlying() {
            Type::Struct(of) => {
                let of = of.get().ok_or_else(|| no_field(of.name(), name))?;
                find(&of, name).and_then(then)
            }
            // Structs whose fields JSON doesn't see.
            Type::Own(own) => Err(no_field(own.name(), name)),
            other => {
                let what = "merging an object in json but data type is not struct";
                Err(format!("{what}, instead is: {}", kind(other)))
            }
        }
    }
}

fn no_field(of: &str, name: &str) -> String {
    let (of, name) = (of.rsplit('.').next().unwrap_or(of), crate::status::quote(name));
    format!("unable to find api field in struct {of} for the json field {name}")
}

/// The field that Go's JSON would take: the one of this name, else the first that differs in case.
fn find<'a>(of: &'a Struct, name: &str) -> Result<&'a Field, String> {
    let alike = || of.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    of.field(name).or_else(alike).ok_or_else(|| no_field(of.name, name))
}

fn schema(field: &Field, ty: Type, pointer: bool) -> FieldSchema {
    FieldSchema {
        of: Box::new(GoType { ty, pointer }),
        strategies: field.patch.strategies.iter().map(|one| (*one).to_owned()).collect(),
        merge_key: field.patch.merge_key.unwrap_or_default().to_owned(),
    }
}

fn map(field: &Field) -> FieldSchema {
    schema(field, field.ty.clone(), field.pointer)
}

fn list(field: &Field, within: &str) -> Result<FieldSchema, String> {
    match field.ty.underlying() {
        Type::List(of) if matches!(of.underlying(), Type::List(_) | Type::Bytes) => {
            Err("unexpected slice of slice".to_owned())
        }
        Type::List(of) => Ok(schema(field, (**of).clone(), false)),
        Type::Bytes => Ok(schema(field, Type::Int32, false)),
        other if field.pointer => Ok(schema(field, other.clone(), false)),
        _ => Err(format!("expected slice or array type, but got: {within}")),
    }
}

/// What Go calls the kind of a type.
fn kind(ty: &Type) -> &'static str {
    match ty.underlying() {
        Type::String => "string",
        Type::Bool => "bool",
        Type::Int32 => "int32",
        Type::Int64 => "int64",
        Type::Float64 => "float64",
        Type::Bytes | Type::List(_) => "slice",
        Type::Map(..) => "map",
        Type::Struct(_) | Type::Own(_) | Type::Named(..) => "struct",
    }
}
