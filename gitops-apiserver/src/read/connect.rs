//! Subresources that lead to nodes: what the server says of them before it asks any node.

use crate::{
    answer::Answer,
    core::Core,
    kind::Kind,
    object,
    request::{Address, Query},
    status::Status,
};
use serde_json::Value;

/// GET or POST of a log, of a command in a container, of a proxy.
///
/// There are no nodes behind this server: what would need one is refused as not modelled (501).
pub(crate) fn connect(
    core: &Core,
    kind: &Kind,
    address: &Address,
    query: &Query,
) -> Result<Answer, Status> {
    if (kind.plural(), &*address.subresource) == ("services", "proxy") {
        let what = format!("no endpoints available for service \"{}\"", address.name);
        return Err(Status::new(503, "ServiceUnavailable", what));
    }
    let stored = core.store.get(&kind.table, &address.key(&address.name));
    let stored = stored.ok_or_else(|| kind.not_found(&address.name))?;
    let object = kind.read(&stored.bytes)?;
    let scheduled = object.pointer("/spec/nodeName").and_then(Value::as_str).is_some();
    match &*address.subresource {
        "log" if kind.plural() == "pods" => {
            container(&object, query.get("container"))?;
            if !scheduled {
                return Ok(Answer::new(200, "text/plain", ""));
            }
        }
        "exec" | "attach" | "portforward" if kind.plural() == "pods" => {
            if address.subresource != "portforward" {
                container(&object, query.get("container"))?;
            }
            if !scheduled {
                let name = &address.name;
                let what = format!("pod {name} does not have a host assigned");
                return Err(Status::bad_request(what));
            }
        }
        _ => {}
    }
    Err(not_modelled(kind, &address.subresource))
}

/// A subresource that leads to what a server in memory doesn't have, such as a kubelet.
fn not_modelled(kind: &Kind, subresource: &str) -> Status {
    let what = format!("{}/{subresource} is not modelled by this server", kind.plural());
    Status::new(501, "NotImplemented", what)
}

/// Checks which container of a pod is asked for.
fn container(pod: &Value, asked: &str) -> Result<(), Status> {
    let of = |member: &str| {
        let containers = pod.pointer(&format!("/spec/{member}")).and_then(Value::as_array);
        let names =
            containers.into_iter().flatten().filter_map(|container| container["name"].as_str());
        names.collect::<Vec<_>>()
    };
    let main = of("containers");
    let all = [of("initContainers"), main.clone(), of("ephemeralContainers")].concat();
    let pod = object::meta(pod, "name");
    if !asked.is_empty() {
        let why = format!("container {asked} is not valid for pod {pod}");
        return if all.contains(&asked) { Ok(()) } else { Err(Status::bad_request(why)) };
    }
    if main.len() == 1 {
        return Ok(());
    }
    let why = format!("a container name must be specified for pod {pod}");
    match main.is_empty() {
        true => Err(Status::bad_request(why)),
        false => Err(Status::bad_request(format!("{why}, choose one of: [{}]", all.join(" ")))),
    }
}
