//! What a server says about itself: its release, its health checks, the paths in its index.

use super::server::Server;
use crate::failure::Failure;
use serde_json::Value;

const HEAD: &str = "\
# What a stock kube-apiserver says about itself. Written by `cargo xtask resources`.
#
# version: a field of /version and its value
# healthz, livez, readyz: a check, in the order in which it is run
# path: an entry of the index at / that is no API version and no check
";

pub(super) async fn facts(server: &Server) -> Result<String, Failure> {
    let mut lines = Vec::new();
    let version = server.json("/version").await?;
    for (field, value) in version.as_object().into_iter().flatten() {
        lines.push(format!("version {field} {}", value.as_str().unwrap_or_default()));
    }
    for endpoint in ["healthz", "livez", "readyz"] {
        let text = server.text(&format!("/{endpoint}?verbose"), "*/*").await?;
        let checks = text.lines().filter_map(|line| line.strip_prefix("[+]")?.strip_suffix(" ok"));
        lines.extend(checks.map(|check| format!("{endpoint} {check}")));
    }
    let index = server.json("/").await?;
    let paths = index["paths"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let known = ["/api", "/healthz/", "/livez/", "/readyz/"];
    let paths = paths.filter(|path| !known.iter().any(|prefix| path.starts_with(prefix)));
    lines.extend(paths.map(|path| format!("path {path}")));
    Ok(format!("{HEAD}{}\n", lines.join("\n")))
}
