//! structured-merge-diff's own cases about field sets. Its cases about merging, schemas and
//! values ask what only a server does; they are not asked here.

use crate::drift_corpus::{Case, ask, corpus};
use gitops_kube::fields::{Fields, PathElement};
use serde_json::Value;

fn set(case: &Case, name: &str) -> Fields {
    Fields::parse(&case.yaml(name)).unwrap()
}

fn expect<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("found {found:?}, wanted {wanted:?}")) }
}

#[test]
fn sets_are_read_as_the_server_reads_them() {
    let Some(cases) = corpus("smd") else { return };
    ask(&cases, &["fieldsv1-parse"], 44, &[], |case| {
        let value = serde_json::from_str::<Value>(case.text("input/set.json"));
        let fits = value.is_ok_and(|value| Fields::parse(&value).is_ok());
        expect(fits, case.yaml("expected.yaml")["result"] == "ok")
    });
    ask(&cases, &["fieldsv1-golden"], 4, &[], |case| {
        let value: Value = serde_json::from_str(case.text("input/set.json")).unwrap();
        let text = Fields::parse(&value).unwrap().to_value();
        let wanted = case.yaml("expected.yaml");
        expect(text, serde_json::from_str(wanted["serialized"].as_str().unwrap()).unwrap())
    });
    ask(&cases, &["path-element-parse"], 48, &[], |case| {
        let wanted = case.yaml("expected.yaml");
        let found = PathElement::parse(case.text("input/pe.txt")).ok().flatten();
        expect(found.is_some(), wanted["result"] == "ok")?;
        match (found, wanted["reserialized"].as_str()) {
            (Some(step), Some(text)) => expect(step.to_text(), text.to_owned()),
            _ => Ok(()),
        }
    });
}

#[test]
fn paths_are_printed_as_the_server_prints_them() {
    let Some(cases) = corpus("smd") else { return };
    let known = [(
        "path-string_field_with_space",
        "a name that is no plain word is written bare there; ours quotes it, so that a path is clear",
    )];
    ask(&cases, &["path-string"], 7, &known, |case| {
        let path = case.yaml("input/path.yaml");
        let steps =
            path.as_array().unwrap().iter().map(|step| {
                PathElement::parse(step.as_str().unwrap()).unwrap().unwrap().to_string()
            });
        let wanted = case.yaml("expected.yaml");
        expect(steps.collect::<String>(), wanted["string"].as_str().unwrap().to_owned())
    });
}

#[test]
fn sets_are_computed_with_as_the_server_does() {
    let Some(cases) = corpus("smd") else { return };
    ask(&cases, &["fieldset-equals"], 4, &[], |case| {
        let equal = set(case, "input/a.yaml") == set(case, "input/b.yaml");
        expect(Value::from(equal), case.yaml("expected.yaml")["equal"].clone())
    });
    ask(&cases, &["fieldset-union"], 1, &[], |case| {
        let union = set(case, "input/a.yaml").union(&set(case, "input/b.yaml"));
        expect(union, set(case, "expected.yaml"))
    });
    ask(&cases, &["fieldset-difference"], 4, &[], |case| {
        let (a, b) = (set(case, "input/a.yaml"), set(case, "input/b.yaml"));
        let wanted = case.yaml("expected.yaml");
        let parse = |name: &str| Fields::parse(&wanted[name]).unwrap();
        expect(a.difference(&b), parse("difference"))?;
        expect(a.recursive_difference(&b), parse("recursive_difference"))
    });
    ask(&cases, &["fieldset-leaves"], 5, &[], |case| {
        let mut leaves = Fields::default();
        set(case, "input/set.yaml").leaves().iter().for_each(|leaf| leaves.insert(leaf));
        expect(leaves, set(case, "expected.yaml"))
    });
}
