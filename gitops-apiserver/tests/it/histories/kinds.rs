//! The kinds of the histories, as written in `kinds`.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Changes by JSON pointer.
pub(super) type Edit = Map<String, Value>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    /// Group, version and plural, as in the path of a request.
    pub(super) path: String,
    pub(super) kind: String,
    #[serde(default = "one")]
    pub(super) weight: u64,
    /// Whether its objects are in no namespace.
    #[serde(default)]
    pub(super) cluster: bool,
    #[serde(default)]
    pub(super) custom: bool,
    /// Whether there is a subresource `scale`.
    #[serde(default)]
    pub(super) scale: bool,
    /// An object that the server takes.
    pub(super) object: Value,
    pub(super) good: Vec<Edit>,
    #[serde(default)]
    pub(super) bad: Vec<Edit>,
    /// Strategic merge patches that edits don't give.
    #[serde(default)]
    pub(super) merge: Vec<Value>,
    #[serde(default)]
    pub(super) statuses: Vec<Edit>,
    /// Field selectors of this kind's own.
    #[serde(default)]
    pub(super) fields: Vec<String>,
}

fn one() -> u64 {
    1
}

pub(super) fn all() -> &'static [Kind] {
    static ALL: LazyLock<Vec<Kind>> = LazyLock::new(|| {
        let text = concat!(include_str!("kinds/common.yaml"), include_str!("kinds/rare.yaml"));
        let mut all: Vec<Kind> = serde_saphyr::from_str(text).unwrap();
        if let Some(wanted) = wanted() {
            all.retain(|kind| wanted.split(',').any(|word| kind.path.contains(word)));
        }
        all
    });
    &ALL
}

/// Parts of paths, to look at some kinds only.
#[allow(clippy::disallowed_methods, reason = "cargo hands a test nothing but the environment")]
fn wanted() -> Option<String> {
    std::env::var("GITOPS_KINDS").ok()
}

impl Kind {
    /// `v1`, `apps/v1`.
    pub(super) fn api_version(&self) -> &str {
        let path = self.path.split_once('/').map_or("", |(_, path)| path);
        path.rsplit_once('/').map_or("", |(version, _)| version)
    }

    /// The path of its objects in the history's namespace.
    pub(super) fn collection(&self) -> String {
        let (version, plural) = self.path.rsplit_once('/').unwrap_or_default();
        match self.cluster {
            true => format!("/{version}/{plural}"),
            false => format!("/{version}/namespaces/{{{{ns}}}}/{plural}"),
        }
    }

    /// The path of the object with this name.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}/{}", self.collection(), self.name(name))
    }

    /// Names in no namespace begin with that of the history's.
    pub(super) fn name(&self, name: &str) -> String {
        if self.cluster { format!("{{{{ns}}}}-{name}") } else { name.to_owned() }
    }

    /// The small object under a name.
    pub(super) fn named(&self, name: &str) -> Value {
        let mut object = self.object.clone();
        object["apiVersion"] = self.api_version().into();
        object["kind"] = json!(self.kind);
        object["metadata"] = json!({"name": self.name(name)});
        if self.cluster {
            object["metadata"]["labels"] = json!({"history": "{{ns}}"});
        }
        object
    }
}

/// Makes the changes, as far as there is something to change.
pub(super) fn edit(object: &mut Value, edit: &Edit) {
    for (pointer, value) in edit {
        set(object, pointer, value.clone());
    }
}

/// Sets what is at a pointer, with the maps above it; null removes.
pub(crate) fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", ""));
    let key = key.replace("~1", "/").replace("~0", "~");
    if !parent.is_empty()
        && !object.pointer(parent).is_some_and(|at| at.is_object() || at.is_array())
    {
        if value.is_null() {
            return;
        }
        set(object, parent, json!({}));
    }
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) if value.is_null() => drop(map.remove(&key)),
        Some(Value::Object(map)) => drop(map.insert(key, value)),
        Some(Value::Array(items)) => {
            if let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = value;
            }
        }
        _ => {}
    }
}
