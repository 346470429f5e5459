//! Annotations of pods that mean something to the server.

use super::{each_container, files, tolerations, whole};
use crate::builtin::validation::rules::below_text;
use crate::builtin::validation::spot::{Spot, below};
use crate::status::quote;
use serde_json::Value;

const MIRROR: &str = "kubernetes.io/config.mirror";
const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_OF: &str = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR_OF: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The annotations of a pod or template with this spec.
pub(super) fn of_pod(at: &Spot, spec: &Value) {
    let mirror = at.key(MIRROR);
    if mirror.given() && below_text(spec, "nodeName").is_empty() {
        mirror.invalid("must set spec.nodeName if mirror pod annotation is set");
    }
    if let Ok(list) = serde_json::from_str::<Value>(at.key(TOLERATIONS).text()) {
        tolerations::tolerations(&at.at(TOLERATIONS).with(&list));
    }
    let cost = at.key(DELETION_COST);
    // A plus, or zeros before the digits, are no number to the server.
    let text = cost.text();
    let plain = !text.starts_with('+') && (text == "0" || !text.starts_with('0'));
    if cost.given() && !(plain && text.parse::<i32>().is_ok()) {
        cost.invalid("must be a 32bit integer");
    }
    at.key(SECCOMP).given_then(|profile| seccomp(&at.at(SECCOMP).with(profile.value())));
    for (key, profile) in at.entries().filter(|(key, _)| key.starts_with(SECCOMP_OF)) {
        seccomp(&at.at(key).with(profile.value()));
    }
    for (key, profile) in at.entries() {
        let Some(container) = key.strip_prefix(APP_ARMOR_OF) else { continue };
        if !whole::has_container(spec, container) {
            profile.invalid_as(container, "container not found");
        }
        let text = profile.text();
        let known = matches!(text, "" | "runtime/default" | "unconfined");
        if !known && !text.starts_with("localhost/") {
            profile.invalid(&format!("invalid AppArmor profile name: {}", quote(text)));
        }
    }
}

fn seccomp(at: &Spot) {
    match at.text() {
        "runtime/default" | "docker/default" | "unconfined" => {}
        text => match text.strip_prefix("localhost/") {
            Some(path) => files::path_below(&at.with(&path.into())),
            None => at.invalid("must be a valid seccomp profile"),
        },
    }
}

/// What annotations say of system calls is what fields say. Looks at a pod or template.
pub(super) fn seccomp_agrees(pod: &Spot) {
    let annotations = below(pod.value(), "metadata.annotations");
    let agrees = |at: &Spot, key: &str| {
        let profile = at.at("securityContext.seccompProfile");
        if let Some(said) = annotations.get(key).and_then(Value::as_str)
            && profile.given()
        {
            let default = ["runtime/default", "docker/default"];
            agree(&profile, said, "seccomp", &default);
        }
    };
    let spec = pod.at("spec");
    agrees(&spec, SECCOMP);
    each_container(&spec, |at| {
        agrees(at, &format!("{SECCOMP_OF}{}", at.at("name").text()));
    });
}

/// The same of programs' files. Looks at a pod or template.
pub(super) fn app_armor_agrees(pod: &Spot) {
    let annotations = below(pod.value(), "metadata.annotations");
    let spec = pod.at("spec");
    if spec.at("os.name").text() == "windows" {
        return;
    }
    let of_pod = below(spec.value(), "securityContext.appArmorProfile");
    each_container(&spec, |at| {
        let key = format!("{APP_ARMOR_OF}{}", at.at("name").text());
        let place = at.at("securityContext.appArmorProfile");
        let profile = if place.given() { place.value() } else { of_pod };
        if let Some(said) = annotations.get(&key).and_then(Value::as_str)
            && !profile.is_null()
        {
            agree(&place.with(profile), said, "apparmor", &["runtime/default"]);
        }
    });
}

fn agree(profile: &Spot, said: &str, what: &str, default: &[&str]) {
    let kind = profile.at("type");
    let file = profile.at("localhostProfile");
    let agrees = match kind.text() {
        "Unconfined" => said == "unconfined",
        "RuntimeDefault" => default.contains(&said),
        "Localhost" => match said.strip_prefix("localhost/") {
            Some(path) if file.given() && path == file.text() => true,
            Some(_) => {
                file.forbidden(&format!("{what} profile in annotation and field must match"));
                true
            }
            None => false,
        },
        _ => true,
    };
    if !agrees {
        kind.forbidden(&format!("{what} type in annotation and field must match"));
    }
}

/// Annotations that a pod keeps or never has.
pub(super) fn fixed(at: &Spot, old: &Value) {
    let fixed = |key: &str, verb: &str| {
        if key.starts_with(APP_ARMOR_OF) {
            at.key(key).forbidden(&format!("may not {verb} AppArmor annotations"));
        }
        if key == MIRROR {
            at.key(key).forbidden(&format!("may not {verb} mirror pod annotation"));
        }
    };
    for (key, value) in old.as_object().into_iter().flatten() {
        if at.key(key).value() != value {
            fixed(key, "remove or update");
        }
    }
    for (key, _) in at.entries().filter(|(key, _)| old.get(key).is_none()) {
        fixed(key, "add");
    }
}
