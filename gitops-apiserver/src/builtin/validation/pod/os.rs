//! What depends on the operating system, or on the host's.

use super::each_container;
use crate::builtin::validation::spot::Spot;

/// What pods of Windows can't have: fields of a pod's context, then of a container's.
const NOT_OF_WINDOWS_PODS: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const NOT_OF_WINDOWS_SPECS: &[&str] = &["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"];
const NOT_OF_WINDOWS_CONTAINERS: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// The system of a pod, and what is not of it.
pub(super) fn os(spec: &Spot) {
    let at = spec.at("os");
    if !at.given() {
        return;
    }
    let name = at.at("name").text();
    match name {
        "" => at.at("name").required(""),
        "linux" => {
            let message = "windows options cannot be set for a linux pod";
            let none = |at: &Spot| {
                let at = at.at("securityContext");
                at.at("windowsOptions").given_then(|at| at.forbidden(message));
            };
            none(spec);
            each_container(spec, none);
        }
        "windows" => windows(spec),
        _ => at.unsupported(name, &["linux", "windows"]),
    }
}

fn windows(spec: &Spot) {
    let none = |at: &Spot, names: &[&str]| {
        for name in names {
            at.at(name).given_then(|at| at.forbidden("cannot be set for a windows pod"));
        }
    };
    none(&spec.at("securityContext"), NOT_OF_WINDOWS_PODS);
    none(spec, NOT_OF_WINDOWS_SPECS);
    each_container(spec, |at| none(&at.at("securityContext"), NOT_OF_WINDOWS_CONTAINERS));
}

/// Windows' containers that are processes of the host: all of a pod's or none.
pub(super) fn host_processes(spec: &Spot) {
    let option = "securityContext.windowsOptions.hostProcess";
    let of_pod = spec.at(option).value().as_bool();
    let (mut all, mut of_host) = (0, 0);
    each_container(spec, |at| {
        all += 1;
        let own = at.at(option);
        if let (Some(pod), Some(own_flag)) = (of_pod, own.value().as_bool())
            && pod != own_flag
        {
            own.invalid(&format!(
                "pod hostProcess value must be identical if both are specified, was {pod}"
            ));
        }
        if own.value().as_bool().or(of_pod) == Some(true) {
            of_host += 1;
        }
    });
    if of_host == 0 {
        return;
    }
    if of_host != all {
        spec.invalid_as("", "If pod contains any hostProcess containers then all containers must be HostProcess containers");
    }
    if !spec.at("hostNetwork").flag() {
        spec.at("hostNetwork").invalid_as(
            false,
            "hostNetwork must be true if pod contains any hostProcess containers",
        );
    }
}

/// A pod with users of its own shares no more with the host.
pub(super) fn own_users(spec: &Spot) {
    let users = spec.at("hostUsers");
    if !users.given() || users.flag() {
        return;
    }
    let message = "when `hostUsers` is false";
    for (name, shown) in
        [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
    {
        if spec.at(name).flag() {
            spec.at(shown).forbidden(message);
        }
    }
    each_container(spec, |at| {
        if !at.at("volumeDevices").empty() {
            at.at("volumeDevices").forbidden(message);
        }
    });
}
