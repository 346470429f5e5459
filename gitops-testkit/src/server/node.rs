//! What stands in for nodes and a scheduler where kwok plays the kubelet.

use super::{ControlPlane, ServerError};
use serde_json::{Value, json};
use std::time::Duration;

/// The one fake node.
const NODE: &str = "fake";
/// The admission policy that stands in for a scheduler.
const POLICY: &str = "gitops-testkit-node";

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
        self.post("/api/v1/nodes", &node).await?;
        self.add_binding_policy().await
    }

    /// Puts every pod on the node as it is created. A scheduler would be one more server to build and
    /// to wait for, and there is nothing to choose.
    async fn add_binding_policy(&self) -> Result<(), ServerError> {
        let policy = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
            "metadata": {"name": POLICY},
            "spec": {
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                    "resources": ["pods"],
                }]},
                "matchConditions": [{"name": "unbound", "expression": "!has(object.spec.nodeName)"}],
                "failurePolicy": "Fail",
                "reinvocationPolicy": "Never",
                "mutations": [{
                    "patchType": "ApplyConfiguration",
                    "applyConfiguration": {
                        "expression": format!("Object{{spec: Object.spec{{nodeName: {NODE:?}}}}}"),
                    },
                }],
            },
        });
        let binding = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": {"name": POLICY},
            "spec": {"policyName": POLICY},
        });
        let group = "/apis/admissionregistration.k8s.io/v1";
        self.post(&format!("{group}/mutatingadmissionpolicies"), &policy).await?;
        self.post(&format!("{group}/mutatingadmissionpolicybindings"), &binding).await
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
            // The policy works from when the server's own watch has seen it: ask with dry runs.
            self.poll(within, self.newest(), async || self.dry_run_pod(&client).await).await?;
        }
        Ok(())
    }

    async fn dry_run_pod(&self, client: &kube::Client) -> Result<(), ServerError> {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"},
            "spec": {"containers": [{"name": "probe", "image": "probe"}]},
        });
        let path = "/api/v1/namespaces/default/pods?dryRun=All";
        let answer = self.post_as(client, path, &pod).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        match answer["spec"]["nodeName"] == NODE {
            true => Ok(()),
            false => Err(ServerError::Unreadable {
                what: "a pod's node",
                line: answer["spec"]["nodeName"].to_string(),
            }),
        }
    }
}

fn ready(node: &str) -> Result<(), ServerError> {
    let parsed: Value = serde_json::from_str(node).unwrap_or_default();
    let conditions = parsed.pointer("/status/conditions").and_then(|list| list.as_array());
    let is_ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
    match conditions.is_some_and(|list| list.iter().any(is_ready)) {
        true => Ok(()),
        false => Err(ServerError::Unreadable {
            what: "the fake node's readiness",
            line: parsed["status"]["conditions"].to_string(),
        }),
    }
}
