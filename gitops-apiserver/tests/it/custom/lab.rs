//! The server, and what of its answers must be the same.

use gitops_apiserver::status::FieldError;
use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) struct Lab {
    client: Client,
    _server: Arc<ControlPlane>,
}

/// A refusal. Causes are sorted: the server finds what is wrong in the parts of a map in any
/// order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) message: String,
    pub(super) causes: Vec<(String, String, String)>,
}

impl Refused {
    pub(super) fn invalid(errors: &[FieldError]) -> Self {
        let causes = errors.iter().map(|error| {
            let cause = error.cause();
            (cause.field, cause.message, cause.reason)
        });
        let message = match errors {
            [one] => one.to_string(),
            _ => String::new(),
        };
        Refused { code: 422, message, causes: causes.collect() }.sorted()
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Refused { code: 400, message: message.to_owned(), causes: Vec::new() }
    }

    fn sorted(mut self) -> Self {
        self.causes.sort();
        self
    }
}

pub(super) type Answer = Result<Value, Refused>;

impl Lab {
    pub(super) async fn get() -> Option<Self> {
        let server = server_or_skip().await?;
        let client = server.client().await.unwrap();
        Some(Lab { client, _server: server })
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let kind = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let body = serde_json::to_vec(body).unwrap();
        for _ in 0..200 {
            let request = Request::builder().method(method).uri(path).header("content-type", kind);
            match self.client.request::<Value>(request.body(body.clone()).unwrap()).await {
                Ok(value) => return Ok(value),
                Err(kube::Error::Api(status)) => {
                    let plain =
                        status.details.as_ref().is_none_or(|details| details.name.is_empty());
                    // A definition is established before its storage is there.
                    if status.code == 429 || (status.code == 404 && plain) {
                        self.wait(100).await;
                        continue;
                    }
                    return Err(refused(*status));
                }
                Err(error) => panic!("{method} {path}: {error:?}"),
            }
        }
        panic!("{method} {path}: never served");
    }

    /// Lets the server work.
    #[allow(clippy::disallowed_methods, reason = "another process has no clock of ours")]
    async fn wait(&self, milliseconds: u64) {
        tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
    }

    /// Creates a definition and waits until the server says that it is established.
    pub(super) async fn define(&self, definition: &Value) -> Value {
        let name = definition["metadata"]["name"].as_str().unwrap();
        let made = self.send("POST", DEFINITIONS, definition).await;
        let mut made = made.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        for _ in 0..200 {
            let conditions = made["status"]["conditions"].as_array().cloned().unwrap_or_default();
            if conditions.iter().any(|one| one["type"] == "Established" && one["status"] == "True")
            {
                return made;
            }
            self.wait(50).await;
            made = self.send("GET", &format!("{DEFINITIONS}/{name}"), &json!(null)).await.unwrap();
        }
        panic!("{name}: never established");
    }

    pub(super) async fn remove(&self, path: &str) {
        let _ = self.send("DELETE", path, &json!({})).await;
    }
}

pub(super) const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

fn refused(status: kube::core::Status) -> Refused {
    let causes = status.details.map(|details| details.causes).unwrap_or_default().into_iter();
    let causes: Vec<_> = causes.map(|cause| (cause.field, cause.message, cause.reason)).collect();
    let message = match (status.code, causes.len()) {
        // The head names the object.
        (422, 1) => status.message.split_once(" is invalid: ").unwrap().1.to_owned(),
        (422, _) => String::new(),
        _ => status.message,
    };
    Refused { code: status.code, message, causes }.sorted()
}

/// Without what the server draws and counts.
pub(super) fn masked(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for name in ["uid", "creationTimestamp", "managedFields", "resourceVersion"] {
            metadata.remove(name);
        }
    }
    whole(&mut object);
    object
}

/// The server writes whole floats without a point, and large ones with few digits.
fn whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().unwrap();
            if float.abs() >= 9e15 {
                *value = json!(float);
            } else if float.fract() == 0.0 {
                *value = json!(float as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(map) => map.values_mut().for_each(whole),
        _ => {}
    }
}
