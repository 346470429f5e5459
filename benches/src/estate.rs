//! A generated estate: manifests as people write them, as many as wanted, always the same.

use gitops_testkit::fake::MemoryTree;
use serde_json::{Value, json};
use std::fmt::Write;

/// Deployments, Services and ConfigMaps of many apps, ten objects a file.
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    /// How many objects.
    pub objects: usize,
}

const PER_FILE: usize = 10;

impl Estate {
    /// Path and YAML text of every file. `edited` is the one object whose configuration is changed.
    pub fn files(self, edited: Option<usize>) -> Vec<(String, String)> {
        (0..self.objects).step_by(PER_FILE).map(|first| self.file(first, edited)).collect()
    }

    /// Path and text of the file that holds this object.
    pub fn file_of(self, object: usize, edited: Option<usize>) -> (String, String) {
        self.file(object - object % PER_FILE, edited)
    }

    /// The objects as JSON values, in the order of the files.
    pub fn values(self) -> Vec<Value> {
        (0..self.objects).map(|number| object(number, false)).collect()
    }

    /// All files as a tree in memory.
    pub fn tree(self, edited: Option<usize>) -> MemoryTree {
        let mut tree = MemoryTree::new();
        for (path, text) in self.files(edited) {
            tree.write(&path, text);
        }
        tree
    }

    fn file(self, first: usize, edited: Option<usize>) -> (String, String) {
        let mut text = String::new();
        for number in first..(first + PER_FILE).min(self.objects) {
            text.push_str("---\n");
            block(&mut text, &object(number, edited == Some(number)), 0);
        }
        (format!("apps/team-{}/app-{}.yaml", first / 1000, first / PER_FILE), text)
    }
}

fn object(number: usize, edited: bool) -> Value {
    let name = format!("app-{number}");
    let namespace = format!("team-{}", number / 1000);
    let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace});
    let metadata = json!({"name": name, "namespace": namespace, "labels": labels});
    match number % 3 {
        0 => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {
                "replicas": if edited { 3 } else { 2 },
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{
                        "name": "main",
                        "image": format!("registry.example.com/{name}:v1.2.{number}"),
                        "ports": [{"name": "http", "containerPort": 8080}],
                        "env": [
                            {"name": "LOG_LEVEL", "value": "info"},
                            {"name": "LISTEN", "value": "0.0.0.0:8080"},
                        ],
                        "resources": {
                            "requests": {"cpu": "100m", "memory": "64Mi"},
                            "limits": {"memory": "128Mi"},
                        },
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
                    }]},
                },
            },
        }),
        1 => json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {
                "selector": labels,
                "ports": [{"name": "http", "port": if edited { 81 } else { 80 }, "targetPort": "http"}],
            },
        }),
        _ => json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
            "data": {
                "log.level": if edited { "debug" } else { "info" },
                "app.properties": format!("name={name}\nthreads=4\ntimeout=30s\n"),
            },
        }),
    }
}

/// YAML in the block style that people write; strings that could be read otherwise are quoted.
fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let _ = write!(text, "{:indent$}{key}:", "");
                member(text, value, indent);
            }
        }
        Value::Array(items) => {
            for item in items {
                let _ = write!(text, "{:indent$}-", "");
                let mut lines = String::new();
                block(&mut lines, item, indent + 2);
                // The first line follows the dash.
                let _ = writeln!(text, " {}", lines.trim());
            }
        }
        _ => {}
    }
}

fn member(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(_) | Value::Array(_) => {
            text.push('\n');
            block(text, value, indent + 2);
        }
        Value::String(line) if plain(line) => {
            let _ = writeln!(text, " {line}");
        }
        // JSON's strings and numbers are YAML's.
        scalar => {
            let _ = writeln!(text, " {scalar}");
        }
    }
}

fn plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && !text.contains([':', '\n', '#', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_the_values_say() {
        let estate = Estate { objects: 25 };
        let mut read: Vec<Value> = Vec::new();
        for (_, text) in estate.files(None) {
            read.extend(serde_saphyr::from_multiple::<Value>(&text).unwrap());
        }
        assert_eq!(read, estate.values());
        let (changed, same) = (estate.files(Some(7)), estate.files(None));
        let different: Vec<usize> = (0..3).filter(|file| changed[*file] != same[*file]).collect();
        assert_eq!(different, [0]);
    }
}
