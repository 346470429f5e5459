//! Generated names that are taken: they come from the seed, so that it can be made to happen.

use super::servers::{Memory, Target as _};
use http::Request;
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn create(memory: &Memory, metadata: Value) -> (u16, String) {
    let body = json!({"metadata": metadata}).to_string().into();
    let request = Request::post(MAPS).header("content-type", "application/json");
    let answer = memory.send("", request.body(body).unwrap()).await.unwrap();
    let object: Value = serde_json::from_slice(&answer.body).unwrap();
    (answer.code, object["metadata"]["name"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_generated_name_that_is_taken_is_not_used() {
    // Both servers draw the same.
    let (one, two) = (Memory::new().await, Memory::new().await);
    create(&one, json!({"name": "any"})).await;
    let (_, drawn) = create(&one, json!({"generateName": "gen-"})).await;
    assert_eq!(create(&two, json!({"name": drawn})).await.0, 201);
    let (code, other) = create(&two, json!({"generateName": "gen-"})).await;
    assert_eq!(code, 201);
    assert_ne!(other, drawn);
    assert!(other.starts_with("gen-"), "{other}");
}
