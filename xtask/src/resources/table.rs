//! The table of resources: a line for a group's version, below it a line for each resource, below
//! that a line for each subresource.

use super::server::Server;
use crate::failure::Failure;
use serde_json::Value;
use std::collections::BTreeMap;

const HEAD: &str = "\
# The resources of a stock kube-apiserver, in the order of its discovery.
# Written by `cargo xtask resources`.
#
# = API version, the group's priority, the version's priority
# plural singular kind scope verbs short-names categories storage-version-hash
# /subresource API-version kind verbs
#
# A * is: create,delete,deletecollection,get,list,patch,update,watch. A - is: none.
";

/// The aggregator's own group has no APIService; the aggregator puts it in front by this.
const AGGREGATOR: (i64, i64) = (20001, 0);

/// The verbs of nearly every resource.
const ALL: &str = "create,delete,deletecollection,get,list,patch,update,watch";

pub(super) async fn table(server: &Server) -> Result<String, Failure> {
    let release = server.json("/version").await?;
    let priorities = priorities(server).await?;
    let mut lines = vec![format!("kubernetes {}", text(&release["gitVersion"]))];
    for path in ["/api", "/apis"] {
        for group in list(&server.aggregated(path).await?["items"]) {
            for version in list(&group["versions"]) {
                let name = group["metadata"]["name"].as_str();
                let own = text(&version["version"]);
                let own = name.map_or_else(|| own.to_owned(), |name| format!("{name}/{own}"));
                let (of_group, of_version) = priorities.get(&own).copied().unwrap_or(AGGREGATOR);
                let hashes = hashes(&server.json(&format!("{path}/{own}")).await?);
                lines.push(format!("\n= {own} {of_group} {of_version}"));
                for resource in list(&version["resources"]) {
                    lines.push(line(resource, &hashes));
                    let below = list(&resource["subresources"]);
                    lines.extend(below.iter().map(|one| subresource(one, &own)));
                }
            }
        }
    }
    Ok(format!("{HEAD}{}\n", lines.join("\n")))
}

fn line(resource: &Value, hashes: &BTreeMap<String, String>) -> String {
    let plural = text(&resource["resource"]);
    format!(
        "{plural} {} {} {} {} {} {} {}",
        text(&resource["singularResource"]),
        text(&resource["responseKind"]["kind"]),
        text(&resource["scope"]),
        verbs(resource),
        joined(&resource["shortNames"]),
        joined(&resource["categories"]),
        hashes.get(plural).map_or("-", String::as_str),
    )
}

fn subresource(subresource: &Value, own: &str) -> String {
    let kind = &subresource["responseKind"];
    // The server leaves out what is as in the resource itself.
    let api_version = match (kind["group"].as_str(), kind["version"].as_str()) {
        (_, None | Some("")) => own.to_owned(),
        (None | Some(""), Some(version)) => version.to_owned(),
        (Some(group), Some(version)) => format!("{group}/{version}"),
    };
    let name = text(&subresource["subresource"]);
    format!("/{name} {api_version} {} {}", text(&kind["kind"]), verbs(subresource))
}

/// By API version: the priority of the group and that of the version.
async fn priorities(server: &Server) -> Result<BTreeMap<String, (i64, i64)>, Failure> {
    let services = server.json("/apis/apiregistration.k8s.io/v1/apiservices").await?;
    let priority = |service: &Value| {
        let spec = &service["spec"];
        let version = text(&spec["version"]);
        let api_version = match spec["group"].as_str() {
            None | Some("") => version.to_owned(),
            Some(group) => format!("{group}/{version}"),
        };
        let number = |name: &str| spec[name].as_i64().unwrap_or_default();
        (api_version, (number("groupPriorityMinimum"), number("versionPriority")))
    };
    Ok(list(&services["items"]).iter().map(priority).collect())
}

/// By plural name: only the plain list has them.
fn hashes(plain: &Value) -> BTreeMap<String, String> {
    let hash = |resource: &Value| {
        let hash = resource["storageVersionHash"].as_str()?;
        Some((text(&resource["name"]).to_owned(), hash.to_owned()))
    };
    list(&plain["resources"]).iter().filter_map(hash).collect()
}

fn verbs(resource: &Value) -> String {
    let verbs = joined(&resource["verbs"]);
    if verbs == ALL { "*".to_owned() } else { verbs }
}

fn joined(names: &Value) -> String {
    let names: Vec<&str> = list(names).iter().map(text).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
