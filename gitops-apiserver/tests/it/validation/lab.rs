//! The real server, and what it says of an object.

use gitops_apiserver::builtin::strategy::{self, Writer};
use gitops_apiserver::builtin::{defaults, types, validation};
use gitops_apiserver::status::{FieldError, Status};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use http::Request;
use kube::Client;
use serde_json::Value;
use std::sync::Arc;

pub(super) struct Lab {
    client: Client,
    pub(super) namespace: String,
    _server: Arc<ControlPlane>,
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    Accepted(Value),
    /// The message and the causes: reason, message, field.
    Invalid(String, Vec<(String, String, String)>),
    /// Something that is no matter of validation: a body that can't be decoded, admission.
    Else(u16, String),
}

/// A kind's objects on the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) namespaced: bool,
}

impl Lab {
    pub(super) async fn new(name: &str) -> Option<Self> {
        // Its webhook configurations would get in the way of other tests.
        let server = Arc::new(server_or_skip_with(ControlPlane::builder()).await?);
        let client = server.client().await.unwrap();
        let namespace = server.namespace(name).await.unwrap();
        Some(Lab { client, namespace, _server: server })
    }

    pub(super) fn path(&self, of: &Resource) -> String {
        let root = if of.api_version.contains('/') { "apis" } else { "api" };
        let (version, plural) = (of.api_version, of.plural);
        if of.namespaced {
            format!("/{root}/{version}/namespaces/{}/{plural}", self.namespace)
        } else {
            format!("/{root}/{version}/{plural}")
        }
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: &Value) -> Said {
        let body = serde_json::to_vec(body).unwrap();
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        match self.client.request::<Value>(request).await {
            Ok(object) => Said::Accepted(object),
            Err(kube::Error::Api(status)) if status.code == 422 => {
                let causes = status.details.as_ref().map(|details| details.causes.clone());
                let causes = causes.unwrap_or_default().into_iter();
                let causes = causes.map(|one| (one.reason, one.message, one.field)).collect();
                Said::Invalid(status.message.clone(), causes)
            }
            Err(kube::Error::Api(status)) => Said::Else(status.code, status.message.clone()),
            // The server itself panics over some Jobs, and drops the connection.
            Err(kube::Error::Service(error)) => Said::Else(0, error.to_string()),
            Err(error) => panic!("{method} {path}: {error:?}"),
        }
    }

    /// The server's word on a new object.
    pub(super) async fn create(&self, of: &Resource, object: &Value) -> Said {
        self.send("POST", &format!("{}?dryRun=All", self.path(of)), object).await
    }

    /// The server's word on a changed object.
    pub(super) async fn update(&self, of: &Resource, name: &str, object: &Value) -> Said {
        let path = format!("{}/{name}?dryRun=All", self.path(of));
        self.send("PUT", &path, &any_version(of, object)).await
    }

    pub(super) async fn remove(&self, of: &Resource, name: &str) {
        let path = format!("{}/{name}?gracePeriodSeconds=0", self.path(of));
        let request = Request::delete(path).body(Vec::new()).unwrap();
        let _ = self.client.request::<Value>(request).await;
    }
}

/// An object that is not bound to a version, if the server writes its status in between.
pub(super) fn any_version(of: &Resource, object: &Value) -> Value {
    let mut object = object.clone();
    let racing = ["FlowSchema", "PriorityLevelConfiguration", "ServiceCIDR"].contains(&of.kind);
    if let Some(meta) = object["metadata"].as_object_mut().filter(|_| racing) {
        meta.remove("resourceVersion");
    }
    object
}

const NOW: &str = "2026-01-01T00:00:00Z";

/// An object as it is decoded, with its defaults. `None` if it can't be.
pub(super) fn seen(of: &Resource, object: &Value) -> Option<Value> {
    let kind = types::kind(of.api_version, of.kind).unwrap();
    let mut object = kind.decode(object).ok()?.object;
    defaults::apply(of.api_version, of.kind, &mut object, NOW);
    if object["metadata"].is_null() {
        object["metadata"] = serde_json::json!({});
    }
    Some(object)
}

/// Makes an object what the server checks: without what it doesn't take from clients. An old one
/// comes with the subresource by which it is changed.
pub(super) fn prepare(of: &Resource, new: &mut Value, old: Option<(&Value, &str)>) {
    let writer = Writer {
        subresource: "",
        now: NOW,
        user: "admin",
        uid: "",
        groups: &[],
        extra: &std::collections::BTreeMap::new(),
        labels_given: new["metadata"].get("labels").is_some(),
    };
    match old {
        None => strategy::prepare_create(of.api_version, of.kind, new, &writer),
        Some((old, sub)) => {
            strategy::prepare_update(of.api_version, of.kind, sub, new, old, &writer);
        }
    }
}

/// Our word, in the form of the server's.
pub(super) fn ours(of: &Resource, object: &Value, errors: &[FieldError]) -> Said {
    if errors.is_empty() {
        return Said::Accepted(Value::Null);
    }
    let group = of.api_version.split_once('/').map_or("", |(group, _)| group);
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    // Events of both groups are those of the first to the server's rules.
    let group = if of.kind == "Event" { "" } else { group };
    let status = Status::invalid(group, of.kind, name, errors);
    let causes = status.details.unwrap().causes.into_iter();
    let causes = causes.map(|one| (one.reason, one.message, one.field)).collect();
    Said::Invalid(status.message, causes)
}

pub(super) fn our_create(of: &Resource, object: &Value) -> Said {
    ours(of, object, &validation::create(of.api_version, of.kind, object))
}

pub(super) fn our_update(of: &Resource, new: &Value, old: &Value) -> Said {
    ours(of, new, &validation::update(of.api_version, of.kind, new, old))
}

/// How two words differ; `None` if they don't, or the server's is no matter of validation.
pub(super) fn difference(theirs: &Said, ours: &Said) -> Option<String> {
    let text = |said: &Said| match said {
        Said::Accepted(_) => vec!["accepted".to_owned()],
        Said::Invalid(message, causes) => {
            let causes =
                causes.iter().map(|(reason, text, field)| format!("{reason} {field}: {text}"));
            causes.chain([message.clone()]).collect()
        }
        Said::Else(code, message) => vec![format!("{code} {message}")],
    };
    let (theirs_text, ours_text) = (text(theirs), text(ours));
    // An object that was decoded doesn't tell an empty map from none, which messages do.
    let told = |text: &[String]| text.join("\n").replace("{}", "null").replace("[]", "null");
    if matches!(theirs, Said::Else(..)) || told(&theirs_text) == told(&ours_text) {
        return None;
    }
    let sorted = |mut all: Vec<String>| {
        all.pop();
        all.sort();
        all
    };
    // The order of a map's entries is Go's secret.
    if matches!((theirs, ours), (Said::Invalid(..), Said::Invalid(..)))
        && sorted(theirs_text.clone()) == sorted(ours_text.clone())
    {
        return Some(format!("ORDER\n    {}", theirs_text.join("\n    ")));
    }
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|line| !b.contains(line)).cloned().collect()
    };
    let (more, less) = (only(&theirs_text, &ours_text), only(&ours_text, &theirs_text));
    let mut more = more;
    let mut less = less;
    // The message repeats the causes.
    if more.len() > 1 {
        more.pop();
    }
    if less.len() > 1 {
        less.pop();
    }
    if more.is_empty() && less.is_empty() {
        return Some(format!("theirs {theirs_text:#?}\n    ours {ours_text:#?}"));
    }
    Some(format!("theirs {more:#?}\n    ours {less:#?}"))
}
