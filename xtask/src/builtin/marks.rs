//! What a server's OpenAPI documents add to the Go types: which kinds are served, how lists and
//! maps merge, and defaults.

use crate::{failure::Failure, resources::server::Server};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// By type and field; a mark of the type itself has no field.
#[derive(Default)]
pub(super) struct Marks {
    kinds: BTreeSet<String>,
    types: BTreeMap<(String, String), String>,
}

impl Marks {
    pub(super) async fn of(server: &Server) -> Result<Self, Failure> {
        let mut marks = Self::default();
        let index = server.json("/openapi/v3").await?;
        for path in index["paths"].as_object().into_iter().flat_map(|paths| paths.keys()) {
            let document = server.json(&format!("/openapi/v3/{path}")).await?;
            let schemas = document["components"]["schemas"].as_object();
            for (name, schema) in schemas.into_iter().flatten() {
                marks.read(&short(name), schema)?;
            }
        }
        Ok(marks)
    }

    fn read(&mut self, name: &str, schema: &Value) -> Result<(), Failure> {
        for kind in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let text = |part: &str| kind[part].as_str().unwrap_or_default();
            let (group, version, kind) = (text("group"), text("version"), text("kind"));
            let slash = if group.is_empty() { "" } else { "/" };
            self.kinds.insert(format!("{group}{slash}{version}/{kind}"));
        }
        self.put(name, "", schema)?;
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            self.put(name, field, property)?;
        }
        Ok(())
    }

    fn put(&mut self, name: &str, field: &str, schema: &Value) -> Result<(), Failure> {
        let mut mark = String::new();
        match schema["x-kubernetes-list-type"].as_str() {
            Some("map") => {
                let keys = schema["x-kubernetes-list-map-keys"].as_array();
                let keys: Vec<_> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
                mark.push_str(&format!(";list=map({})", keys.join(",")));
            }
            Some(of) => mark.push_str(&format!(";list={of}")),
            None => {}
        }
        match schema["x-kubernetes-map-type"].as_str() {
            Some("atomic") => mark.push_str(";atomic"),
            None => {}
            // What maps are anyway.
            Some("granular") if schema.get("allOf").is_none() => {}
            Some("granular") => mark.push_str(";granular"),
            Some(other) => return Err(Failure(format!("{name}.{field}: map type {other}"))),
        }
        // Structs that are always there have this one.
        if ![Value::Null, json!({})].contains(&schema["default"]) {
            mark.push_str(&format!(";default={}", schema["default"]).replace(' ', "\\u0020"));
        }
        if !mark.is_empty() {
            self.types.insert((name.to_owned(), field.to_owned()), mark);
        }
        Ok(())
    }

    /// The lines of kinds that are served and of the types they are made of, with marks.
    pub(super) fn add(mut self, types: &str) -> Result<String, Failure> {
        let lines: BTreeMap<&str, &str> =
            types.lines().map(|line| (line.split(' ').next().unwrap_or_default(), line)).collect();
        self.spread(&lines)?;
        let mut wanted: Vec<String> = self.kinds.iter().cloned().collect();
        let mut out = BTreeMap::new();
        while let Some(name) = wanted.pop() {
            let Some(line) = lines.get(&*name) else { continue };
            if out.contains_key(&name) {
                continue;
            }
            out.insert(name.clone(), self.marked(&name, line));
            let words = line.split([' ', ':', '[', ']', '*', ';']).skip(1);
            wanted.extend(words.filter(|word| word.contains('/')).map(str::to_owned));
        }
        let out: String = out.into_values().flat_map(|line| [line, "\n".to_owned()]).collect();
        match self.types.first_key_value() {
            None => Ok(out),
            Some(((name, field), mark)) => {
                Err(Failure(format!("no Go field for {name}.{field}{mark}")))
            }
        }
    }

    /// Moves marks of fields that come from a struct within to that struct, as OpenAPI has them at
    /// the struct around it.
    fn spread(&mut self, lines: &BTreeMap<&str, &str>) -> Result<(), Failure> {
        let mut wanted: Vec<_> = self.types.keys().cloned().collect();
        while let Some((name, field)) = wanted.pop() {
            let words = || lines.get(&*name).into_iter().flat_map(|line| line.split(' ').skip(1));
            if field.is_empty() || words().any(|word| own(word) == field) {
                continue;
            }
            let Some(mark) = self.types.remove(&(name.clone(), field.clone())) else { continue };
            for word in words().filter(|word| word.starts_with('<')) {
                let within = word.split_once(':').map(|(_, of)| of).unwrap_or_default();
                if !holds(lines, within, &field) {
                    continue;
                }
                let key = (within.to_owned(), field.clone());
                let earlier = self.types.insert(key.clone(), mark.clone());
                if earlier.is_some_and(|earlier| earlier != mark) {
                    return Err(Failure(format!("{within}.{field} has two marks")));
                }
                wanted.push(key);
            }
        }
        Ok(())
    }

    fn marked(&mut self, name: &str, line: &str) -> String {
        let mut take = |field: &str| {
            self.types.remove(&(name.to_owned(), field.to_owned())).unwrap_or_default()
        };
        let words = line.split(' ').enumerate().map(|(index, word)| {
            let mark = take(if index == 0 { "" } else { own(word) });
            // So have values that are always there their zero.
            let always = !word.contains('?') && !word.contains(":*");
            let zero = [";default=\"\"", ";default=0", ";default=false"].contains(&&*mark);
            if always && zero { word.to_owned() } else { format!("{word}{mark}") }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The name of the field that a word describes.
fn own(word: &str) -> &str {
    word.split([':', '?', '~']).next().unwrap_or_default()
}

/// Whether a struct has the field, itself or by a struct within.
fn holds(lines: &BTreeMap<&str, &str>, name: &str, field: &str) -> bool {
    lines.get(name).into_iter().flat_map(|line| line.split(' ').skip(1)).any(|word| {
        let within = || word.split_once(':').map(|(_, of)| of).unwrap_or_default();
        own(word) == field || word.starts_with('<') && holds(lines, within(), field)
    })
}

/// `io.k8s.api.apps.v1.Deployment` as `apps/v1.Deployment`.
fn short(name: &str) -> String {
    let mut parts = name.rsplitn(4, '.');
    let mut next = || parts.next().unwrap_or_default();
    let (name, version, group) = (next(), next(), next());
    format!("{group}/{version}.{name}")
}
