//! The dependencies that objects declare, in cli-utils' syntax.

use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::ObjectId,
    reason,
};

/// The annotation that names the objects which an object must come after.
pub const DEPENDS_ON: &str = "config.kubernetes.io/depends-on";

/// Reads the value of [`DEPENDS_ON`]: references separated by commas, each
/// `<group>/namespaces/<namespace>/<kind>/<name>` or, without a namespace, `<group>/<kind>/<name>`;
/// the core group is the empty text. White space around a reference is ignored (cli-utils,
/// `pkg/object/dependson`).
///
/// # Errors
/// `InvalidObject` for anything else, an empty value included.
pub fn depends_on(text: &str) -> Result<Vec<ObjectId>> {
    let mut ids = text.split(',').map(reference).collect::<Result<Vec<_>>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn reference(text: &str) -> Result<ObjectId> {
    let text = text.trim();
    let fields: Vec<&str> = text.split('/').collect();
    let (group, namespace, kind, name) = match fields[..] {
        [group, "namespaces", namespace, kind, name] if !namespace.is_empty() => {
            (group, namespace, kind, name)
        }
        [group, kind, name] => (group, "", kind, name),
        _ => return Err(malformed(text)),
    };
    if kind.is_empty() || name.is_empty() {
        return Err(malformed(text));
    }
    Ok(ObjectId::new(group, kind, namespace, name))
}

fn malformed(text: &str) -> Error {
    let message = format!("annotation {DEPENDS_ON} has {text:?}, which names no object");
    Error::new(Stage::Plan, Retry::Never, reason::INVALID_OBJECT, message).advise(
        "write <group>/namespaces/<namespace>/<kind>/<name>, or <group>/<kind>/<name> for objects \
         without a namespace, separated by commas",
    )
}
