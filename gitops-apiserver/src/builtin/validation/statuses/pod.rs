//! The status of a pod: where it runs, and how far its containers have come.

use crate::builtin::validation::rules::{below_text, same};
use crate::builtin::validation::spot::{Spot, below};
use crate::builtin::validation::{address, format, internal, rules};
use serde_json::Value;
use std::net::IpAddr;

const STATUSES: &[(&str, &str)] = &[
    ("containerStatuses", "containers"),
    ("initContainerStatuses", "initContainers"),
    ("ephemeralContainerStatuses", "ephemeralContainers"),
];

/// The status of a changed pod.
pub(in crate::builtin::validation) fn pod(new: &Spot, old: &Value) {
    let status = new.at("status");
    conditions(&status.at("conditions"));
    node(&status, new.at("spec").value(), old);
    if status.at("observedGeneration").number() < 0 {
        status.at("observedGeneration").invalid("must be a non-negative integer");
    }
    rules::immutable_text(&status.at("qosClass"), below(old, "status.qosClass"));
    for (list, containers) in STATUSES {
        ended_stays(&status.at(list), old, list, containers);
    }
    claims(&status.at("resourceClaimStatuses"), new.at("spec.resourceClaims").value());
    addresses(&status, below(old, "status"));
    for (list, _) in STATUSES {
        status.at(list).each(|container| user(container, new.value()));
    }
    for (list, containers) in STATUSES {
        let containers = below(new.value(), "spec").get(containers).unwrap_or(&Value::Null);
        status.at(list).each(|container| allocated(container, containers, list));
    }
    for (list, _) in STATUSES {
        status.at(list).each(|container| {
            container.at("volumeMounts").each(|mount| {
                let volume = mount.at("volumeStatus");
                volume.at("image").given_then(|image| {
                    let place = volume.at("imageVolumeStatus");
                    let reference = place.at("imageRef");
                    let reference = reference.with(image.at("imageRef").value());
                    if reference.empty() {
                        reference.required("imageRef must not be empty");
                    }
                    if reference.len() > 256 {
                        reference.too_long(256);
                    }
                });
            });
        });
    }
}

fn conditions(at: &Spot) {
    at.each(|condition| {
        let generation = condition.at("observedGeneration");
        if generation.number() < 0 {
            generation.invalid("must be a non-negative integer");
        }
        let name = condition.at("type");
        if !matches!(name.text(), "PodScheduled" | "Ready" | "Initialized") {
            // The place is written this way.
            let place = condition.at("Type");
            place.with(name.value()).in_format(format::label_key);
        }
    });
}

/// The node that the pod may get.
fn node(status: &Spot, spec: &Value, old: &Value) {
    let nominated = status.at("nominatedNodeName");
    let had = below(old, "spec.nodeName");
    if !same(below(spec, "nodeName"), had) {
        status.at("nodeName").forbidden("may not be changed directly");
    }
    if nominated.empty() || nominated.text() == below_text(old, "status.nominatedNodeName") {
        return;
    }
    nominated.in_format(format::subdomain);
    if had.as_str().is_some_and(|name| !name.is_empty()) {
        nominated.forbidden("may not be set on pods that are already bound to a node");
    }
}

/// Containers that have ended and aren't started again stay ended.
fn ended_stays(at: &Spot, old: &Value, list: &str, containers: &str) {
    let spec = below(old, "spec");
    let all = ["containers", "initContainers"];
    let restarts_all = all.iter().any(|list| {
        let containers = below(spec, list).as_array().into_iter().flatten();
        containers
            .flat_map(|one| below(one, "restartPolicyRules").as_array().into_iter().flatten())
            .any(|rule| below_text(rule, "action") == "RestartAllContainers")
    });
    let ephemeral = containers == "ephemeralContainers";
    if restarts_all && !ephemeral {
        return;
    }
    let before = below(old, "status").get(list).and_then(Value::as_array);
    for (index, before) in before.into_iter().flatten().enumerate() {
        let ended = below(before, "state.terminated");
        let name = below_text(before, "name");
        let is = |value: &&Value| below_text(value, "name") == name;
        let now = at.value().as_array().into_iter().flatten().find(is);
        let ends = now.is_none_or(|now| !below(now, "state.terminated").is_null());
        if ended.is_null() || ends {
            continue;
        }
        let container = below(spec, containers).as_array().into_iter().flatten().find(is);
        let code = below(ended, "exitCode").as_i64().unwrap_or_default();
        if ephemeral || !container.is_some_and(|one| starts_again(one, spec, code)) {
            let place = at.index(index);
            place.at("state").forbidden("may not be transitioned to non-terminated state");
        }
    }
}

/// Whether a container that has ended with a code is started again.
fn starts_again(container: &Value, spec: &Value, code: i64) -> bool {
    let rules = below(container, "restartPolicyRules").as_array().into_iter().flatten();
    for rule in rules {
        let codes = below(rule, "exitCodes");
        let listed =
            below(codes, "values").as_array().is_some_and(|all| all.contains(&code.into()));
        let matches = match below_text(codes, "operator") {
            "In" => listed,
            "NotIn" => !listed,
            _ => false,
        };
        if matches {
            return matches!(below_text(rule, "action"), "Restart" | "RestartAllContainers");
        }
    }
    let own = below_text(container, "restartPolicy");
    match if own.is_empty() { below_text(spec, "restartPolicy") } else { own } {
        "Always" => true,
        "OnFailure" => code != 0,
        _ => false,
    }
}

fn claims(at: &Spot, known: &Value) {
    let mut seen: Vec<String> = Vec::new();
    at.each(|claim| {
        let name = claim.at("name");
        let mut all = known.as_array().into_iter().flatten();
        if !all.any(|one| below_text(one, "name") == name.text()) {
            name.invalid_as(
                name.text(),
                "must match the name of an entry in `spec.resourceClaims`",
            );
        }
        if seen.iter().any(|one| one == name.text()) {
            name.duplicate(name.text());
        } else {
            seen.push(name.text().to_owned());
        }
        claim.at("resourceClaimName").given_then(|at| at.in_format(format::subdomain));
    });
}

/// The addresses of the pod and of its host: one of a family, the first of them on its own, too.
fn addresses(status: &Spot, old: &Value) {
    let (pod, host) = (status.at("podIPs"), status.at("hostIPs"));
    of_families(&pod, old, "podIPs", "core.PodIP");
    let first =
        |list: &Spot| below_text(list.value().get(0).unwrap_or(&Value::Null), "ip").to_owned();
    let alone = status.at("podIP");
    if alone.empty() != pod.empty() {
        pod.invalid_in_memory(
            "[]core.PodIP",
            "podIP and podIPs must either both be set or both be unset",
        );
    } else if !pod.empty() && first(&pod) != alone.text() {
        pod.index(0).at("ip").invalid_as(first(&pod), "must be equal to `podIP`");
    }
    if !host.empty() {
        if first(&host) != status.at("hostIP").text() {
            host.index(0).at("ip").invalid_as(first(&host), "must be equal to `hostIP`");
        }
        of_families(&host, old, "hostIPs", "core.HostIP");
    }
}

fn of_families(list: &Spot, old: &Value, name: &str, ty: &str) {
    let old: Value = below(old, name)
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| below(one, "ip").clone())
        .collect();
    let mut families: Vec<Option<bool>> = Vec::new();
    list.each(|item| {
        let ip = item.at("ip");
        let text = Value::from(ip.text());
        address::ip_or_old(&item.with(&text), &old);
        families.push(address::sloppy(ip.text()).as_ref().map(IpAddr::is_ipv4));
    });
    if families.len() < 2 {
        return;
    }
    if let Some(index) = families.iter().position(Option::is_none) {
        let bad = list.index(index).at("ip").text().to_owned();
        list.internal(&format!(
            "failed to check for dual stack with error:invalid IP[{index}]: {bad}"
        ));
    }
    let both = families.contains(&Some(true)) && families.contains(&Some(false));
    if !both || families.contains(&None) || families.len() > 2 {
        let shown = internal::shown(list.value(), &format!("[]{ty}"));
        list.invalid_as(shown, "may specify no more than one IP for each IP family");
    }
}

fn user(container: &Spot, pod: &Value) {
    let user = container.at("user");
    let linux = user.at("linux");
    if !linux.given() {
        return;
    }
    match below_text(pod, "spec.os.name") {
        "windows" => linux.forbidden("cannot be set for a windows pod"),
        "" | "linux" => {
            let uid = linux.at("uid");
            if !(0..=i64::from(u32::MAX)).contains(&uid.number()) {
                uid.invalid(&format!("must be between 0 and {}, inclusive", u32::MAX));
            }
            rules::id(&linux.at("gid"));
            linux.at("supplementalGroups").each(rules::id);
        }
        _ => {}
    }
}

/// Devices that a container has.
fn allocated(container: &Spot, containers: &Value, list: &str) {
    let all = container.at("allocatedResourcesStatus");
    if list == "ephemeralContainerStatuses" {
        if !all.empty() {
            all.forbidden("must not be specified in container status");
        }
        return;
    }
    let mut known = containers.as_array().into_iter().flatten();
    let known = known.find(|one| below_text(one, "name") == container.at("name").text());
    all.each(|resource| {
        let name = resource.at("name");
        if let Some(problem) = known.and_then(|known| unknown(name.text(), known)) {
            name.invalid_as(name.text(), problem);
        }
        let mut ids: Vec<String> = Vec::new();
        resource.at("resources").each(|one| {
            one.at("health").one_of(&["Healthy", "Unhealthy", "Unknown"]);
            one.at("message").given_then(|message| {
                if message.empty() {
                    message.required("must be non-empty if specified");
                } else if message.len() > 1024 {
                    message.too_long(1024);
                }
            });
            let id = one.at("resourceID");
            if ids.iter().any(|seen| seen == id.text()) {
                id.duplicate(id.text());
            } else {
                ids.push(id.text().to_owned());
            }
        });
    });
}

/// Why a container can't have a resource.
fn unknown(name: &str, container: &Value) -> Option<&'static str> {
    if !name.starts_with("claim:") {
        let requests = below(container, "resources.requests");
        let known = requests.get(name).is_some();
        return (!known).then_some("must match one of the container's resource requests");
    }
    let mut claims = below(container, "resources.claims").as_array().into_iter().flatten();
    let known = claims.any(|claim| {
        let (claim, request) = (below_text(claim, "name"), below_text(claim, "request"));
        match request {
            "" => name == format!("claim:{claim}"),
            request => name == format!("claim:{claim}/{request}"),
        }
    });
    (!known).then_some("must match one of the container's resource claims as 'claim:<claimName>/<requestName>' when container.resources.claims[*].request is set or 'claim:<claimName>' when it is empty")
}
