//! The same writes on a real API server: the owners, conflicts and objects must be the same.
//!
//! Skipped where the server's programs are missing. `GITOPS_SEED` repeats a run,
//! `GITOPS_HISTORIES` sets how many histories each kind gets.

use crate::kinds;
use gitops_ssa::{
    fields::{Fields, Filter, PathElement},
    managed::{Resource, Types, Versions, WriteError},
    schema::{Schema, TypeRef},
};
use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const NOW: &str = "2026-01-01T00:00:00Z";

struct Lab {
    client: Client,
    namespace: String,
    _server: Arc<ControlPlane>,
}

#[derive(Debug, Clone, PartialEq)]
struct Refused {
    code: u16,
    message: String,
    causes: Vec<(String, String)>,
}

impl Lab {
    async fn send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let body = serde_json::to_vec(body).unwrap();
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        match self.client.request::<Value>(request.body(body).unwrap()).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => {
                let causes = status.details.as_ref().map(|details| details.causes.clone());
                let causes = causes.unwrap_or_default().into_iter();
                let causes: Vec<_> = causes.map(|one| (one.message, one.field)).collect();
                Err(Refused { code: status.code, message: status.message.clone(), causes })
            }
            Err(error) => panic!("{method} {path}: {error:?}"),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let request = Request::get(path).body(Vec::new()).unwrap();
        self.client.request(request).await.unwrap()
    }

    /// The schema and type of a kind, from what the server publishes.
    async fn types(&self, api: &str, version: &str, kind: &str) -> (Arc<Schema>, TypeRef) {
        let document = self.get(&format!("/openapi/v3/{api}")).await;
        let definitions = document["components"]["schemas"].as_object().unwrap();
        let (group, name) = version.split_once('/').unwrap_or(("", version));
        let wanted = json!({"group": group, "version": name, "kind": kind});
        let is = |definition: &Value| {
            let kinds = definition.get("x-kubernetes-group-version-kind");
            kinds.and_then(Value::as_array).is_some_and(|kinds| kinds.contains(&wanted))
        };
        let (name, _) = definitions.iter().find(|(_, one)| is(one)).unwrap();
        let schema = Schema::from_openapi(definitions, false).unwrap();
        (Arc::new(schema), TypeRef::named(name))
    }
}

/// What must be the same in two objects: all but what the server counts up or draws.
fn masked(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object["metadata"].as_object_mut() {
        for name in ["uid", "resourceVersion", "generation", "creationTimestamp"] {
            meta.remove(name);
        }
    }
    owners_sorted(&mut object);
    object
}

/// Without empty maps and nulls, which built-in kinds don't keep.
fn without_empty(mut object: Value) -> Value {
    for path in ["", "/metadata"] {
        if let Some(map) = object.pointer_mut(path).and_then(Value::as_object_mut) {
            map.retain(|_, value| *value != json!({}) && !value.is_null());
        }
    }
    object
}

/// Times are told apart by whether there is one, and don't sort.
fn owners_sorted(object: &mut Value) {
    let entries = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut);
    if let Some(entries) = entries {
        for entry in entries.iter_mut() {
            if let Some(time) = entry.get_mut("time") {
                *time = "T".into();
            }
        }
        entries.sort_by_key(ToString::to_string);
    }
}

fn owners(object: &Value) -> Value {
    masked(object)["metadata"].get("managedFields").cloned().unwrap_or(json!([]))
}

struct Kind<'a, T> {
    lab: &'a Lab,
    resource: Resource<T>,
    /// Where its objects are.
    path: String,
    shape: Shape,
}

/// What the server makes of objects besides.
#[derive(Clone, Copy)]
enum Shape {
    /// Nothing: they are compared whole.
    Stored,
    /// It drops empty maps.
    NoEmpty,
    /// It fills in defaults: only owners are compared.
    Defaulted,
}

#[derive(Debug, Clone)]
enum Write {
    Apply { config: Value, manager: &'static str, force: bool },
    Put { object: Value, manager: &'static str },
}

fn write(object: impl Strategy<Value = Value>) -> impl Strategy<Value = Write> {
    let manager = prop_oneof![Just("one"), Just("two"), Just("kubectl"), Just("argo-cd")];
    (object, manager, 0_u8..4).prop_map(|(object, manager, way)| match way {
        0 => Write::Put { object, manager },
        way => Write::Apply { config: object, manager, force: way == 1 },
    })
}

impl<T: Types> Kind<'_, T> {
    /// One history; says what differed first.
    async fn history(&self, writes: &[Write], name: &str) -> Result<usize, String> {
        let mut live: Option<Value> = None;
        let mut done = 0;
        for (step, write) in writes.iter().enumerate() {
            let path = format!("{}/{name}", self.path);
            let differ = |what: &str, got: &dyn std::fmt::Debug, want: &dyn std::fmt::Debug| {
                Err(format!("step {step}: {what}:\n ours {got:?}\n real {want:?}"))
            };
            match write {
                Write::Apply { config, manager, force } => {
                    let mut config = config.clone();
                    config["metadata"]["name"] = name.into();
                    let ours = self.resource.apply(live.as_ref(), &config, manager, *force, NOW);
                    let path = format!("{path}?fieldManager={manager}&force={force}");
                    let kind = "application/apply-patch+yaml";
                    let real = self.lab.send("PATCH", &path, kind, &config).await;
                    match (ours, real) {
                        (Ok(mut ours), Ok(real)) => {
                            ours["metadata"]["namespace"] = real["metadata"]["namespace"].clone();
                            if owners(&ours) != owners(&real) {
                                return differ("owners", &owners(&ours), &owners(&real));
                            }
                            let (a, b) = (masked(&ours), masked(&real));
                            let (a, b) = match self.shape {
                                Shape::Stored => (a, b),
                                Shape::NoEmpty => (without_empty(a), without_empty(b)),
                                Shape::Defaulted => (json!(0), json!(0)),
                            };
                            if a != b {
                                return differ("object", &a, &b);
                            }
                            live = Some(real);
                            done += 1;
                        }
                        (Err(WriteError::Conflict(ours)), Err(real)) if real.code == 409 => {
                            if ours.message() != real.message {
                                return differ("message", &ours.message(), &real.message);
                            }
                            let causes = ours.causes().into_iter();
                            let mut causes: Vec<_> =
                                causes.map(|one| (one.message, one.field)).collect();
                            let mut theirs = real.causes;
                            causes.sort();
                            theirs.sort();
                            if causes != theirs {
                                return differ("causes", &causes, &theirs);
                            }
                            done += 1;
                        }
                        // Validation of values is not ours.
                        (Ok(_), Err(real)) if real.code == 422 => {}
                        (Err(ours), Err(real)) if real.message == ours.to_string() => {}
                        (ours, real) => return differ("answer", &ours, &real),
                    }
                }
                Write::Put { object, manager } => {
                    let mut object = object.clone();
                    object["metadata"]["name"] = name.into();
                    let (method, path) = match &live {
                        Some(live) => {
                            object["metadata"]["resourceVersion"] =
                                live["metadata"]["resourceVersion"].clone();
                            ("PUT", path)
                        }
                        None => ("POST", self.path.clone()),
                    };
                    let path = format!("{path}?fieldManager={manager}");
                    let real = self.lab.send(method, &path, "application/json", &object).await;
                    let Ok(real) = real else { continue };
                    // What is stored, but with the entries that were sent.
                    let mut new = real.clone();
                    new["metadata"].as_object_mut().unwrap().remove("managedFields");
                    // Addresses are given out after owners are worked out.
                    if live.is_none() && new["kind"] == "Service" {
                        let spec = new["spec"].as_object_mut().unwrap();
                        for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                            spec.remove(name);
                        }
                    }
                    let ours = self.resource.update(live.as_ref(), &new, manager, NOW).unwrap();
                    if owners(&ours) != owners(&real) {
                        return differ("owners", &owners(&ours), &owners(&real));
                    }
                    live = Some(real);
                    done += 1;
                }
            }
        }
        Ok(done)
    }

    async fn run(&self, name: &str, object: impl Strategy<Value = Value>) {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let histories = number("GITOPS_HISTORIES").unwrap_or(20);
        let seed = number("GITOPS_SEED").unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.unwrap().as_secs()
        });
        println!("{name}: GITOPS_SEED={seed}");
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let writes = proptest::collection::vec(write(object), 1..8);
        let mut compared = 0;
        for index in 0..histories {
            let mut tree = writes.new_tree(&mut runner).unwrap();
            let mut attempt = 0;
            let mut failure = None;
            let mut steps = 0;
            loop {
                let writes = tree.current();
                let result =
                    self.history(&writes, &format!("{name}-{seed}-{index}-{attempt}")).await;
                attempt += 1;
                steps += 1;
                let more = match result {
                    Ok(done) if failure.is_none() => {
                        compared += done;
                        break;
                    }
                    Ok(_) => tree.complicate(),
                    Err(problem) => {
                        failure = Some((writes, problem));
                        tree.simplify()
                    }
                };
                if !more || steps > 300 {
                    break;
                }
            }
            if let Some((writes, problem)) = failure {
                panic!("{name}, GITOPS_SEED={seed}, history {index}:\n{writes:#?}\n{problem}");
            }
        }
        println!("{name}: {histories} histories, {compared} answers compared");
        assert!(compared > 0);
    }
}

fn status_ignored(version: &str) -> BTreeMap<String, Filter> {
    let status = Fields::of(&[PathElement::field("status")]);
    BTreeMap::from([(version.to_owned(), Filter::Exclude(status))])
}

fn some<T: Clone + std::fmt::Debug + 'static>(
    values: &[T],
) -> impl Strategy<Value = Option<T>> + use<T> {
    proptest::option::of(proptest::sample::select(values.to_vec()))
}

fn words() -> impl Strategy<Value = Value> {
    let map = proptest::collection::btree_map("[a-c]", "[x-z]", 0..3);
    map.prop_map(|map| map.into_iter().map(|(n, v)| (n, Value::from(v))).collect())
}

fn with(mut object: Value, fields: Vec<(&str, Option<Value>)>) -> Value {
    for (name, value) in fields {
        if let Some(value) = value {
            object[name] = value;
        }
    }
    object
}

fn configmap() -> impl Strategy<Value = Value> {
    let maps = (proptest::option::of(words()), proptest::option::of(words()));
    (maps, proptest::option::of(words())).prop_map(|((data, labels), annotations)| {
        let meta = with(json!({}), vec![("labels", labels), ("annotations", annotations)]);
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta});
        with(object, vec![("data", data)])
    })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let env = proptest::collection::btree_map("[A-C]", "[x-z]", 0..3).prop_map(|map| {
        map.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
    });
    let port = (1_i64..4, some(&["TCP", "UDP"]), some(&["p", "q"]));
    let ports = proptest::collection::vec(port, 0..3).prop_map(|ports| {
        let mut seen = std::collections::BTreeSet::new();
        ports
            .into_iter()
            .filter(|(port, protocol, name)| {
                let udp = *protocol == Some("UDP");
                seen.insert((Some(*port), Some(udp), None)) && seen.insert((None, None, *name))
            })
            .map(|(port, protocol, name)| {
                let object = json!({"containerPort": port});
                with(object, vec![("protocol", protocol.map(json_of)), ("name", name.map(json_of))])
            })
            .collect::<Value>()
    });
    let args = proptest::collection::vec("[a-c]", 0..3).prop_map(|args| json!(args));
    let parts = (
        proptest::sample::select(vec!["i:1", "i:2"]),
        proptest::option::of(env),
        proptest::option::of(ports),
        proptest::option::of(args),
    );
    parts.prop_map(move |(image, env, ports, args)| {
        let object = json!({"name": name, "image": image});
        with(object, vec![("env", env), ("ports", ports), ("args", args)])
    })
}

fn json_of(text: &str) -> Value {
    text.into()
}

fn deployment() -> impl Strategy<Value = Value> {
    let others = (proptest::option::of(container("b")), proptest::option::of(container("c")));
    let parts = (some(&[0_i64, 1, 2]), some(&[5_i64, 6]), proptest::option::of(words()));
    (container("a"), others, parts, any::<bool>()).prop_map(
        |(first, (b, c), (replicas, history, labels), swap)| {
            let mut containers: Vec<_> = [Some(first), b, c].into_iter().flatten().collect();
            if swap {
                containers.reverse();
            }
            let meta = with(json!({}), vec![("labels", labels)]);
            let spec = json!({
                "selector": {"matchLabels": {"app": "x"}},
                "template": {
                    "metadata": {"labels": {"app": "x"}},
                    "spec": {"containers": containers},
                },
            });
            let spec = with(
                spec,
                vec![
                    ("replicas", replicas.map(Value::from)),
                    ("revisionHistoryLimit", history.map(Value::from)),
                ],
            );
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
        },
    )
}

fn service() -> impl Strategy<Value = Value> {
    let port = (1_i64..4, some(&["TCP", "UDP"]), some(&[80_i64, 81]));
    let ports = proptest::collection::vec(port, 1..4).prop_map(|ports| {
        let mut seen = std::collections::BTreeSet::new();
        ports
            .into_iter()
            .filter(|(port, protocol, _)| seen.insert((*port, *protocol == Some("UDP"))))
            .enumerate()
            .map(|(index, (port, protocol, target))| {
                let object = json!({"port": port, "name": format!("p{index}")});
                let target = target.map(Value::from);
                with(object, vec![("protocol", protocol.map(json_of)), ("targetPort", target)])
            })
            .collect::<Value>()
    });
    (ports, proptest::option::of(words())).prop_map(|(ports, selector)| {
        let spec = with(json!({"ports": ports}), vec![("selector", selector)]);
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {}, "spec": spec})
    })
}

/// The custom resource with the one default it has.
struct Things(Versions);

impl Types for Things {
    fn schema(&self, api_version: &str) -> Option<(Arc<Schema>, TypeRef)> {
        self.0.schema(api_version)
    }

    fn fill_defaults(&self, object: &mut Value) {
        let ports = object.pointer_mut("/spec/ports").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten() {
            if port.get("protocol").is_none() {
                port["protocol"] = "TCP".into();
            }
        }
    }
}

async fn lab() -> Option<Lab> {
    let server = server_or_skip().await?;
    let client = server.client().await.unwrap();
    let namespace = server.namespace("ssa").await.unwrap();
    Some(Lab { client, namespace, _server: server })
}

async fn built_in(
    lab: &Lab,
    api: &str,
    version: &str,
    kind: &str,
    plural: &str,
    empty: Value,
    object: impl Strategy<Value = Value>,
) {
    let (schema, of) = lab.types(api, version, kind).await;
    let versions = Versions::one(version, schema, of);
    let versions = versions.starting_with(empty.as_object().unwrap().clone());
    let resource = Resource::new(versions, version, kind);
    let (resource, shape) = match kind {
        "ConfigMap" => (resource, Shape::NoEmpty),
        _ => (resource.ignoring(status_ignored(version)), Shape::Defaulted),
    };
    let path = format!("/{api}/namespaces/{}/{plural}", lab.namespace);
    Kind { lab, resource, path, shape }.run(plural, object).await;
}

#[tokio::test]
async fn config_maps_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    built_in(&lab, "api/v1", "v1", "ConfigMap", "configmaps", json!({"metadata": {}}), configmap())
        .await;
}

#[tokio::test]
async fn deployments_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    let (version, kind) = ("apps/v1", "Deployment");
    let empty = json!({
        "metadata": {}, "status": {},
        "spec": {
            "selector": null, "strategy": {},
            "template": {"metadata": {}, "spec": {"containers": null}},
        },
    });
    built_in(&lab, "apis/apps/v1", version, kind, "deployments", empty, deployment()).await;
}

#[tokio::test]
async fn services_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    let empty = json!({"metadata": {}, "spec": {}, "status": {"loadBalancer": {}}});
    built_in(&lab, "api/v1", "v1", "Service", "services", empty, service()).await;
}

#[tokio::test]
async fn custom_resources_are_written_as_the_server_writes_them() {
    let Some(lab) = lab().await else { return };
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.ssa.test"},
        "spec": {
            "group": "ssa.test",
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": kinds::definition()},
            }],
        },
    });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.ssa.test";
    let kind = "application/apply-patch+yaml";
    lab.send("PATCH", &format!("{path}?fieldManager=t"), kind, &crd).await.unwrap();
    // Established is what the definition says; the handler comes a moment later.
    let path = format!("/apis/ssa.test/v1/namespaces/{}/things", lab.namespace);
    let list = || Request::get(&path).body(Vec::new()).unwrap();
    let mut served = false;
    for _ in 0..10_000 {
        served = lab.client.request::<Value>(list()).await.is_ok();
        if served {
            break;
        }
    }
    assert!(served, "the definition is not served");
    let (schema, of) = kinds::schema();
    let versions = Versions::one("ssa.test/v1", schema, of);
    let resource = Resource::new(Things(versions), "ssa.test/v1", "Thing");
    let object = kinds::object().prop_map(|mut object| {
        object["apiVersion"] = "ssa.test/v1".into();
        object
    });
    Kind { lab: &lab, resource, path, shape: Shape::Stored }.run("things", object).await;
}
