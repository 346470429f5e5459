//! Bodies that the decoder refuses, wholly or when it is strict.

use super::lab::lab;
use gitops_apiserver::builtin::types::{DecodeError, json, kind};

/// What we say to a body, in the words before it that the server uses for this kind.
pub(super) fn refusal(api_version: &str, name: &str, body: &str) -> Option<String> {
    let node = json::parse(body.as_bytes()).map_err(|error| {
        DecodeError::Other(format!("couldn't get version/kind; json parse error: {error}"))
    });
    let node = match node.and_then(|node| json::version_and_kind(&node).map(|_| node)) {
        Ok(node) => node,
        Err(error) => {
            let said = format!("the object provided is unrecognized (must be of type {name})");
            return Some(format!("{said}: {error} ("));
        }
    };
    let said = match kind(api_version, name).unwrap().decode_json(&node) {
        Err(error) => error.to_string(),
        Ok(decoded) if decoded.strict.is_empty() => return None,
        Ok(decoded) => format!("strict decoding error: {}", decoded.strict.join(", ")),
    };
    let version = api_version.rsplit('/').next().unwrap();
    Some(format!("{name} in version \"{version}\" cannot be handled as a {name}: {said}"))
}

/// Whether the server's answer is ours. After an unreadable body it quotes some of it.
fn same(ours: Option<&str>, theirs: Option<&str>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.ends_with('(') => theirs.starts_with(ours),
        (Some(ours), theirs) => theirs == Some(ours),
        (None, theirs) => theirs.is_none_or(|said| !said.contains("cannot be handled as a")),
    }
}

const BODIES: [(&str, &str, &str, &[&str]); 4] = [
    (
        "v1",
        "ConfigMap",
        "configmaps",
        &[
            "",
            " ",
            "{",
            "}",
            "[]",
            "[1,]",
            "\"x\"",
            "null",
            "1",
            "true",
            "tru",
            "trux",
            "nul",
            "-",
            "01",
            "1.",
            "1.e",
            "1e",
            "1e+x",
            "{\"a\": tru",
            "{\"a\": -",
            "{\"a\": \"\\",
            "{\"a\": \"\\u12",
            "{\"a\": \"x",
            "{\"a\": 1",
            "{\"a\"",
            "{'a':1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12g4\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":[1 2]}",
            "{\"kind\":\"ConfigMap\"} x",
            "{\"kind\":1}",
            "{\"kind\":[],\"apiVersion\":{}}",
            "{\"apiVersion\":true}",
            "{KIND:1}",
            "{\"a\":\u{e9}}",
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":1}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":true,"b":[]}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":[]}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":"x"}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":[]}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":1}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"a":1}}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":[1]}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","ownerReferences":[{"controller":"x"}]}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":1}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":{}}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"x"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-13-01T00:00:00Z"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-30T00:00:00Z"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20 00:00:00Z"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20T25:00:00Z"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20T21:00:00"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20T21:00:00+1:00"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20T21:00:00+25:00"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20T21:00:00Zé\"x"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-02-20T21:60:00Z"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2024-2-20T21:60:00Z"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":""}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"immutable":"x"}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"immutable":null,"immutable":1}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"x"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"eHh4="}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"eHh4eA"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"eHh4eA="}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"eHh4eA=x"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"eHh4eA==x"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":"e-"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":1}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"binaryData":{"a":[1,300]}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"Data":{"a":"x"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"zeta":1,"alpha":{"deep":1},"zeta":2}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","x.y":1,"q\"uo\u00e9te\n":1}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"b"},"data":{"k":"1","k":"2"}}"#,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[{"fieldsV1":{"x":1,"x":2}},{"bad":1}]}}"#,
        ],
    ),
    (
        "apps/v1",
        "Deployment",
        "deployments",
        &[
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":"3"}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":1.5}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":1e3}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":99999999999}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":true}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"paused":1}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"selector":[]}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"selector":{"matchLabels":[]}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":"x"}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":{"type":1}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":{"rollingUpdate":{"maxSurge":1.5}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":{"rollingUpdate":{"maxSurge":{}}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":{"rollingUpdate":{"maxSurge":true}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":{}}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":["x"]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"name":"a","ports":[{"containerPort":"80"}]}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"name":"a","imagePullPolicy":1}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"volumes":[{"name":"a","emptyDir":[]}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"volumes":[{"name":"a","configMap":{"name":1}}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":[]}}}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"replicas":"x","template":{"spec":{"containers":[{"resources":{"limits":{"cpu":{}}}}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":""}}}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"resources":{"limits":[]}}]}}}}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"foo":1,"template":{"spec":{"containers":[{"bar":1},{"env":[{"name":"x","val":1}]},{"volumeMounts":[{},{"mountpath":1}]}],"dnsPolicy":"x","dnsPolicy":"y"}}},"x":1}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"status":1,"spec":[]}"#,
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"unknown":1,"template":{"spec":{"nodeSelector":{"a":{"b":1}}}}}}"#,
        ],
    ),
    (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        &[
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"type":1}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"additionalProperties":1}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"additionalProperties":{"type":[]}}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"items":{"type":1}}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"items":[{"properties":{"a":{"maximum":"x"}}}]}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"dependencies":{"a":[1]}}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"maximum":1e999}}}]}}"#,
            r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a"},"spec":{"versions":[{"schema":{"openAPIV3Schema":{"properties":{"a":{"typ":"x","items":{"typ":"x"}}}}}}]}}"#,
        ],
    ),
    (
        "batch/v1",
        "CronJob",
        "cronjobs",
        &[
            r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},"spec":{"jobTemplate":{"spec":{"activeDeadlineSeconds":99999999999999999999}}}}"#,
            r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},"spec":{"schedule":1},"status":{"active":[1]}}"#,
            r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},"spec":{"schedule":"x"},"status":{"lastScheduleTime":"x"}}"#,
        ],
    ),
];

#[tokio::test]
async fn bodies_are_refused_in_the_servers_words() {
    let Some(lab) = lab().await else { return };
    let mut different = Vec::new();
    for (api_version, kind, plural, bodies) in BODIES {
        let path = lab.path(api_version, plural, kind != "CustomResourceDefinition");
        for body in bodies {
            let ours = refusal(api_version, kind, body);
            let theirs = lab.create(&path, body.as_bytes()).await.map_err(|(_, message)| message);
            if !same(ours.as_deref(), theirs.as_ref().err().map(String::as_str)) {
                different.push(format!("{body}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
            }
        }
    }
    assert!(different.is_empty(), "{} of them:\n{}", different.len(), different.join("\n"));
}
