//! Bodies that the real server refuses are refused here in the same words.

use super::lab::{JSON, lab};
use gitops_apiserver::protobuf::{MEDIA_TYPE, decode, encode};
use serde_json::{Value, json};

/// What an envelope of a ConfigMap looks like around `raw`.
fn envelope(kind: &str, raw: &[u8]) -> Vec<u8> {
    let mut type_meta = vec![0x0a, 2, b'v', b'1', 0x12, kind.len() as u8];
    type_meta.extend(kind.as_bytes());
    let mut out = b"k8s\0\x0a".to_vec();
    out.push(type_meta.len() as u8);
    out.extend(type_meta);
    out.extend([0x12, raw.len() as u8]);
    out.extend(raw);
    out
}

/// Where in its source a server keeps its types depends on how it was built.
fn without_scheme(mut status: Value) -> Value {
    if let Some((message, _)) = status["message"].as_str().unwrap().split_once(" in scheme ") {
        status["message"] = message.into();
    }
    status
}

#[tokio::test]
async fn malformed_bodies() {
    let Some(lab) = lab().await else { return };
    let cases: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"k8s".to_vec(),
        b"k8s\0".to_vec(),
        b"{\"kind\":\"ConfigMap\"}".to_vec(),
        b"not protobuf, and longer than what an answer shows of it".to_vec(),
        b"k8s\0\x07".to_vec(),
        b"k8s\0\x0a".to_vec(),
        b"k8s\0\x0a\x05ab".to_vec(),
        b"k8s\0\x08\x01".to_vec(),
        b"k8s\0\x0c".to_vec(),
        b"k8s\0\0".to_vec(),
        b"k8s\0\x0a\x02\x08\x01".to_vec(),
        [b"k8s\0".as_slice(), &[0xff; 12]].concat(),
        [b"k8s\0\x0a".as_slice(), &[0xff; 9], &[1]].concat(),
        [b"k8s\0\x2a".as_slice(), &[0xff; 9], &[1]].concat(),
        envelope("Nonsense", b""),
        envelope("ConfigMap", b"\x08\x01"),
        envelope("ConfigMap", b"\x0a\x02\x08\x01"),
        envelope("ConfigMap", b"\x0a\x02\x3a\x01"),
        envelope("ConfigMap", b"\x0f"),
        envelope("ConfigMap", b"\x7f"),
        envelope("ConfigMap", b"\x7c"),
        envelope("ConfigMap", b"\x7b\x7c"),
        envelope("ConfigMap", b"\x7b\x08"),
        envelope("ConfigMap", b"\x12\x04\x0a\x09ab"),
        envelope("ConfigMap", b"\x80\x80\x80\x80\x40\x00"),
    ];
    let path = format!("/api/v1/namespaces/{}/configmaps?dryRun=All", lab.namespace);
    for body in cases {
        let (status, answer) =
            lab.send("POST", &path, JSON, Some((MEDIA_TYPE, body.clone()))).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        match decode(&body, ("v1", "ConfigMap")) {
            Ok(object) => assert_eq!(status, 422, "{body:x?}: {object} {answer}"),
            Err(error) => {
                let ours = json!(error.status("ConfigMap", &body));
                assert_eq!(without_scheme(ours), without_scheme(answer), "{body:x?}");
            }
        }
    }
}

#[tokio::test]
async fn quantities_and_times_that_are_none() {
    let Some(lab) = lab().await else { return };
    let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", lab.namespace);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": "a", "image": "b", "resources": {"limits": {"cpu": "1.50000"}}}]}});
    let (status, answer) =
        lab.send("POST", &path, JSON, Some((MEDIA_TYPE, encode(&pod).unwrap()))).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert!(status.is_success(), "{answer}");
    assert_eq!(answer["spec"]["containers"][0]["resources"]["limits"]["cpu"], "1500m");
}
