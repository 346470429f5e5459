//! The kubeconfig of a listener.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// For a user with a bearer token, with the namespace `default`.
pub(super) fn new(url: &str, token: &str, authority: Option<&str>) -> Value {
    let mut cluster = json!({"server": url});
    if let Some(authority) = authority {
        cluster["certificate-authority-data"] = STANDARD.encode(authority).into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "memory", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{
            "name": "memory",
            "context": {"cluster": "memory", "user": "admin", "namespace": "default"},
        }],
        "current-context": "memory",
    })
}
