//! A scripted API server in process: rules answer requests, and every request is kept.

use gitops_core::{
    env::Env,
    model::{Desired, Inventory, Object, ObjectId, Origin, Revision},
    stage::Query,
};
use gitops_kube::{App, AppOnCluster, Cluster, Options};
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use kube::client::Body;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Sent {
    /// Whether it would change something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET" && !self.path.contains("dryRun=All")
    }
}

/// What a rule answers.
#[derive(Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Lines of a watch, after which it stays open.
    Events(Vec<Value>),
    /// Lines of a watch as they come.
    Live(Arc<Mutex<Option<futures::channel::mpsc::UnboundedReceiver<Value>>>>),
    /// Lines of a watch, after which it ends.
    Ended(Vec<Value>),
    /// The connection breaks after the request was taken.
    Cut,
    /// No connection at all.
    Unreachable,
    /// Half an answer, then the connection breaks.
    Half,
    /// No answer, ever.
    Silence,
}

impl Reply {
    /// Lines of a watch as they come; for one request.
    pub(crate) fn live(events: futures::channel::mpsc::UnboundedReceiver<Value>) -> Self {
        Reply::Live(Arc::new(Mutex::new(Some(events))))
    }
}

struct Rule {
    method: &'static str,
    part: String,
    left: usize,
    reply: Reply,
}

/// The server: rules are tried from the latest to the first.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    sent: Vec<Sent>,
}

type Reset = Box<dyn std::error::Error + Send + Sync>;

fn reset() -> Reset {
    std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()
}

impl Wire {
    /// A server with ConfigMaps, Secrets, Namespaces and Deployments, all empty.
    pub(crate) fn new() -> Self {
        let wire = Wire::default();
        wire.on("GET", "watch=true", Reply::Events(vec![]));
        wire.on("GET", "/api/", Reply::Json(404, not_found("things", "x")));
        wire.on("GET", "/apis/", Reply::Json(404, not_found("things", "x")));
        wire.on("GET", "limit=", Reply::Json(200, list(vec![], "10")));
        wire.on("GET", "watch=true", Reply::Events(vec![]));
        wire.on(
            "GET",
            "/api ",
            Reply::Json(
                200,
                discovery(&[(
                    "",
                    "v1",
                    "Current",
                    &[
                        ("configmaps", "ConfigMap", true),
                        ("secrets", "Secret", true),
                        ("namespaces", "Namespace", false),
                    ],
                )]),
            ),
        );
        wire.on(
            "GET",
            "/apis ",
            Reply::Json(
                200,
                discovery(&[
                    ("apps", "v1", "Current", &[("deployments", "Deployment", true)]),
                    (
                        "apiextensions.k8s.io",
                        "v1",
                        "Current",
                        &[("customresourcedefinitions", "CustomResourceDefinition", false)],
                    ),
                    ("broken.example", "v1", "Stale", &[]),
                ]),
            ),
        );
        wire
    }

    /// From now on, requests of this method whose path (ended by a space) has this part in it are
    /// answered so.
    pub(crate) fn on(&self, method: &'static str, part: &str, reply: Reply) -> &Self {
        self.times(usize::MAX, method, part, reply)
    }

    /// The same for so many requests.
    pub(crate) fn times(
        &self,
        left: usize,
        method: &'static str,
        part: &str,
        reply: Reply,
    ) -> &Self {
        let rule = Rule { method, part: part.to_owned(), left, reply };
        self.0.lock().unwrap().rules.push(rule);
        self
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap().sent.clone()
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().sent.clear();
    }

    /// The requests that would change something.
    pub(crate) fn writes(&self) -> Vec<Sent> {
        self.sent().into_iter().filter(Sent::is_write).collect()
    }

    fn reply(&self, sent: Sent) -> Reply {
        let mut state = self.0.lock().unwrap();
        let path = format!("{} ", sent.path);
        let rule =
            state.rules.iter_mut().rev().find(|rule| {
                rule.left > 0 && rule.method == sent.method && path.contains(&rule.part)
            });
        let reply = match rule {
            Some(rule) => {
                rule.left -= 1;
                rule.reply.clone()
            }
            None => Reply::Text(500, &[], "the script has no rule for this"),
        };
        state.sent.push(sent);
        reply
    }

    pub(crate) fn client(&self) -> kube::Client {
        let wire = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let wire = wire.clone();
            async move {
                let (parts, body) = request.into_parts();
                let bytes = body.collect_bytes().await?;
                let sent = Sent {
                    method: parts.method.to_string(),
                    path: parts.uri.path_and_query().unwrap().to_string(),
                    body: serde_json::from_slice(&bytes).unwrap_or_default(),
                };
                answer(wire.reply(sent)).await
            }
        });
        kube::Client::new(service, "default")
    }

    pub(crate) fn cluster(&self) -> Cluster {
        self.cluster_with(Options::default())
    }

    pub(crate) fn cluster_with(&self, options: Options) -> Cluster {
        Cluster::with(self.client(), options, Env::seeded(7))
    }

    /// The app `shop` on it.
    pub(crate) fn app(&self) -> AppOnCluster {
        self.app_with(App::new("shop", "shop"))
    }

    pub(crate) fn app_with(&self, app: App) -> AppOnCluster {
        self.cluster().app(app).unwrap()
    }
}

async fn answer(reply: Reply) -> Result<Response<UnsyncBoxBody<bytes::Bytes, Reset>>, Reset> {
    let lines = |events: Vec<Value>| {
        let lines = events.into_iter().map(|event| {
            Ok::<_, Reset>(http_body::Frame::data(bytes::Bytes::from(format!("{event}\n"))))
        });
        futures::stream::iter(lines)
    };
    let body = |status: u16, bytes: Vec<u8>| {
        let body = http_body_util::Full::new(bytes::Bytes::from(bytes));
        let body = body.map_err(|never| match never {}).boxed_unsync();
        Response::builder().status(status).body(body).unwrap()
    };
    Ok(match reply {
        Reply::Json(status, value) => body(status, value.to_string().into_bytes()),
        Reply::Text(status, headers, text) => {
            let mut response = body(status, text.as_bytes().to_vec());
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            response
        }
        Reply::Events(events) => {
            use futures::StreamExt;
            let stream = lines(events).chain(futures::stream::pending());
            Response::new(StreamBody::new(stream).boxed_unsync())
        }
        Reply::Live(events) => {
            use futures::StreamExt;
            let events = events.lock().unwrap().take().expect("one watch only");
            let lines = events.map(|event| {
                Ok::<_, Reset>(http_body::Frame::data(bytes::Bytes::from(format!("{event}\n"))))
            });
            Response::new(StreamBody::new(lines).boxed_unsync())
        }
        Reply::Ended(events) => Response::new(StreamBody::new(lines(events)).boxed_unsync()),
        Reply::Cut => return Err(reset()),
        Reply::Unreachable => {
            return Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into());
        }
        Reply::Half => {
            let half = http_body::Frame::data(bytes::Bytes::from_static(b"{\"kind\":"));
            let stream = futures::stream::iter([Ok(half), Err(reset())]);
            Response::new(StreamBody::new(stream).boxed_unsync())
        }
        Reply::Silence => std::future::pending().await,
    })
}

type Served<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str, bool)]);

/// An aggregated discovery document.
pub(crate) fn discovery(groups: &[Served<'_>]) -> Value {
    let items = groups.iter().map(|(group, version, freshness, resources)| {
        let resources = resources.iter().map(|(plural, kind, namespaced)| {
            json!({
                "resource": plural,
                "responseKind": {"group": group, "version": version, "kind": kind},
                "scope": if *namespaced { "Namespaced" } else { "Cluster" },
                "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
            })
        });
        json!({
            "metadata": {"name": group},
            "versions": [{
                "version": version,
                "freshness": freshness,
                "resources": resources.collect::<Vec<_>>(),
            }],
        })
    });
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items.collect::<Vec<_>>(),
    })
}

pub(crate) fn list(items: Vec<Value>, version: &str) -> Value {
    json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items})
}

/// A failure as the server says it.
pub(crate) fn status(code: u16, reason: &str, message: &str, causes: Value) -> Reply {
    Reply::Json(
        code,
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code,
            "details": {"causes": causes},
        }),
    )
}

pub(crate) fn not_found(resource: &str, name: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("{resource} \"{name}\" not found"), "reason": "NotFound", "code": 404,
        "details": {"name": name, "kind": resource},
    })
}

/// A ConfigMap as desired, declared at line 3 of its file.
pub(crate) fn config_map(name: &str, data: Value) -> Object {
    object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"},
        "data": data,
    }))
}

pub(crate) fn object(value: Value) -> Object {
    let text = |at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    let id = ObjectId::new(group, kind, text("/metadata/namespace"), name);
    Object::new(id, &value).at(Origin::new(format!("{name}.yaml"), 3))
}

pub(crate) fn desired(objects: impl IntoIterator<Item = Object>) -> Desired {
    Desired::new(Revision::new("main", "sha1:1"), objects).unwrap()
}

/// A live object: the desired one as the server would have it, with our mark.
pub(crate) fn live(app: &AppOnCluster, object: &Object, uid: &str, version: &str) -> Value {
    let mut value = object.value();
    let metadata = value["metadata"].as_object_mut().unwrap();
    metadata.insert("uid".into(), uid.into());
    metadata.insert("resourceVersion".into(), version.into());
    let labels = json!({"applyset.kubernetes.io/part-of": app.app().apply_set()});
    metadata.insert("labels".into(), labels);
    let fields = json!({
        "f:metadata": {"f:labels": {"f:applyset.kubernetes.io/part-of": {}}},
        "f:data": value["data"].as_object().map(|data| {
            data.keys().map(|key| (format!("f:{key}"), json!({}))).collect::<serde_json::Map<_, _>>()
        }),
    });
    value["metadata"]["managedFields"] = json!([{
        "manager": app.app().field_manager, "operation": "Apply", "apiVersion": "v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    }]);
    value
}

pub(crate) fn query<'a>(desired: &'a Desired, inventory: &'a Inventory) -> Query<'a> {
    Query { desired, inventory, since: None }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
