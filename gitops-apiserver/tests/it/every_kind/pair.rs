//! Both servers, asked the same, and objects of every kind.

use crate::histories::{
    memory::Memory,
    real::Real,
    target::{Answer, Target, read},
};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;

/// Where the objects are.
pub(super) const NAMESPACE: &str = "every";

/// Ours in memory, and a real one of this test's own.
pub(super) struct Pair {
    memory: Memory,
    real: Real,
}

/// What both have answered: ours, theirs.
pub(super) type Answers = [Answer; 2];

impl Pair {
    /// `None` where the real server's programs are missing.
    pub(super) async fn new() -> Option<Self> {
        let server = server_or_skip_with(ControlPlane::builder()).await?;
        let real = Real::bare(Arc::new(server)).await;
        let pair = Pair { memory: Memory::new(), real };
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        for made in pair.same("POST", "/api/v1/namespaces", &namespace).await {
            assert_eq!(made.code, 201);
        }
        Some(pair)
    }

    /// Asks both, each with a body of its own.
    pub(super) async fn send(&self, method: &str, path: &str, bodies: [&Value; 2]) -> Answers {
        let [ours, theirs] = bodies;
        let (ours, theirs) = futures::join!(
            send(&self.memory, method, path, ours),
            send(&self.real, method, path, theirs)
        );
        [ours, theirs]
    }

    /// Asks both with the same body.
    pub(super) async fn same(&self, method: &str, path: &str, body: &Value) -> Answers {
        self.send(method, path, [body, body]).await
    }

    /// Creates an object; its path.
    pub(super) async fn create(&self, collection: &str, object: &Value) -> Option<String> {
        let [made, _] = self.same("POST", collection, object).await;
        let name = json_of(&made)["metadata"]["name"].as_str()?.to_owned();
        Some(format!("{collection}/{name}"))
    }

    /// What both have there.
    pub(super) async fn read(&self, path: &str) -> [Value; 2] {
        self.same("GET", path, &Value::Null).await.map(|answer| json_of(&answer))
    }

    /// Replaces what is there by what `edit` makes of it: of what it is now, since the real server's
    /// own controllers write, too.
    pub(super) async fn replace(
        &self,
        path: &str,
        query: &str,
        edit: impl Fn(&Value) -> Value,
    ) -> Answers {
        let [ours, theirs] = self.read(path).await.map(|object| edit(&object));
        self.send("PUT", &format!("{path}{query}"), [&ours, &theirs]).await
    }
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

async fn send(server: &impl Target, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request =
        request.header("content-type", "application/json").header("user-agent", "every/1");
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    read(server.send(request.body(body).unwrap()).await).await
}

/// Objects of every kind, with their collections.
pub(super) fn objects() -> Vec<(String, Value)> {
    let text = include_str!("../strategy/objects.json").replace("{ns}", NAMESPACE);
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let case = |case: &Value| (case["path"].as_str().unwrap().to_owned(), case["object"].clone());
    cases.iter().map(case).collect()
}

/// Whether the real server's own controllers write into the objects of a collection at once.
pub(super) fn is_written_to(collection: &str) -> bool {
    collection.contains("flowcontrol")
}
