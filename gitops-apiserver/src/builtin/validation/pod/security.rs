//! What processes of a pod may do, and as whom they run.

use super::files;
use crate::builtin::validation::spot::{Rule, Spot};
use crate::builtin::validation::{format, internal, rules};
use regex::Regex;
use std::sync::LazyLock;

/// The context of all containers of a pod. Looks at the pod's spec.
pub(super) fn of_pod(spec: &Spot) {
    let at = spec.at("securityContext");
    at.check(OF_POD);
    at.at("sysctls").given_then(|at| sysctls(at, spec));
    at.check(OF_POD_AFTER_SYSCTLS);
}

const OF_POD: &[Rule] = &[
    ("fsGroup", rules::id_if_given),
    ("runAsUser", rules::id_if_given),
    ("runAsGroup", rules::id_if_given),
    ("supplementalGroups[]", rules::id),
];
const OF_POD_AFTER_SYSCTLS: &[Rule] = &[
    ("fsGroupChangePolicy", |at| at.one_of_if_given(&["Always", "OnRootMismatch"])),
    ("seccompProfile", seccomp),
    ("windowsOptions", windows),
    ("appArmorProfile", app_armor),
    ("supplementalGroupsPolicy", |at| at.one_of_if_given(&["Merge", "Strict"])),
    ("seLinuxChangePolicy", |at| at.one_of_if_given(&["MountOption", "Recursive"])),
];

/// The context of a container.
pub(super) fn of_container(at: &Spot, host_users: bool) {
    if !at.given() {
        return;
    }
    at.check(&[("runAsUser", rules::id_if_given), ("runAsGroup", rules::id_if_given)]);
    let proc = at.at("procMount");
    proc.one_of_if_given(&["Default", "Unmasked"]);
    if host_users && proc.text() == "Unmasked" {
        proc.invalid("`hostUsers` must be false to use `Unmasked`");
    }
    seccomp(&at.at("seccompProfile"));
    let escalation = at.at("allowPrivilegeEscalation");
    if escalation.given() && !escalation.flag() {
        let all = "core.SecurityContext";
        if at.at("privileged").flag() {
            at.invalid_in_memory(
                all,
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            );
        }
        for _ in at.at("capabilities.add").items().filter(|one| one.text() == "CAP_SYS_ADMIN") {
            at.invalid_in_memory(all, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        }
    }
    windows(&at.at("windowsOptions"));
    app_armor(&at.at("appArmorProfile"));
}

/// The calls that processes may make.
fn seccomp(at: &Spot) {
    if !at.given() {
        return;
    }
    let (kind, file) = (at.at("type"), at.at("localhostProfile"));
    match kind.text() {
        "" => kind.required("type is required when seccompProfile is set"),
        _ => kind.one_of(&["Localhost", "RuntimeDefault", "Unconfined"]),
    }
    if kind.text() == "Localhost" {
        if file.given() {
            files::path_below(&file);
        } else {
            file.required("must be set when seccomp type is Localhost");
        }
    } else if file.given() {
        let all = internal::shown(at.value(), "core.SeccompProfile");
        file.invalid_as(all, "can only be set when seccomp type is Localhost");
    }
}

/// The longest path of a file, without the zero at its end.
const PATH_MAX: usize = 4095;

fn app_armor(at: &Spot) {
    if !at.given() {
        return;
    }
    let (kind, file) = (at.at("type"), at.at("localhostProfile"));
    match kind.text() {
        "Localhost" => {
            let missing = "must be set when AppArmor type is Localhost";
            if !file.given() {
                file.required(missing);
            } else if file.text().trim() != file.text() {
                file.invalid("must not be padded with whitespace");
            } else if file.empty() {
                file.required(missing);
            }
            if file.len() > PATH_MAX {
                file.too_long(PATH_MAX);
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            file.given_then(|file| file.invalid("can only be set when AppArmor type is Localhost"));
        }
        "" => kind.required("type is required when appArmorProfile is set"),
        _ => kind.one_of(&["Localhost", "RuntimeDefault", "Unconfined"]),
    }
}

const SYSCTL: &str = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";

fn is_sysctl(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |part: &str| {
        part.bytes().next().is_some_and(inner)
            && part.bytes().next_back().is_some_and(inner)
            && part.bytes().all(|byte| inner(byte) || byte == b'-' || byte == b'_')
    };
    name.len() <= 253 && name.split(['.', '/']).all(part)
}

/// Settings of the kernel.
fn sysctls(at: &Spot, spec: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        let name = item.at("name");
        let text = name.text();
        if text.is_empty() {
            name.required("");
        } else if !is_sysctl(text) {
            name.invalid(&format!("must have at most 253 characters and match regex ^{SYSCTL}$"));
        } else if seen.iter().any(|seen| seen == text) {
            name.duplicate(text);
        }
        // The server reads names with slashes as those with dots, if a slash comes first.
        let first = text.find(['.', '/']).and_then(|end| text.as_bytes().get(end));
        let dotted = if first == Some(&b'/') { text.replace('/', ".") } else { text.to_owned() };
        let of_ipc = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];
        if spec.at("hostNetwork").flag() && dotted.starts_with("net.") {
            name.invalid("may not be specified when 'hostNetwork' is true");
        } else if spec.at("hostIPC").flag() && of_ipc.iter().any(|part| dotted.starts_with(part)) {
            name.invalid("may not be specified when 'hostIPC' is true");
        }
        seen.push(text.to_owned());
    }
}

static NETBIOS: LazyLock<Regex> =
    LazyLock::new(|| format::pattern_of(r#"^[^\\/:\*\?"<>|\.][^\\/:\*\?"<>|]{0,14}$"#));
static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
    format::pattern_of(&format!(r"^{label}(?:\.{label})*$"))
});

/// What only pods of Windows have.
fn windows(at: &Spot) {
    let (name, spec) = (at.at("gmsaCredentialSpecName"), at.at("gmsaCredentialSpec"));
    name.given_then(|name| name.in_format(format::subdomain));
    if spec.given() && spec.empty() {
        spec.invalid("gmsaCredentialSpec cannot be an empty string");
    } else if spec.len() > 64 * 1024 {
        spec.invalid("gmsaCredentialSpec size must be under 64 KiB");
    }
    at.at("runAsUserName").given_then(windows_user);
}

fn windows_user(at: &Spot) {
    let text = at.text();
    let parts: Vec<&str> = text.split('\\').collect();
    let (domain, user) = match *parts.as_slice() {
        _ if text.is_empty() => return at.invalid("runAsUserName cannot be an empty string"),
        _ if text.chars().any(|c| c.is_ascii_control()) => {
            return at.invalid("runAsUserName cannot contain control characters");
        }
        [user] => (None, user),
        [domain, user] => (Some(domain), user),
        _ => return at.invalid("runAsUserName cannot contain more than one backslash"),
    };
    if let Some(domain) = domain {
        if domain.len() >= 256 {
            at.invalid("runAsUserName's Domain length must be under 256 characters");
        }
        if !NETBIOS.is_match(domain) && !DOMAIN.is_match(domain) {
            at.invalid("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
        }
    }
    if user.is_empty() {
        at.invalid("runAsUserName's User cannot be empty");
    } else if user.len() > 104 {
        at.invalid("runAsUserName's User length must not be longer than 104 characters");
    }
    if !user.is_empty() && user.chars().all(|c| c == '.' || c == ' ') {
        at.invalid("runAsUserName's User cannot contain only periods or spaces");
    }
    if user
        .contains(['"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']'])
    {
        at.invalid(
            "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
        );
    }
}
