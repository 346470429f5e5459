//! The Go types of the built-in kinds, as data.
//!
//! A kube-apiserver decodes what it is sent into Go structs and answers with what it encodes from
//! them. What gets lost, what appears, and what is refused in between follows from the structs
//! alone: [`Kind::decode`] does the same from a table of them, `data/types.txt`, which `cargo xtask
//! builtin` writes. The table is searched by halves and a type is parsed when it is first needed.

mod base64;
mod convert;
mod decode;
mod empty;
mod encode;
mod error;
pub mod json;
mod merge;
mod number;
mod own;
mod print;
mod reflect;
mod table;
mod time;

pub use decode::Decoded;
pub use error::DecodeError;
pub use reflect::{Field, ListType, MapType, Own, Patch, Struct, StructRef, Type};
pub use table::VERSION;

use gitops_ssa::schema::{Schema, TypeRef};
use json::Node;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// A built-in kind at one version. Clones share what there is to it.
#[derive(Debug, Clone)]
pub struct Kind {
    api_version: &'static str,
    kind: &'static str,
    of: Arc<Struct>,
}

/// A built-in kind by its API version, such as `apps/v1`, and name; also of lists and of what is
/// only sent. `DeleteOptions` is that of `v1` at any version. `None` if a stock server doesn't
/// serve the kind. O(log kinds); the first time a search in the table and
/// [parsing](StructRef::get) one struct.
pub fn kind(api_version: &str, kind: &str) -> Option<Kind> {
    static FOUND: RwLock<BTreeMap<String, Kind>> = RwLock::new(BTreeMap::new());
    // Every version has these, those of custom resources too.
    let api_version = if kind == "DeleteOptions" { "v1" } else { api_version };
    let key = format!("{api_version}/{kind}");
    if let Some(found) = FOUND.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Some(found.clone());
    }
    let (api_version, kind, name) = table::kind(&key)?;
    let found = Kind { api_version, kind, of: StructRef::named(name).get()? };
    FOUND.write().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
    Some(found)
}

impl Kind {
    /// Such as `apps/v1`.
    pub fn api_version(&self) -> &'static str {
        self.api_version
    }

    /// Such as `Deployment`.
    pub fn name(&self) -> &'static str {
        self.kind
    }

    /// The Go struct of its objects.
    pub fn of(&self) -> &Arc<Struct> {
        &self.of
    }

    /// What the server's decoder makes of an object: fields that the kind doesn't have are
    /// dropped, and listed; what has to be there is added; quantities, times and numbers are in
    /// their canonical form. Fields are visited in sorted order, as for YAML and patches. O(size).
    ///
    /// # Errors
    /// A value has a type that its field can't hold.
    pub fn decode(&self, object: &Value) -> Result<Decoded, DecodeError> {
        decode::decode(&self.of, &Node::from(object))
    }

    /// The same from [JSON that was read](json::parse): fields are visited in their own order, and
    /// those that are there twice are listed too and merged as Go merges them.
    ///
    /// # Errors
    /// A value has a type that its field can't hold.
    pub fn decode_json(&self, object: &Node) -> Result<Decoded, DecodeError> {
        decode::decode(&self.of, object)
    }

    /// What a strategic merge patch has made, with numbers in the types of their fields. It goes
    /// on to [`decode`](Self::decode).
    ///
    /// # Errors
    /// A value has a type that its field can't hold, in the words of `UnstructuredConverter`.
    pub fn convert(&self, object: Value) -> Result<Value, String> {
        convert::structure(&self.of, object)
    }

    /// The object after a trip through the server's storage, which keeps built-in kinds in
    /// protobuf: empty lists and maps are as if they had not been set. For what
    /// [`decode`](Self::decode) gave. O(size).
    pub fn stored(&self, object: &Value) -> Value {
        encode::stored(&self.of, object)
    }

    /// An object as JSON has it: without the empty lists and maps that [`decode`](Self::decode) keeps
    /// where the server tells them from none. `None` if it has no such. O(size).
    pub(crate) fn without_empty(&self, object: &Value) -> Option<Value> {
        empty::without(&self.of, object)
    }

    /// An object before anything is set: the structs that the Go type always has, with nulls where
    /// a field is never left out. It is what the server compares with when an object is created,
    /// to tell who owns what.
    pub fn empty(&self) -> Value {
        let mut empty = encode::encode(&self.of, Value::Null);
        if let Some(map) = empty.as_object_mut() {
            map.insert("apiVersion".to_owned(), self.api_version.into());
            map.insert("kind".to_owned(), self.kind.into());
        }
        empty
    }

    /// An object as JSON, in the order in which Go writes the fields: what a JSON patch works on, and
    /// what refusals quote. O(size).
    pub fn print(&self, object: &Value) -> String {
        print::print(&self.of, object)
    }

    /// The schema for server-side apply and the type of the kind's objects in it. It holds the
    /// types that the kind is made of, is made at the first call and then shared.
    pub fn schema(&self) -> (Arc<Schema>, TypeRef) {
        merge::schema(&self.of)
    }
}
