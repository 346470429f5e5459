//! JSONPath as client-go's `util/jsonpath` reads it: one expression without the braces.

mod evaluate;
mod parse;

use serde_json::Value;

/// A parsed path, such as `.status.conditions[?(@.type=="Ready")].status`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JsonPath {
    nodes: Vec<Node>,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Field(String),
    Array(Slice),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Filter {
        left: Vec<Node>,
        right: Option<(String, Vec<Node>)>,
    },
    /// A text, number or flag that stands for itself.
    Literal(Value),
    Identifier(String),
}

/// `[start:end:step]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    /// Whether there is but one index.
    single: bool,
    step: Option<i64>,
}

impl JsonPath {
    /// Parses a path; `None` if it can't be.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse::parse(text).map(|nodes| JsonPath { nodes })
    }

    /// What is found, in order; missing keys are no failure. `None` if a step makes no sense for
    /// the value. O(size) for paths that descend, else O(length of lists on the way).
    pub(crate) fn find(&self, value: &Value) -> Option<Vec<Value>> {
        evaluate::walk(vec![value.clone()], &self.nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_find_what_client_go_finds() {
        let object = json!({
            "spec": {"replicas": 3, "a.b": "dot", "null": null},
            "status": {"conditions": [
                {"type": "Ready", "status": "True", "n": 1},
                {"type": "Synced", "status": "False", "n": 2},
            ]},
        });
        for (path, found) in [
            (".spec.replicas", Some(json!([3]))),
            (".spec.missing.x", Some(json!([]))),
            (".spec['a\\.b']", Some(json!(["dot"]))),
            (".spec.a\\.b", Some(json!(["dot"]))),
            (".spec.null", Some(json!([null]))),
            (".spec.null.x", Some(json!([]))),
            (".status.conditions[?(@.type==\"Ready\")].status", Some(json!(["True"]))),
            (".status.conditions[?(@.type=='Synced')].n", Some(json!([2]))),
            (".status.conditions[?(@.n>1)].type", Some(json!(["Synced"]))),
            (".status.conditions[?(@.nope)].type", Some(json!([]))),
            (".status.conditions[*].type", Some(json!(["Ready", "Synced"]))),
            (".status.conditions[-1].type", Some(json!(["Synced"]))),
            (".status.conditions[0:1].type", Some(json!(["Ready"]))),
            (".status.conditions[0,1].n", Some(json!([1, 2]))),
            (".status.conditions[5].type", None),
            (".spec[0]", None),
            ("..type", Some(json!(["Ready", "Synced"]))),
            (".", Some(json!([]))),
        ] {
            let result = JsonPath::parse(path).expect(path).find(&object);
            assert_eq!(result.map(Value::from), found, "{path}");
        }
        for broken in [".spec[", ".spec[a]", ".a[?(@.b", "!"] {
            assert_eq!(JsonPath::parse(broken), None, "{broken}");
        }
    }
}
