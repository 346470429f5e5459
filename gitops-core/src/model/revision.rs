//! Versions of the desired state.

use std::{fmt, sync::Arc};

/// A revision of a source: the name it was found under and the content it stands for.
///
/// Printed as Flux prints it: `main@sha1:4d719f1d…`. Equality of [`id`](Self::id) means equal
/// content; names are for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Revision {
    name: Arc<str>,
    id: Arc<str>,
}

impl Revision {
    /// A revision: `name` as asked for (`main`, `v1.2.3`; may be empty), `id` its content id
    /// (`sha1:<commit>`).
    pub fn new(name: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Revision { name: name.into(), id: id.into() }
    }

    /// The name it was found under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The content id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The revision with a short id, for people.
    pub fn short(&self) -> String {
        let id = self.id.rsplit(':').next().unwrap_or(&self.id);
        let id = id.get(..8).unwrap_or(id);
        if self.name.is_empty() { id.to_owned() } else { format!("{}@{id}", self.name) }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            f.write_str(&self.id)
        } else {
            write!(f, "{}@{}", self.name, self.id)
        }
    }
}
