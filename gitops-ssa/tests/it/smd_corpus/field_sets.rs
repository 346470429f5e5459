//! Field sets, steps and JSON.

use super::{Case, Outcome, equal, yaml};
use gitops_ssa::{
    fields::{Fields, Filter, Match, PathElement, Pattern, dotted},
    update::{Owned, Owners},
};
use serde_json::Value;

pub(super) fn run(kind: &str, case: &Case) -> Outcome {
    match kind {
        "fieldset-difference" => {
            let (a, b) = (case.fields("input/a.yaml"), case.fields("input/b.yaml"));
            let want = |name| Fields::parse(&case.expected(name)).unwrap();
            equal("difference", &a.difference(&b), &want("difference"))?;
            equal("recursive", &a.recursive_difference(&b), &want("recursive_difference"))
        }
        "fieldset-union" => {
            let (a, b) = (case.fields("input/a.yaml"), case.fields("input/b.yaml"));
            equal("union", &a.union(&b), &case.fields("expected.yaml"))
        }
        "fieldset-equals" => {
            let (a, b) = (case.fields("input/a.yaml"), case.fields("input/b.yaml"));
            equal("equal", &Value::from(a == b), &case.expected("equal"))
        }
        "fieldset-leaves" => {
            let set = case.fields("input/set.yaml");
            equal("leaves", &set.leaf_set(), &case.fields("expected.yaml"))
        }
        "fieldset-filter" => {
            let filter = filter(&case.yaml("input/filter.yaml"));
            let set = filter.apply(&case.fields("input/set.yaml"));
            equal("filtered", &set, &case.fields("expected.yaml"))
        }
        "fieldset-from-value" => {
            let set = Fields::guess(&case.yaml("input/object.yaml"));
            equal("guess", &set, &case.fields("expected.yaml"))
        }
        "fieldset-ensure-named-members" => {
            let newer = case.files.contains_key("input/new_schema.yaml");
            let (schema, of) = case.type_in("input/schema.yaml");
            let object = case.typed("input/object.yaml", gitops_ssa::typed::Duplicates::Refuse)?;
            let before = Fields::parse(&case.expected("before")).unwrap();
            equal("before", &object.to_fields().unwrap(), &before)?;
            let (schema, of) =
                if newer { case.type_in("input/new_schema.yaml") } else { (schema, of) };
            let after = Fields::parse(&case.expected("after")).unwrap();
            equal("after", &schema.with_declared(&before, &of), &after)
        }
        "fieldsv1-golden" => {
            let set = case.fields("input/set.json");
            let want = case.expected("serialized");
            equal("text", &&*set.to_json(), &want.as_str().unwrap())?;
            equal("value", &set.to_value(), &serde_json::from_str(want.as_str().unwrap()).unwrap())
        }
        "fieldsv1-parse" => {
            let value = serde_json::from_str(case.text("input/set.json"));
            let parsed = value.ok().and_then(|value| Fields::parse(&value).ok());
            result(case, parsed.is_some())
        }
        "json-parse" => {
            let value: Option<Value> = serde_json::from_str(case.text("input/value.json")).ok();
            result(case, value.is_some())?;
            match (case.expected("canonical").as_str(), value) {
                (Some(text), Some(value)) => equal("text", &&*value.to_string(), &text),
                _ => Ok(()),
            }
        }
        "path-element-parse" => {
            let step = PathElement::parse(case.text("input/pe.txt"));
            result(case, matches!(step, Ok(Some(_))))?;
            match (case.expected("reserialized").as_str(), step) {
                (Some(text), Ok(Some(step))) => equal("text", &&*step.to_text(), &text),
                _ => Ok(()),
            }
        }
        "path-string" => {
            let path = path(&case.yaml("input/path.yaml"));
            equal("text", &Value::from(dotted(&path)), &case.expected("string"))
        }
        "managers-equals" => {
            let (left, right) = (owners(case, "input/lhs.yaml"), owners(case, "input/rhs.yaml"));
            equal("equal", &Value::from(left == right), &case.expected("equal"))
        }
        "managers-difference" => {
            let (left, right) = (owners(case, "input/lhs.yaml"), owners(case, "input/rhs.yaml"));
            equal("difference", &left.difference(&right), &owners(case, "expected.yaml"))
        }
        _ => Err("a kind of case that is not known".to_owned()),
    }
}

fn result(case: &Case, ok: bool) -> Outcome {
    let want = case.expected("result");
    equal("result", &if ok { "ok" } else { "error" }, &want.as_str().unwrap())
}

fn owners(case: &Case, file: &str) -> Owners {
    super::apply::owners(&yaml(case.text(file)).unwrap())
}

pub(super) fn path(value: &Value) -> Vec<PathElement> {
    let step = |step: &Value| PathElement::parse(step.as_str().unwrap()).unwrap().unwrap();
    value.as_array().unwrap().iter().map(step).collect()
}

pub(super) fn owned(value: &Value) -> Owned {
    Owned {
        fields: Fields::parse(&value["fields_v1"]).unwrap(),
        version: value["api_version"].as_str().unwrap().into(),
        applied: value["applied"].as_bool().unwrap(),
    }
}

pub(super) fn filter(value: &Value) -> Filter {
    let args = value["args"].as_array().unwrap();
    match value["kind"].as_str().unwrap() {
        "exclude_set" => Filter::Exclude(
            args.iter()
                .map(|set| Fields::parse(set).unwrap())
                .fold(Fields::default(), |all, set| all.union(&set)),
        ),
        "include_matchers" => {
            let step = |step: &Value| match step.as_str().unwrap() {
                "*" => Match::Any,
                text => Match::One(PathElement::parse(text).unwrap().unwrap()),
            };
            let prefix = |arg: &Value| {
                let steps: Vec<_> = arg.as_array().unwrap().iter().map(step).collect();
                Pattern::prefix(&steps)
            };
            Filter::Include(args.iter().map(prefix).reduce(Pattern::or).unwrap())
        }
        kind => panic!("filter {kind}"),
    }
}
