//! Frames of a watch, beside the real server's.

use super::lab::{JSON, lab};
use gitops_apiserver::protobuf::{WATCH_MEDIA_TYPE, encode_watch_event};
use serde_json::{Value, json};

#[tokio::test]
async fn events_are_framed_as_the_server_frames_them() {
    let Some(lab) = lab().await else { return };
    let collection = format!("/api/v1/namespaces/{}/configmaps", lab.namespace);
    let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}});
    for name in ["a", "b"] {
        let body = Some((JSON, map(name).to_string().into_bytes()));
        lab.send("POST", &collection, JSON, body).await;
    }
    lab.send("DELETE", &format!("{collection}/a"), JSON, None).await;
    let from = lab.json(&format!("{collection}/b")).await["metadata"]["resourceVersion"].clone();
    let from: u64 = from.as_str().unwrap().parse().unwrap();
    for query in [
        format!("watch=true&timeoutSeconds=1&resourceVersion={}", from - 1),
        "watch=true&timeoutSeconds=1&resourceVersion=1".to_owned(),
        "watch=true&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan".to_owned(),
    ] {
        let path = format!("{collection}?{query}");
        // Bookmarks say how far the server is, and others write to it between the two requests.
        for left in (0..5).rev() {
            let (_, text) = lab.send("GET", &path, JSON, None).await;
            let (_, frames) = lab.send("GET", &path, WATCH_MEDIA_TYPE, None).await;
            let ours = framed(&text);
            assert!(!ours.is_empty());
            if frames.starts_with(&ours) {
                break;
            }
            let shown = String::from_utf8_lossy(&text);
            assert!(left > 0, "{query}: {shown}\n{ours:?}\n{frames:?}");
        }
    }
}

/// Events in JSON as frames, up to the first bookmark: whether more come within the second is up
/// to chance.
fn framed(text: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    let events = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    for event in events.map(Result::unwrap) {
        let kind = event["type"].as_str().unwrap();
        frames.extend(encode_watch_event(kind, &event["object"]).unwrap());
        if kind == "BOOKMARK" {
            break;
        }
    }
    frames
}
