//! Names: of objects, of apps, of one live incarnation and its version.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
    sync::Arc,
};

/// The identity of an object: group, kind, namespace and name, without a version.
///
/// Two API versions of one object are one object. Cheap to clone; ordered by group, kind,
/// namespace and name. Targets that aren't Kubernetes leave group and namespace empty.
///
/// Printed as `Kind.group namespace/name`, as kubectl prints kinds.
#[derive(Clone)]
pub struct ObjectId {
    /// `group NUL kind NUL namespace NUL name`: comparing ids is comparing one string, and ids are
    /// compared more than anything else.
    text: Arc<str>,
    /// Where group, kind and namespace end.
    ends: [usize; 3],
}

impl ObjectId {
    /// An id from its parts; `group` and `namespace` may be empty. A NUL character, which no name
    /// can have, becomes the replacement character.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        let parts = [group, kind, namespace, name];
        if parts.iter().any(|part| part.contains('\0')) {
            let [group, kind, namespace, name] = parts.map(|part| part.replace('\0', "\u{fffd}"));
            return Self::new(&group, &kind, &namespace, &name);
        }
        let kind_ends = group.len() + 1 + kind.len();
        let ends = [group.len(), kind_ends, kind_ends + 1 + namespace.len()];
        ObjectId { text: parts.join("\0").into(), ends }
    }

    /// The API group; empty for the core group and for targets without groups.
    pub fn group(&self) -> &str {
        &self.text[..self.ends[0]]
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.text[self.ends[0] + 1..self.ends[1]]
    }

    /// The namespace; empty for objects without one.
    pub fn namespace(&self) -> &str {
        &self.text[self.ends[1] + 1..self.ends[2]]
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.text[self.ends[2] + 1..]
    }

    /// The same object in another namespace.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self::new(self.group(), self.kind(), namespace, self.name())
    }

    /// `<group>/<kind>/<namespace>/<name>`, the form in which ids are stored and digested: every id
    /// has one and each stands for one id. In the first three parts `~` is `~0` and `/` is `~1`, as
    /// in JSON pointers (RFC 6901); the name is as it is.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.text.len());
        for part in [self.group(), self.kind(), self.namespace()] {
            for letter in part.chars() {
                match letter {
                    '~' => key.push_str("~0"),
                    '/' => key.push_str("~1"),
                    _ => key.push(letter),
                }
            }
            key.push('/');
        }
        key.push_str(self.name());
        key
    }

    fn from_key(key: &str) -> Option<Self> {
        let mut parts = key.splitn(4, '/');
        let mut escaped = || {
            let mut part = String::new();
            let mut letters = parts.next()?.chars();
            while let Some(letter) = letters.next() {
                part.push(match letter {
                    '~' => match letters.next()? {
                        '0' => '~',
                        '1' => '/',
                        _ => return None,
                    },
                    letter => letter,
                });
            }
            Some(part)
        };
        let (group, kind, namespace) = (escaped()?, escaped()?, escaped()?);
        Some(Self::new(&group, &kind, &namespace, parts.next()?))
    }

    /// `<namespace>_<name>_<group>_<kind>`, the inventory id of Flux and cli-utils, where RBAC
    /// names' colons become `__`: for interchange with them only, since it does not tell `a:b`
    /// from `a__b`.
    pub fn inventory_id(&self) -> String {
        let name = self.name().replace(':', "__");
        format!("{}_{}_{}_{}", self.namespace(), name, self.group(), self.kind())
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.text, &other.text) {
            return Ordering::Equal;
        }
        // NUL sorts before every character, so this is the order of the parts one by one.
        self.text.cmp(&other.text)
    }
}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text) || self.text == other.text
    }
}

impl Eq for ObjectId {}

impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
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

/// As its [key](ObjectId::key).
impl serde::Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.key())
    }
}

impl<'de> serde::Deserialize<'de> for ObjectId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_key(&text).ok_or_else(|| {
            let expected = "not an object's key: expected <group>/<kind>/<namespace>/<name>";
            serde::de::Error::custom(expected)
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_come_back_and_order_is_that_of_the_parts(
            a in prop::array::uniform4("[a-c/_:]{0,3}"),
            b in prop::array::uniform4("[a-c/_:]{0,3}"),
        ) {
            let id = |p: &[String; 4]| ObjectId::new(&p[0], &p[1], &p[2], &p[3]);
            let (x, y) = (id(&a), id(&b));
            prop_assert_eq!([x.group(), x.kind(), x.namespace(), x.name()], a.each_ref().map(String::as_str));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x == y, a == b);
        }
    }

    #[test]
    fn a_nul_can_not_forge_another_id() {
        assert_ne!(ObjectId::new("", "a", "b", "c"), ObjectId::new("", "a\0b", "", "c"));
    }
}

#[cfg(test)]
mod key_tests;
