//! Random histories of writes.

use super::lab::{Lab, Refused, masked, owners, without_empty};
use gitops_ssa::managed::{Resource, Types, WriteError};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

pub(super) struct Kind<'a, T> {
    pub(super) lab: &'a Lab,
    pub(super) resource: Resource<T>,
    /// Where its objects are.
    pub(super) path: String,
    /// The subresource, with a slash.
    pub(super) suffix: &'static str,
    pub(super) shape: Shape,
}

/// What the server makes of objects besides.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Nothing: they are compared whole.
    Stored,
    /// It drops empty maps.
    NoEmpty,
    /// It fills in defaults: only owners are compared.
    Defaulted,
}

#[derive(Debug, Clone)]
pub(super) enum Write {
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
    /// One history; says how many answers were compared, or what differed first.
    async fn history(&self, writes: &[Write], name: &str) -> Result<usize, String> {
        let mut live = None;
        let mut done = 0;
        for (index, write) in writes.iter().enumerate() {
            let compared = self.step(&mut live, write, name).await;
            done += usize::from(compared.map_err(|problem| format!("step {index}: {problem}"))?);
        }
        Ok(done)
    }

    /// One write, on the server and here. Says whether there was something to compare.
    pub(super) async fn step(
        &self,
        live: &mut Option<Value>,
        write: &Write,
        name: &str,
    ) -> Result<bool, String> {
        match write {
            Write::Apply { config, manager, force } => {
                let mut config = config.clone();
                config["metadata"]["name"] = name.into();
                if self.path.contains("/namespaces/") {
                    config["metadata"]["namespace"] = self.lab.namespace.as_str().into();
                }
                let path = format!("{}/{name}{}", self.path, self.suffix);
                let path = format!("{path}?fieldManager={manager}&force={force}");
                let kind = "application/apply-patch+yaml";
                let real = self.lab.send("PATCH", &path, kind, &config).await;
                let now = now(real.as_ref().ok());
                let ours = self.resource.apply(live.as_ref(), &config, manager, *force, &now);
                let stored = real.as_ref().ok().cloned();
                let compared = self.applied(ours, real)?;
                *live = stored.or(live.take());
                Ok(compared)
            }
            Write::Put { object, manager } => {
                let mut object = object.clone();
                object["metadata"]["name"] = name.into();
                let (method, path) = match &*live {
                    Some(live) => {
                        let version = live["metadata"]["resourceVersion"].clone();
                        object["metadata"]["resourceVersion"] = version;
                        ("PUT", format!("{}/{name}{}", self.path, self.suffix))
                    }
                    None => ("POST", self.path.clone()),
                };
                let path = format!("{path}?fieldManager={manager}");
                let real = self.lab.send(method, &path, "application/json", &object).await;
                let Ok(real) = real else { return Ok(false) };
                let new = sent(&real, &object, live.is_none());
                let now = now(Some(&real));
                let ours = self.resource.update(live.as_ref(), &new, manager, &now).unwrap();
                equal("owners", &owners(&ours), &owners(&real))?;
                *live = Some(real);
                Ok(true)
            }
        }
    }

    fn applied(
        &self,
        ours: Result<Value, WriteError>,
        real: Result<Value, Refused>,
    ) -> Result<bool, String> {
        match (ours, real) {
            (Ok(ours), Ok(real)) => {
                equal("owners", &owners(&ours), &owners(&real))?;
                let (a, b) = (masked(&ours), masked(&real));
                match self.shape {
                    Shape::Stored => equal("object", &a, &b)?,
                    Shape::NoEmpty => equal("object", &without_empty(a), &without_empty(b))?,
                    Shape::Defaulted => {}
                }
                Ok(true)
            }
            (Err(WriteError::Conflict(ours)), Err(real)) if real.code == 409 => {
                equal("message", &ours.message(), &real.message)?;
                let causes = ours.causes().into_iter();
                let mut causes: Vec<_> = causes.map(|one| (one.message, one.field)).collect();
                let mut theirs = real.causes;
                causes.sort();
                theirs.sort();
                equal("causes", &causes, &theirs)?;
                Ok(true)
            }
            // Validation of values is not ours.
            (Ok(_), Err(real)) if real.code == 422 => Ok(false),
            (Err(ours), Err(real)) => {
                equal("message", &ours.to_string(), &real.message)?;
                Ok(true)
            }
            (ours, real) => Err(format!("answer:\n ours {ours:?}\n real {real:?}")),
        }
    }

    pub(super) async fn run(&self, name: &str, object: impl Strategy<Value = Value>) {
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

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, real: &T) -> Result<(), String> {
    if ours == real {
        return Ok(());
    }
    Err(format!("{what}:\n ours {ours:?}\n real {real:?}"))
}

/// The time of the server's write, as far as its answer tells.
fn now(real: Option<&Value>) -> String {
    let entries = real.and_then(|real| real["metadata"]["managedFields"].as_array());
    let times = entries.into_iter().flatten().filter_map(|entry| entry["time"].as_str());
    times.max().unwrap_or("2026-01-01T00:00:00Z").to_owned()
}

/// What the server works out owners from: what it stores, with the entries of the request.
fn sent(real: &Value, object: &Value, create: bool) -> Value {
    let mut new = real.clone();
    let meta = new["metadata"].as_object_mut().unwrap();
    meta.remove("managedFields");
    if let Some(entries) = object["metadata"].get("managedFields") {
        meta.insert("managedFields".to_owned(), entries.clone());
    }
    // Addresses are given out after owners are worked out.
    if create && new["kind"] == "Service" {
        let spec = new["spec"].as_object_mut().unwrap();
        for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            spec.remove(name);
        }
    }
    new
}
