//! Values as the server's own types show them: fields by their names in Go, and all of them.
//!
//! Messages show strings and numbers as everyone writes them. But where a whole struct is at fault,
//! they show what the server has in memory, whose types have no names for JSON.

use crate::status::Bad;
use serde_json::Value;

/// The name in Go of a field: `hostPath` is `HostPath`.
fn in_go(name: &str) -> String {
    let mut rest = name.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}

/// A struct of these fields, of which those that aren't there are null.
pub(super) fn with_names(value: &Value, names: &[&str]) -> Bad {
    let empty = Value::Null;
    let field = |name: &&str| (in_go(name), value.get(*name).unwrap_or(&empty).clone());
    structure(names.iter().map(field))
}

/// A struct, whose fields keep their order.
pub(super) fn structure(fields: impl IntoIterator<Item = (String, Value)>) -> Bad {
    let fields: Vec<String> =
        fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    Bad::Text(format!("{{{}}}", fields.join(",")))
}

/// The text of a value in a message.
fn text(bad: Bad) -> String {
    match bad {
        Bad::Text(text) => text,
        Bad::Json(value) => value.to_string(),
        Bad::Omitted => String::new(),
    }
}

/// A struct of texts that are JSON already.
pub(super) fn of_texts(fields: &[(&str, String)]) -> Bad {
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    Bad::Text(format!("{{{}}}", fields.join(",")))
}

/// A struct behind a pointer: null if it isn't there.
pub(super) fn pointer(value: &Value, names: &[&str]) -> String {
    if value.is_null() { "null".to_owned() } else { text(with_names(value, names)) }
}

/// The context of a container.
pub(super) fn security_context(value: &Value) -> Bad {
    let null = Value::Null;
    let of = |name: &str| value.get(name).unwrap_or(&null);
    let plain = |name: &str| of(name).to_string();
    let profile = ["type", "localhostProfile"];
    let linux = ["user", "role", "type", "level"];
    let strings = |value: &Value| {
        let fields = linux
            .iter()
            .map(|name| (in_go(name), value.get(*name).cloned().unwrap_or_else(|| "".into())));
        if value.is_null() { "null".to_owned() } else { text(structure(fields)) }
    };
    let windows = ["GMSACredentialSpecName", "GMSACredentialSpec", "RunAsUserName", "HostProcess"];
    let windows_names =
        ["gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName", "hostProcess"];
    let options = of("windowsOptions");
    let options = if options.is_null() {
        "null".to_owned()
    } else {
        let fields = windows
            .iter()
            .zip(windows_names)
            .map(|(go, name)| ((*go).to_owned(), options.get(name).cloned().unwrap_or_default()));
        text(structure(fields))
    };
    of_texts(&[
        ("Capabilities", pointer(of("capabilities"), &["add", "drop"])),
        ("Privileged", plain("privileged")),
        ("SELinuxOptions", strings(of("seLinuxOptions"))),
        ("WindowsOptions", options),
        ("RunAsUser", plain("runAsUser")),
        ("RunAsGroup", plain("runAsGroup")),
        ("RunAsNonRoot", plain("runAsNonRoot")),
        ("ReadOnlyRootFilesystem", plain("readOnlyRootFilesystem")),
        ("AllowPrivilegeEscalation", plain("allowPrivilegeEscalation")),
        ("ProcMount", plain("procMount")),
        ("SeccompProfile", pointer(of("seccompProfile"), &profile)),
        ("AppArmorProfile", pointer(of("appArmorProfile"), &profile)),
    ])
}
