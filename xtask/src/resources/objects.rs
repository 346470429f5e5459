//! The objects that a fresh server makes for itself.

use super::server::Server;
use crate::failure::Failure;
use serde_json::Value;

/// Not taken: they hold a server's identity, the day of its start or a certificate.
const OF_ONE_SERVER: [&str; 3] = ["leases", "configmaps", "events"];

const HEAD: &str = "\
# The objects that a stock kube-apiserver makes for itself. Written by `cargo xtask resources`.
#
# Without uid and resourceVersion; TIME stands for when it was made. Without leases and config maps,
# which hold a server's identity, the day of its start and its certificate.
";

/// An object a line, behind its API version and kind, in the order of the table of resources, then by name.
pub(super) async fn objects(server: &Server, table: &str) -> Result<String, Failure> {
    let mut lines = HEAD.to_owned();
    let mut api_version = "";
    for line in table.lines() {
        match *line.split(' ').collect::<Vec<_>>().as_slice() {
            ["=", at, ..] => api_version = at,
            [plural, _, kind, _, verbs, ..] if verbs == "*" || verbs.contains("list") => {
                if OF_ONE_SERVER.contains(&plural) || kind == "ComponentStatus" {
                    continue;
                }
                let root = if api_version.contains('/') { "/apis" } else { "/api" };
                let list = server.json(&format!("{root}/{api_version}/{plural}")).await?;
                for object in list["items"].as_array().into_iter().flatten() {
                    let mut object = object.clone();
                    object["apiVersion"] = api_version.into();
                    object["kind"] = kind.into();
                    mask(&mut object);
                    lines += &format!("{api_version} {kind} {object}\n");
                }
            }
            _ => {}
        }
    }
    Ok(lines)
}

/// What every server draws, counts or is told at its start.
fn mask(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("uid");
        metadata.remove("resourceVersion");
    }
    if let Some(port) = object.pointer_mut("/spec/ports/0/targetPort") {
        *port = 6443.into();
    }
    mask_times(object);
}

fn mask_times(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(mask_times),
        Value::Array(items) => items.iter_mut().for_each(mask_times),
        Value::String(text) if is_time(text) => *text = "TIME".to_owned(),
        _ => {}
    }
}

/// `2026-01-31T23:59:59Z`
fn is_time(text: &str) -> bool {
    let form = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    form.eq(*b"0000-00-00T00:00:00Z")
}
