//! The gate: who asks, on whose behalf, and whether they may.

use super::{Attributes, User, demand, impersonate};
use crate::{
    core::Core,
    names::FieldSelector,
    request::{Call, Path},
    status::Status,
};

/// Lets a request pass, as the user that it is on behalf of.
///
/// # Errors
/// 400 or 403, in the server's words.
pub(crate) fn pass(core: &Core, call: &Call) -> Result<User, Status> {
    let attributes = attributes(call);
    let user = impersonate(&core.store, &call.user, &attributes, &call.headers)?;
    demand(&core.store, &user, &attributes)?;
    Ok(user)
}

/// A request, as authorization sees it.
fn attributes(call: &Call) -> Attributes {
    let address = match &call.path {
        Path::Other(path) => return Attributes::path(&call.method.as_str().to_lowercase(), path),
        Path::Resource(address) => address,
    };
    let of_namespace = address.group.is_empty() && address.resource == "namespaces";
    let namespace = if of_namespace { &address.name } else { &address.namespace };
    // Lists and watches of one object by its name are reads of that object.
    let selected = match call.verb() {
        "list" | "watch" if address.name.is_empty() => {
            let selector =
                FieldSelector::parse(call.query.get("fieldSelector")).unwrap_or_default();
            selector.demands("metadata.name").unwrap_or_default().to_owned()
        }
        _ => address.name.clone(),
    };
    Attributes::object(call.verb(), &address.group, &address.resource, namespace, &selected)
        .below(&address.subresource)
}
