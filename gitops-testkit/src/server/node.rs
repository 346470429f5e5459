//! What stands in for nodes and a scheduler where kwok plays the kubelet.

use super::{ControlPlane, ServerError};
use serde_json::json;
use std::time::Duration;

/// The one fake node.
const NODE: &str = "fake";

impl ControlPlane {
    pub(super) async fn add_fake_node(&self) -> Result<(), ServerError> {
        let room = json!({"cpu": "1000", "memory": "1Ti", "pods": "10000"});
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {
                "name": NODE,
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": NODE,
                },
            },
            "status": {"allocatable": room, "capacity": room},
        });
        self.post("/api/v1/nodes", &node).await
    }

    /// Waits until the further servers do their work: the service account of the default namespace
    /// is there, the node is ready.
    pub(super) async fn settle(
        &self,
        controllers: bool,
        kwok: bool,
        within: Duration,
    ) -> Result<(), ServerError> {
        let client = self.client().await?;
        if controllers {
            let path = "/api/v1/namespaces/default/serviceaccounts/default";
            self.poll(within, self.newest(), async || self.get(&client, path).await.map(|_| ()))
                .await?;
        }
        if kwok {
            self.poll(within, self.newest(), async || {
                let node = self.get(&client, &format!("/api/v1/nodes/{NODE}")).await?;
                ready(&node)
            })
            .await?;
        }
        Ok(())
    }
}

fn ready(node: &str) -> Result<(), ServerError> {
    let parsed: serde_json::Value = serde_json::from_str(node).unwrap_or_default();
    let conditions = parsed.pointer("/status/conditions").and_then(|list| list.as_array());
    let is_ready = |one: &serde_json::Value| one["type"] == "Ready" && one["status"] == "True";
    match conditions.is_some_and(|list| list.iter().any(is_ready)) {
        true => Ok(()),
        false => Err(ServerError::Unreadable {
            what: "the fake node's readiness",
            line: parsed["status"]["conditions"].to_string(),
        }),
    }
}
