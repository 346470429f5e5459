//! Histories of applies and updates.

use super::{Case, Outcome, equal, field_sets, yaml};
use gitops_ssa::{
    fields::{Fields, Filter},
    schema::{Schema, TypeRef},
    typed::{Duplicates, Typed, same},
    update::{Conflicts, ConvertError, Converter, Owned, Owners, UpdateError, Updater},
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// Which type an object has.
#[derive(Debug, Clone)]
enum Types {
    Same(Arc<Schema>, TypeRef),
    ByVersion(Arc<Schema>),
}

impl Types {
    fn new(case: &Case, parser: &Value) -> Self {
        let file = || format!("input/{}", parser["schema"].as_str().unwrap());
        let schema = || Arc::new(Schema::read(&case.yaml(&file())).unwrap());
        match parser["kind"].as_str().unwrap() {
            "deduced" => Types::Same(Arc::new(Schema::deduced()), TypeRef::deduced()),
            "same_version" => {
                Types::Same(schema(), TypeRef::named(parser["type"].as_str().unwrap()))
            }
            "type_named_by_api_version" => Types::ByVersion(schema()),
            kind => panic!("parser {kind}"),
        }
    }

    fn typed(&self, value: Value, version: &str, dup: Duplicates) -> Result<Typed, String> {
        let typed = match self {
            Types::Same(schema, of) => Typed::new(value, schema, of, dup),
            Types::ByVersion(schema) => Typed::new(value, schema, &TypeRef::named(version), dup),
        };
        typed.map_err(|error| error.to_string())
    }
}

/// The conversions of the suite.
#[derive(Debug, Clone)]
struct Suite {
    kind: String,
    // A change of the parser does not reach the converter, as in the suite.
    types: Types,
}

impl Converter for Suite {
    fn convert(&self, object: &Typed, version: &str) -> Result<Typed, ConvertError> {
        let from = || object.of().name.as_deref().unwrap_or_default().to_owned();
        let typed = |value| {
            self.types.typed(value, version, Duplicates::Refuse).map_err(ConvertError::Failed)
        };
        match &*self.kind {
            "identity" => Ok(object.clone()),
            "renamingConverter" => typed(rename(object.value(), &from(), version)),
            "repeatingConverter" => {
                let number = version.strip_prefix('v').and_then(|number| number.parse().ok());
                let number = number.ok_or(ConvertError::MissingVersion)?;
                typed(repeat(object.value(), number, true))
            }
            "reliantFieldsConverter" if from() == version => Ok(object.clone()),
            "reliantFieldsConverter" => {
                let text = object.value().to_string();
                let (required, relying) = ("required_field_bar", "field_foo_rely_on_bar");
                let text = match version {
                    "v1" if !text.contains(required) => {
                        return Err(ConvertError::Failed("missing field bar".to_owned()));
                    }
                    "v1" => text.replace(required, relying),
                    "v2" => text.replace(relying, required),
                    _ => return Err(ConvertError::MissingVersion),
                };
                typed(serde_json::from_str(&text).unwrap())
            }
            kind => panic!("converter {kind}"),
        }
    }
}

fn rename(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::Object(map) => {
            let name = |name: &str| match name.strip_suffix(from) {
                Some(stem) => format!("{stem}{to}"),
                None => name.to_owned(),
            };
            Value::Object(map.iter().map(|(n, v)| (name(n), rename(v, from, to))).collect())
        }
        // The suite's conversion makes null of an empty list.
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => items.iter().map(|item| rename(item, from, to)).collect(),
        other => other.clone(),
    }
}

/// Repeats the first letter of every key below the first one of the root as often as the version
/// says; scalars are lost.
fn repeat(value: &Value, times: usize, root: bool) -> Value {
    let Value::Object(map) = value else { return Value::Null };
    if map.is_empty() {
        return if root { value.clone() } else { Value::Null };
    }
    let mut out = Map::new();
    for (name, value) in map {
        let below = repeat(value, times, false);
        if root {
            out.insert(name.clone(), below);
            break;
        }
        out.insert(name.chars().take(1).collect::<String>().repeat(times), below);
    }
    Value::Object(out)
}

struct State {
    types: Types,
    updater: Updater<Suite>,
    converter: Suite,
    live: Option<Typed>,
    owners: Owners,
}

impl State {
    fn live(&self, version: &str) -> Result<Typed, String> {
        let live = match &self.live {
            Some(live) => live.clone(),
            None => self.types.typed(Value::Null, version, Duplicates::Refuse)?,
        };
        self.converter.convert(&live, version).map_err(|error| error.to_string())
    }

    fn apply(
        &mut self,
        config: &Typed,
        version: &str,
        manager: &str,
        force: bool,
    ) -> Result<Option<Conflicts>, String> {
        let live = self.live(version)?;
        self.live = Some(live.clone());
        let owners = self.owners.clone();
        match self.updater.apply(&live, config, version, owners, manager, force) {
            Ok(applied) => {
                self.owners = applied.owners;
                if let Some(object) = applied.object {
                    self.live = Some(object);
                }
                Ok(None)
            }
            Err(UpdateError::Conflicts(conflicts)) => Ok(Some(conflicts)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn run(&mut self, case: &Case, op: &Value) -> Outcome {
        let text = |name: &str| op[name].as_str().unwrap();
        if op["op"] == "change_parser" {
            self.types = Types::new(case, &op["parser"]);
            let Types::ByVersion(schema) = &self.types else { panic!("parser") };
            let live = self.live.take().unwrap();
            let typed = Typed::new(live.value().clone(), schema, live.of(), Duplicates::Refuse);
            self.live = Some(typed.map_err(|error| error.to_string())?);
            return Ok(());
        }
        let (version, manager) = (text("api_version"), text("manager"));
        let dup = if op["op"] == "update" { Duplicates::Allow } else { Duplicates::Refuse };
        let object = self.types.typed(yaml(text("object"))?, version, dup)?;
        match text("op") {
            "update" => {
                let live = self.live(version)?;
                let owners = self.owners.clone();
                let owners = self.updater.update(&live, &object, version, owners, manager);
                self.owners = owners.map_err(|error| error.to_string())?;
                self.live = Some(object);
                Ok(())
            }
            "extract_apply" => self.extract_apply(object, version, manager),
            "force_apply" => match self.apply(&object, version, manager, true)? {
                Some(conflicts) => Err(conflicts.to_string()),
                None => Ok(()),
            },
            "apply" => {
                let conflicts = self.apply(&object, version, manager, false)?;
                let got = conflicts.as_ref().map(|conflicts| conflicts.iter().collect::<Vec<_>>());
                let mut got: Vec<_> = got
                    .unwrap_or_default()
                    .iter()
                    .map(|conflict| (conflict.manager.clone(), conflict.path.clone()))
                    .collect();
                let mut want: Vec<_> = op["conflicts"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|conflict| {
                        let manager = conflict["manager"].as_str().unwrap().to_owned();
                        (manager, field_sets::path(&conflict["path"]))
                    })
                    .collect();
                got.sort();
                want.sort();
                equal("conflicts", &got, &want)
            }
            op => panic!("operation {op}"),
        }
    }

    fn extract_apply(&mut self, object: Typed, version: &str, manager: &str) -> Outcome {
        let object = match &self.live {
            None => object,
            Some(_) => {
                let live = self.live(version)?;
                let set = match self.owners.get(manager) {
                    Some(owned) if &*owned.version != version => {
                        return Err("extraction from another version".to_owned());
                    }
                    Some(owned) => owned.fields.leaf_set(),
                    None => Fields::default(),
                };
                live.extract(&set).merge(&object).map_err(|error| error.to_string())?
            }
        };
        match self.apply(&object, version, manager, true)? {
            Some(conflicts) => Err(conflicts.to_string()),
            None => Ok(()),
        }
    }
}

pub(super) fn owners(value: &Value) -> Owners {
    let map = value.as_object().into_iter().flatten();
    map.map(|(name, owned)| (name.clone(), field_sets::owned(owned))).collect()
}

fn ignored(case: &Case) -> BTreeMap<String, Filter> {
    let entries = |name: &str| case.meta[name].as_object().cloned().unwrap_or_default();
    let filters = entries("ignore_filter").into_iter();
    let filters = filters.map(|(version, value)| (version, field_sets::filter(&value)));
    let sets = entries("ignored_fields").into_iter();
    let sets = sets.map(|(version, set)| (version, Filter::Exclude(Fields::parse(&set).unwrap())));
    filters.chain(sets).collect()
}

pub(super) fn run(case: &Case) -> Outcome {
    let types = Types::new(case, &case.meta["parser"]);
    let kind = case.meta["converter"].as_str().unwrap().to_owned();
    let converter = Suite { kind, types: types.clone() };
    let updater = Updater::new(converter.clone()).ignoring(ignored(case));
    let mut state = State { types, updater, converter, live: None, owners: Owners::default() };
    let expected = case.yaml("expected.yaml");
    let ops = case.yaml("input/ops.yaml");
    let result = ops.as_array().unwrap().iter().enumerate().try_for_each(|(index, op)| {
        state.run(case, op).map_err(|error| format!("operation {index}: {error}"))
    });
    if expected["error"] == true {
        return match result {
            Ok(()) => Err("an error was expected".to_owned()),
            Err(_) => Ok(()),
        };
    }
    result?;
    if let Some(object) = expected["object"].as_str() {
        let version = expected["api_version"].as_str().unwrap_or("v1");
        let want = state.types.typed(yaml(object)?, version, Duplicates::Allow)?;
        let got = state.live(version)?;
        if !same(got.value(), want.value()) {
            return Err(format!("object:\n  got  {}\n  want {}", got.value(), want.value()));
        }
    }
    if !expected["managed"].is_null() {
        // Which operation a set is of is not compared in the suite.
        let plain = |owners: Owners| -> Owners {
            owners.into_iter().map(|(n, owned)| (n, Owned { applied: false, ..owned })).collect()
        };
        let want = plain(owners(&expected["managed"]));
        equal("managed", &plain(state.owners.clone()), &want)?;
    }
    Ok(())
}
