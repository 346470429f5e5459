//! The scale of workloads, read and written.

use super::lab::lab;
use gitops_apiserver::builtin::strategy::{apply_scale, scale_of};
use serde_json::{Value, json};

#[tokio::test]
async fn scales_are_those_of_the_server() {
    let Some(lab) = lab("scale").await else { return };
    let mut seen = 0;
    let replicated = ["deployments", "replicasets", "statefulsets", "replicationcontrollers"];
    for (path, mut object) in lab.objects() {
        if !replicated.iter().any(|plural| path.ends_with(plural)) {
            continue;
        }
        if object["kind"] != "ReplicationController" && seen % 2 == 0 {
            let terms = json!([
                {"key": "a", "operator": "In", "values": ["c", "b"]},
                {"key": "z", "operator": "DoesNotExist"},
                {"key": "a", "operator": "Exists"},
                {"key": "q", "operator": "NotIn", "values": ["r"]},
            ]);
            object["spec"]["selector"]["matchExpressions"] = terms;
        }
        let created = lab.send("POST", &path, &object).await.unwrap();
        let at = format!("{path}/{}", created["metadata"]["name"].as_str().unwrap());
        let url = format!("{at}/scale");
        let theirs = lab.send("GET", &url, &Value::Null).await.unwrap();
        assert_eq!(scale_of(&created), theirs);

        let mut scale = theirs;
        scale["spec"] = json!({"replicas": 5});
        let written = lab.send("PUT", &url, &scale).await.unwrap();
        let mut ours = created.clone();
        apply_scale(&mut ours, &scale);
        let now = lab.send("GET", &at, &Value::Null).await.unwrap();
        assert_eq!(ours["spec"], now["spec"]);
        assert_eq!(scale_of(&now), written);
        let background = json!({"propagationPolicy": "Background"});
        lab.send("DELETE", &at, &background).await.unwrap();
        seen += 1;
    }
    assert!(seen > 6, "{seen}");
}
