//! Random patches of objects.

use gitops_core::env::Rng;
use serde_json::{Map, Value, json};

/// Objects to patch, with their API and plural.
pub(super) fn objects() -> Vec<(&'static str, &'static str, Value)> {
    let containers = json!([
        {"name": "a", "image": "i1", "args": ["x", "y"],
         "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}],
         "ports": [{"containerPort": 80}, {"containerPort": 81, "name": "x"}]},
        {"name": "b", "image": "i2", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}},
        {"name": "c", "image": "i3"},
    ]);
    let meta = |name: &str| {
        json!({"name": name, "labels": {"app": "x", "b": "c"}, "annotations": {"a/b": "<c>"},
               "finalizers": ["f/a", "f/b", "f/c"]})
    };
    let spec = json!({"containers": containers, "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "emptyDir": {}}],
        "imagePullSecrets": [{"name": "s"}, {"name": "t"}]});
    vec![
        (
            "apis/apps/v1",
            "deployments",
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("d"),
                "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "x"}},
                         "template": {"metadata": {"labels": {"app": "x"}}, "spec": spec}},
            }),
        ),
        (
            "api/v1",
            "pods",
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta("p"), "spec": spec}),
        ),
        (
            "api/v1",
            "services",
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": meta("s"),
                "spec": {"selector": {"app": "x"}, "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}, {"name": "c", "port": 82}]},
            }),
        ),
        (
            "api/v1",
            "configmaps",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("c"), "data": {"a": "1", "b": "2"}}),
        ),
    ]
}

/// What the server or the test relies on.
const FIXED: [&str; 9] = [
    "apiVersion",
    "kind",
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "managedFields",
    "generation",
];

pub(super) struct Draw(pub(super) Rng);

impl Draw {
    fn one_in(&mut self, count: u64) -> bool {
        self.0.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.0.below(list.len() as u64) as usize].clone()
    }

    fn scalar(&mut self) -> Value {
        self.pick(&[json!("new"), json!("x"), json!(3), json!(true), json!("<é>"), json!("25%")])
    }

    /// The path of something within a value.
    fn path(&mut self, value: &Value, depth: u64) -> String {
        let stop = depth > 0 && self.one_in(3);
        match value {
            Value::Object(map) if !map.is_empty() && !stop => {
                let keys: Vec<&String> = map.keys().collect();
                let key = self.pick(&keys);
                let shown = key.replace('~', "~0").replace('/', "~1");
                format!("/{shown}{}", self.path(&value[key.as_str()], depth + 1))
            }
            Value::Array(list) if !list.is_empty() && !stop => {
                let index = self.0.below(list.len() as u64) as usize;
                format!("/{index}{}", self.path(&list[index], depth + 1))
            }
            _ => String::new(),
        }
    }

    /// A path that can be changed.
    fn target(&mut self, object: &Value) -> String {
        let part = self.pick(&[
            "metadata/labels",
            "metadata/annotations",
            "metadata/finalizers",
            "spec",
            "data",
        ]);
        let inner = object.pointer(&format!("/{part}")).unwrap_or(&Value::Null);
        let path = format!("/{part}{}", self.path(inner, 1));
        match self.0.below(8) {
            0 => format!("{path}/new"),
            1 => format!("{path}/-"),
            2 => format!("{path}/-1"),
            _ => path,
        }
    }

    /// A JSON patch.
    pub(super) fn operations(&mut self, object: &Value) -> Value {
        let count = 1 + self.0.below(3);
        let operations = (0..count).map(|_| {
            let path = self.target(object);
            match self.0.below(6) {
                0 => json!({"op": "remove", "path": path}),
                1 => json!({"op": "test", "path": path, "value": object.pointer(&path)}),
                2 => json!({"op": "replace", "path": path, "value": self.scalar()}),
                3 => json!({"op": "copy", "path": self.target(object), "from": path}),
                4 => json!({"op": "move", "path": self.target(object), "from": path}),
                _ => json!({"op": "add", "path": path, "value": object.pointer(&self.target(object))}),
            }
        });
        Value::Array(operations.collect())
    }

    /// A merge patch of a map.
    pub(super) fn merge(&mut self, value: &Value, depth: usize) -> Value {
        let mut patch = Map::new();
        for (key, value) in value.as_object().into_iter().flatten() {
            if FIXED.contains(&&**key) || key == "status" || !self.one_in(2 + depth as u64 % 2) {
                continue;
            }
            let new = match value {
                Value::Object(_) if !self.one_in(6) => self.merge(value, depth + 1),
                Value::Array(_) if !self.one_in(3) => value.clone(),
                _ if self.one_in(3) => Value::Null,
                _ => self.scalar(),
            };
            patch.insert(key.clone(), new);
        }
        if self.one_in(4) && depth > 0 {
            patch.insert("new".to_owned(), self.scalar());
        }
        Value::Object(patch)
    }

    /// A strategic merge patch.
    pub(super) fn strategic(&mut self, object: &Value) -> Value {
        let mut patch = self.strategic_map(object, 0);
        if self.one_in(6) {
            patch["metadata"]["annotations"] = json!({"$patch": "replace", "only": "this"});
        }
        patch
    }

    fn strategic_map(&mut self, value: &Value, depth: u64) -> Value {
        let mut patch = Map::new();
        for (key, value) in value.as_object().into_iter().flatten() {
            if FIXED.contains(&&**key) || key == "status" || self.one_in(3) {
                continue;
            }
            match value {
                Value::Object(_) => {
                    patch.insert(key.clone(), self.strategic_map(value, depth + 1));
                }
                Value::Array(list) if list.iter().all(Value::is_object) => {
                    self.strategic_list(&mut patch, key, list, depth);
                }
                Value::Array(list) => {
                    if self.one_in(2) {
                        let gone = self.pick(list);
                        patch.insert(format!("$deleteFromPrimitiveList/{key}"), json!([gone]));
                    } else {
                        patch.insert(key.clone(), json!(["f/new", list[0]]));
                    }
                }
                _ if self.one_in(8) => {
                    patch.insert(key.clone(), Value::Null);
                }
                _ if self.one_in(8) => {
                    patch.insert(key.clone(), self.scalar());
                }
                _ => {}
            }
        }
        Value::Object(patch)
    }

    fn strategic_list(
        &mut self,
        patch: &mut Map<String, Value>,
        name: &str,
        list: &[Value],
        depth: u64,
    ) {
        let key = match name {
            "ports" if list.iter().any(|one| one.get("containerPort").is_some()) => "containerPort",
            "ports" => "port",
            _ => "name",
        };
        let (mut items, mut order) = (Vec::new(), Vec::new());
        for item in list {
            let Some(id) = item.get(key) else { return };
            match self.0.below(5) {
                0 => {
                    items.push(json!({"$patch": "delete", key: id}));
                    continue;
                }
                1 | 2 => {
                    let mut change = self.strategic_map(item, depth + 1);
                    change[key] = id.clone();
                    items.push(change);
                }
                _ => {}
            }
            order.push(json!({key: id}));
        }
        if self.one_in(3) {
            let id = if key == "name" { json!("new") } else { json!(99) };
            let mut new = list[0].clone();
            new[key] = id.clone();
            items.push(new);
            order.push(json!({key: id}));
        }
        if self.one_in(10) {
            items.push(json!({"$patch": "replace"}));
        }
        if !items.is_empty() || self.one_in(2) {
            patch.insert(name.to_owned(), Value::Array(items));
        }
        if self.one_in(2) {
            if self.one_in(3) {
                order.reverse();
            }
            patch.insert(format!("$setElementOrder/{name}"), Value::Array(order));
        }
    }
}
