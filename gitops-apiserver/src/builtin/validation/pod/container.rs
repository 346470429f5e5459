//! Containers.

use super::{Pod, environment, handler, image, mounts, network, restart, security};
use crate::builtin::validation::{format, resources, spot::Spot};

/// The containers of a pod.
pub(super) fn containers(at: &Spot, pod: &Pod) {
    if at.empty() {
        at.required("");
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    let items: Vec<Spot> = at.items().collect();
    for item in &items {
        common(item, pod);
        let name = crate::builtin::validation::rules::below_text(item.value(), "name");
        if names.contains(&name) {
            item.at("name").duplicate(name);
        }
        names.push(name);
        running(item, pod);
        restart::policy(item);
    }
    network::unique_host_ports(at);
}

/// What a container does while it runs.
pub(super) fn running(at: &Spot, pod: &Pod) {
    at.at("lifecycle").given_then(|at| handler::lifecycle(at, pod));
    at.at("livenessProbe").given_then(|at| {
        handler::probe(at, pod);
        handler::one_success(at);
    });
    at.at("readinessProbe").given_then(|at| {
        handler::probe(at, pod);
        let grace = at.at("terminationGracePeriodSeconds");
        grace.given_then(|grace| grace.invalid("must not be set for readinessProbes"));
    });
    at.at("startupProbe").given_then(|at| {
        handler::probe(at, pod);
        handler::one_success(at);
    });
}

/// What is asked of containers of each kind.
pub(super) fn common(at: &Spot, pod: &Pod) {
    at.check(&[
        ("name", |at| at.required_in_format(format::label)),
        ("image", crate::builtin::validation::rules::required),
        ("terminationMessagePolicy", |at| {
            at.required_one_of(&["File", "FallbackToLogsOnError"]);
        }),
        ("ports", network::ports),
        ("env[]", environment::variable),
        ("envFrom", environment::sources),
    ]);
    mounts::mounts(&at.at("volumeMounts"), at.value(), pod);
    mounts::devices(&at.at("volumeDevices"), at.value(), pod);
    image::pull_policy(&at.at("imagePullPolicy"));
    resources::requirements(&at.at("resources"), resources::name_of_container, &pod.claims);
    restart::resize_policies(&at.at("resizePolicy"), pod.restart_policy());
    security::of_container(&at.at("securityContext"), pod.host_users);
}
