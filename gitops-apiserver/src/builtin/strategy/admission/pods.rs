//! What pods get: priority, tolerations, labels of their node.

use super::{Lookup, Operation, Request};
use crate::builtin::defaults::field;
use crate::status::Status;
use serde_json::{Value, json};

/// The class for pods that name none: of those marked, the least urgent.
pub(super) fn default_priority_class(lookup: &dyn Lookup) -> Option<Value> {
    let classes = lookup.list("scheduling.k8s.io", "priorityclasses", "").into_iter();
    let marked = classes.filter(|class| field::flag(class, "globalDefault"));
    marked.min_by_key(|class| field::number(class, "value"))
}

/// A pod's priority is its class's.
pub(super) fn priority(
    request: &Request<'_>,
    pod: &mut Value,
    old: Option<&Value>,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let (priority, policy) = ("spec.priority", "spec.preemptionPolicy");
    if request.operation == Operation::Update {
        for path in [priority, policy] {
            if let (None, Some(old)) = (field::get(pod, path), old) {
                field::copy(pod, path, old);
            }
        }
        return Ok(());
    }
    let name = field::text(pod, "spec.priorityClassName").to_owned();
    let class = if name.is_empty() {
        let none = json!({"value": 0, "preemptionPolicy": "PreemptLowerPriority"});
        default_priority_class(lookup).unwrap_or(none)
    } else {
        let found = lookup.get("scheduling.k8s.io", "priorityclasses", "", &name);
        found.ok_or_else(|| {
            let why = format!("no PriorityClass with name {name} was found");
            request.forbidden(Some(pod), &why)
        })?
    };
    let of_class = field::number(&class, "value");
    if let Some(given) = field::get(pod, priority).and_then(Value::as_i64)
        && given != of_class
    {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority \
             admission controller computed {of_class} from the given PriorityClass name"
        );
        return Err(request.forbidden(Some(pod), &why));
    }
    let computed = field::text(&class, "preemptionPolicy");
    let given = field::text(pod, policy);
    if !computed.is_empty() && !given.is_empty() && given != computed {
        let why = format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; \
             priority admission controller computed {computed} from the given PriorityClass name"
        );
        return Err(request.forbidden(Some(pod), &why));
    }
    if let Some(found) = field::get(&class, "metadata.name") {
        field::put(pod, "spec.priorityClassName", found.clone());
    }
    field::put(pod, priority, of_class);
    if !computed.is_empty() {
        field::put(pod, policy, computed);
    }
    Ok(())
}

/// Pods stay for five minutes on a node that is lost, unless they say otherwise.
pub(super) fn default_tolerations(pod: &mut Value) {
    let mut tolerations = field::items(pod, "spec.tolerations").to_vec();
    let given = tolerations.clone();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = given.iter().any(|one| {
            let (of, effect) = (field::text(one, "key"), field::text(one, "effect"));
            (of == key || of.is_empty()) && matches!(effect, "NoExecute" | "")
        });
        if !tolerated {
            tolerations.push(json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            }));
        }
    }
    if tolerations.len() != given.len() {
        field::put(pod, "spec.tolerations", tolerations);
    }
}

/// Labels that say where a node is (KEP-4742).
const TOPOLOGY: [&str; 2] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/// A pod that has a node, or is bound to one, gets the labels that say where that is.
pub(super) fn topology_labels(request: &Request<'_>, object: &mut Value, lookup: &dyn Lookup) {
    let pods = request.group.is_empty() && request.resource == "pods";
    if request.operation != Operation::Create || !pods {
        return;
    }
    let node = match request.subresource {
        "" => field::text(object, "spec.nodeName"),
        "binding" if field::text(object, "target.kind") == "Node" => {
            field::text(object, "target.name")
        }
        _ => "",
    };
    if node.is_empty() {
        return;
    }
    let Some(node) = lookup.get("", "nodes", "", node) else { return };
    let Some(of_node) = field::get(&node, "metadata.labels") else { return };
    for name in TOPOLOGY {
        if let Some(value) = of_node.get(name)
            && let Some(labels) = field::map_mut(object, "metadata.labels")
        {
            labels.insert(name.to_owned(), value.clone());
        }
    }
}
