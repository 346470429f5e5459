//! The columns of tables: the descriptions, then for each kind its columns.

use super::server::Server;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HEAD: &str = "\
# The columns in which a stock kube-apiserver shows the objects of built-in kinds.
# Written by `cargo xtask resources`.
#
# First the descriptions, which count from 0. Then
# = API version, kind
# description priority type format name
#
# A - is: none. The kind * is of all that have no columns of their own.
";

/// A kind that shows itself in the default columns.
const DEFAULT: &str = "/api/v1/limitranges";

/// Columns for the kinds of `resources`, which is what [`table`](super::table::table) made.
pub(super) async fn columns(server: &Server, resources: &str) -> Result<String, Failure> {
    let mut descriptions = Descriptions::default();
    let default = definitions(server, DEFAULT).await?;
    let mut lines = vec!["= * *".to_owned()];
    lines.extend(descriptions.lines(&default));
    let mut version = "";
    for line in resources.lines().filter(|line| !line.starts_with(['#', '/'])) {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next(), words.nth(1)) {
            (Some("="), Some(found), ..) => version = found,
            (Some(plural), Some(_), Some(kind), Some(verbs))
                if verbs == "*" || verbs.split(',').any(|verb| verb == "list") =>
            {
                let api = if version.contains('/') { "apis" } else { "api" };
                let path = format!("/{api}/{version}/{plural}");
                let found = definitions(server, &path).await?;
                if found != default {
                    lines.push(format!("= {version} {kind}"));
                    lines.extend(descriptions.lines(&found));
                }
            }
            _ => {}
        }
    }
    lines.push("= autoscaling/v1 Scale".to_owned());
    lines.extend(descriptions.lines(&scale(server).await?));
    let texts = descriptions.0.into_iter().map(|(text, number)| (number, json!(text).to_string()));
    let texts: BTreeMap<usize, String> = texts.collect();
    let texts: Vec<String> = texts.into_values().collect();
    Ok(format!("{HEAD}{}\n{}\n", texts.join("\n"), lines.join("\n")))
}

async fn definitions(server: &Server, path: &str) -> Result<Value, Failure> {
    let table = server.text(path, "application/json;as=Table;v=v1;g=meta.k8s.io").await?;
    let table: Value =
        serde_json::from_str(&table).map_err(|error| Failure(format!("{path}: {error}")))?;
    Ok(table["columnDefinitions"].clone())
}

/// What scales is no resource of its own: something must be there that can be scaled.
async fn scale(server: &Server) -> Result<Value, Failure> {
    let folder = "/api/v1/namespaces/default/replicationcontrollers";
    let template = json!({
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "a", "image": "b"}]},
    });
    let spec = json!({"replicas": 0, "selector": {"a": "b"}, "template": template});
    server.create(folder, &json!({"metadata": {"name": "scaled"}, "spec": spec})).await?;
    definitions(server, &format!("{folder}/scaled/scale")).await
}

/// Each description once, by its number.
#[derive(Default)]
struct Descriptions(BTreeMap<String, usize>);

impl Descriptions {
    fn lines(&mut self, definitions: &Value) -> Vec<String> {
        let definitions = definitions.as_array().map_or(&[][..], Vec::as_slice);
        definitions.iter().map(|column| self.line(column)).collect()
    }

    fn line(&mut self, column: &Value) -> String {
        let text = |name: &str| column[name].as_str().unwrap_or_default();
        let next = self.0.len();
        let number = *self.0.entry(text("description").to_owned()).or_insert(next);
        let format = if text("format").is_empty() { "-" } else { text("format") };
        let (kind, name) = (text("type"), text("name"));
        format!("{number} {} {kind} {format} {name}", column["priority"])
    }
}
