//! One object on one server: requests about it, and every answer.

use super::stage::Case;
use crate::histories::target::{Answer, Target, read};
use http::Request;
use serde_json::{Value, json};

/// How often the real server is asked whether it has done what it does by itself.
const PATIENCE: usize = 3_000;
const JSON: &str = "application/json";

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The head of an object: enough to see whether it is there.
const HEAD: &str = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

/// Sends a request and reads the answer. `media` is the type of the body, or of the answer where
/// there is none.
pub(super) async fn ask(
    on: &impl Target,
    method: &str,
    path: &str,
    media: &str,
    body: Option<&Value>,
) -> Answer {
    let header = if body.is_some() { "content-type" } else { "accept" };
    let body = body.map(Value::to_string).unwrap_or_default().into_bytes();
    let request = Request::builder().method(method).uri(path).header(header, media);
    read(on.send(request.body(body).unwrap()).await).await
}

/// What an answer holds; null if it is no JSON.
pub(super) fn value(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

pub(super) struct Visit<'a, T> {
    on: &'a T,
    case: &'a Case<'a>,
    /// To be compared with those of the other server.
    pub(super) answers: Vec<Answer>,
}

impl<'a, T: Target> Visit<'a, T> {
    pub(super) fn new(on: &'a T, case: &'a Case<'a>) -> Self {
        Visit { on, case, answers: Vec::new() }
    }

    /// Whether the last request was accepted.
    pub(super) fn accepted(&self) -> bool {
        self.answers.last().is_some_and(|answer| (200..300).contains(&answer.code))
    }

    async fn ask(&mut self, method: &str, path: &str, content: &str, body: Option<&Value>) {
        let answer = ask(self.on, method, path, content, body).await;
        self.answers.push(answer);
    }

    pub(super) async fn post(&mut self, object: &Value) {
        self.ask("POST", &self.case.place.collection, JSON, Some(object)).await;
    }

    pub(super) async fn put(&mut self, object: &Value) {
        self.ask("PUT", &self.case.place.path, JSON, Some(object)).await;
    }

    pub(super) async fn apply(&mut self, object: &Value) {
        let path = format!("{}?fieldManager=workloads", self.case.place.path);
        self.ask("PATCH", &path, "application/apply-patch+yaml", Some(object)).await;
    }

    /// Reads the object when the server has done with it what it does by itself.
    pub(super) async fn get(&mut self) -> Value {
        let mut answer = self.read().await;
        let mut object = value(&answer);
        for _ in 0..PATIENCE {
            if answer.code != 200 || is_settled(&object) {
                break;
            }
            // Less to read than the definition.
            if let Some(collection) = collections(&object).next() {
                served(self.on, &collection).await;
            }
            pause().await;
            answer = self.read().await;
            object = value(&answer);
        }
        self.answers.push(answer);
        object
    }

    async fn read(&self) -> Answer {
        ask(self.on, "GET", &self.case.place.path, JSON, None).await
    }

    /// Deletes the object, and sees it gone.
    pub(super) async fn delete(&mut self) {
        self.ask("DELETE", &self.case.place.path, JSON, None).await;
        remove(self.on, &self.case.place.path).await;
    }
}

/// Waits until a collection is served.
pub(super) async fn served(on: &impl Target, collection: &str) {
    for _ in 0..PATIENCE {
        if ask(on, "GET", collection, JSON, None).await.code == 200 {
            return;
        }
        pause().await;
    }
    panic!("{collection} is not served");
}

/// Leaves the real server the processor. Ours has done everything when it answers.
#[allow(clippy::disallowed_methods, reason = "another process has no clock of ours")]
async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
}

/// Removes what is at this path, if anything.
pub(super) async fn remove(on: &impl Target, path: &str) {
    for _ in 0..PATIENCE {
        let answer = ask(on, "GET", path, HEAD, None).await;
        if answer.code == 404 {
            return;
        }
        let head = value(&answer);
        let is_namespace =
            path.starts_with("/api/v1/namespaces/") && path.matches('/').count() == 4;
        if head["metadata"]["deletionTimestamp"].is_null() {
            let now = json!({"gracePeriodSeconds": 0});
            ask(on, "DELETE", path, JSON, Some(&now)).await;
        } else if is_namespace {
            // There is no controller that empties it; everything in it is gone already.
            let mut object = value(&ask(on, "GET", path, JSON, None).await);
            object["spec"] = json!({});
            ask(on, "PUT", &format!("{path}/finalize"), JSON, Some(&object)).await;
        } else {
            pause().await;
        }
    }
    panic!("{path} does not go away");
}

/// The collections that a definition serves, in all namespaces.
pub(super) fn collections(definition: &Value) -> impl Iterator<Item = String> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array().into_iter().flatten();
    let served = versions.filter(|version| version["served"] == true);
    served.map(|version| {
        let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
        format!("/apis/{group}/{}/{plural}", text(&version["name"]))
    })
}

/// Whether the status is there that the server itself writes.
fn is_settled(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    let find = |wanted: &str| conditions.iter().find(|one| one["type"] == wanted);
    match text(&object["kind"]) {
        "CustomResourceDefinition" => {
            let spec = &object["spec"];
            let group = text(&spec["group"]);
            // Groups of Kubernetes itself need an approval.
            let judged = !(group.ends_with(".k8s.io") || group.ends_with(".kubernetes.io"))
                || find("KubernetesAPIApprovalPolicyConformant").is_some();
            // It is said first that the rest takes a moment.
            let established = find("Established").is_some_and(|one| one["reason"] != "Installing");
            let refused = find("NamesAccepted").is_some_and(|one| one["status"] == "False");
            let named = object["status"]["acceptedNames"] == spec["names"];
            judged && established && (named || refused)
        }
        "APIService" => find("Available").is_some(),
        _ => true,
    }
}
