//! A history played on one server, and compared with another.

use super::{
    fill::{Seen, collection_of},
    mask::Mask,
    step::{History, Step, Stream},
    target::{Answer, Target, drain, read},
};
use http::Request;
use serde_json::{Value, json};
use std::fmt;

/// Plays all steps; one masked answer each.
pub(super) async fn play(
    target: &impl Target,
    history: &History,
    namespace: &str,
    patience: u32,
) -> Vec<Value> {
    let target = &target.fresh().await;
    prepare(target, namespace).await;
    let mut seen = Seen::new(namespace);
    let mut mask = Mask::new(namespace);
    let mut answers = Vec::new();
    let mut open = Vec::new();
    for (index, step) in history.steps.iter().enumerate() {
        let Ok(request) = seen.request(step) else {
            answers.push(Answer::default());
            continue;
        };
        if may_be_stale(step)
            && let Some(collection) = collection_of(request.uri().path())
        {
            target.settle(collection).await;
        }
        let response = target.send(request).await;
        let initial = step.query.iter().any(|pair| pair == "sendInitialEvents=true");
        let silence = target.silence(patience, initial);
        let is_stream = response.status() == 200;
        let answer = match step.stream {
            Stream::Open if is_stream => {
                open.push((index, response, silence));
                Answer::default()
            }
            Stream::Now if is_stream => drain(response, silence).await,
            _ => read(response).await,
        };
        seen.learn(step, &answer);
        answers.push(answer);
    }
    for (index, response, silence) in open {
        answers[index] = drain(response, silence).await;
    }
    mask.answers(&answers)
}

/// Every history has a namespace of its own.
async fn prepare(target: &impl Target, namespace: &str) {
    let body = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": namespace, "labels": {"history": namespace}},
    });
    let request = Request::post("/api/v1/namespaces").header("content-type", "application/json");
    let answer =
        read(target.send(request.body(body.to_string().into_bytes()).unwrap()).await).await;
    assert_eq!(answer.code, 201, "{}", String::from_utf8_lossy(&answer.body));
}

/// Whether the real server may answer from a cache that lags behind.
fn may_be_stale(step: &Step) -> bool {
    step.method() == "GET"
        && step
            .query
            .iter()
            .any(|pair| pair.starts_with("resourceVersion") || pair.starts_with("watch"))
}

/// The first step that two servers answered in different ways.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) step: usize,
    /// Where in the answer.
    pub(crate) pointer: String,
    pub(crate) left: Value,
    pub(crate) right: Value,
}

/// The first difference.
pub(crate) fn compare(left: &[Value], right: &[Value]) -> Option<Difference> {
    let all = left.iter().zip(right).enumerate().filter_map(|(step, (left, right))| {
        // The real server broke the connection, as it does when it panics: it gave no answer.
        if right["code"] == super::real::BROKEN {
            return None;
        }
        let pointer = first_difference(left, right)?;
        Some(Difference { step, pointer, left: left.clone(), right: right.clone() })
    });
    let mut all: Vec<_> = all.collect();
    // The order of versions is told by all answers together: what else differs is the cause.
    let cause = all.iter().position(|found| !found.pointer.ends_with("resourceVersion"));
    (!all.is_empty()).then(|| all.swap_remove(cause.unwrap_or(0)))
}

/// A pointer to the first difference of two values.
fn first_difference(left: &Value, right: &Value) -> Option<String> {
    if left == right {
        return None;
    }
    let below = |key: String, left: &Value, right: &Value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        first_difference(left, right).map(|rest| format!("/{key}{rest}"))
    };
    let found = match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            // The refusal's own words say most.
            let keys =
                ["code", "message"].into_iter().chain(a.keys().chain(b.keys()).map(|key| &**key));
            keys.into_iter().find_map(|key| {
                let absent = json!("(absent)");
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned();
                let (a, b) = (of(a), of(b));
                let (a, b) = (a.as_ref().unwrap_or(&absent), b.as_ref().unwrap_or(&absent));
                below(key.to_owned(), a, b)
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.into_iter().find_map(|(index, (a, b))| below(index.to_string(), a, b))
        }
        _ => None,
    };
    Some(found.unwrap_or_default())
}

impl Difference {
    /// What is different, in one line.
    pub(crate) fn brief(&self) -> String {
        let at = |value: &Value| match value.pointer(&self.pointer) {
            Some(value) => value.to_string(),
            None => "(absent)".to_owned(),
        };
        format!("{}: {} | {}", self.pointer, at(&self.left), at(&self.right))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "at {}", self.brief())?;
        writeln!(f, "left:  {}", self.left)?;
        write!(f, "right: {}", self.right)
    }
}
