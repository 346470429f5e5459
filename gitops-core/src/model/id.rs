//! Names: of objects, of apps, of one live incarnation and its version.

use std::{fmt, str::FromStr, sync::Arc};

/// The identity of an object: group, kind, namespace and name, without a version.
///
/// Two API versions of one object are one object. Cheap to clone; ordered by group, kind,
/// namespace and name. Targets that aren't Kubernetes leave group and namespace empty.
///
/// Printed as `Kind.group namespace/name`, as kubectl prints kinds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Arc<Parts>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts {
    group: Box<str>,
    kind: Box<str>,
    namespace: Box<str>,
    name: Box<str>,
}

impl ObjectId {
    /// An id from its parts; `group` and `namespace` may be empty.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        ObjectId(Arc::new(Parts {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        }))
    }

    /// The API group; empty for the core group and for targets without groups.
    pub fn group(&self) -> &str {
        &self.0.group
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The namespace; empty for objects without one.
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The same object in another namespace.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self::new(self.group(), self.kind(), namespace, self.name())
    }

    /// `<namespace>_<name>_<group>_<kind>`, the inventory id of Flux and cli-utils, where RBAC
    /// names' colons become `__`.
    pub fn inventory_id(&self) -> String {
        let name = self.name().replace(':', "__");
        format!("{}_{}_{}_{}", self.namespace(), name, self.group(), self.kind())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        if !self.group().is_empty() {
            write!(f, ".{}", self.group())?;
        }
        f.write_str(" ")?;
        if !self.namespace().is_empty() {
            write!(f, "{}/", self.namespace())?;
        }
        f.write_str(self.name())
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an inventory id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an inventory id: expected <namespace>_<name>_<group>_<kind>")]
pub struct ParseObjectIdError;

impl FromStr for ObjectId {
    type Err = ParseObjectIdError;

    /// Reads what [`ObjectId::inventory_id`] writes.
    fn from_str(text: &str) -> Result<Self, ParseObjectIdError> {
        let (namespace, rest) = text.split_once('_').ok_or(ParseObjectIdError)?;
        let (rest, kind) = rest.rsplit_once('_').ok_or(ParseObjectIdError)?;
        let (name, group) = rest.rsplit_once('_').ok_or(ParseObjectIdError)?;
        if kind.is_empty() || name.is_empty() {
            return Err(ParseObjectIdError);
        }
        Ok(Self::new(group, kind, namespace, &name.replace("__", ":")))
    }
}

impl serde::Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.inventory_id())
    }
}

impl<'de> serde::Deserialize<'de> for ObjectId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text.
            pub fn new(text: impl AsRef<str>) -> Self {
                $name(text.as_ref().into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name of an app: the unit that is reconciled, owns an inventory and has a status.
    AppId
}

name! {
    /// One incarnation of a live object: a name that is deleted and created again gets another.
    Uid
}

name! {
    /// The version of a live object, compared for equality only.
    Version
}

name! {
    /// Where an observer stands in the live system's history, compared for equality only.
    Cursor
}

name! {
    /// A content id of a file or directory, such as a Git blob or tree id.
    ContentId
}
