//! Other projects' own test cases about drift and masking, put to our pure functions.
//!
//! Asked are the cases whose question our functions answer: Flux's masking and its comparison of
//! two documents, Argo CD's comparison with a server's dry-run and its hiding of secrets. Not asked
//! are: Argo's client-side three-way and structured-merge diffs (`diff`, `diff-structured-merge`:
//! we ask the server), `managed-fields-normalize` and ignore rules (whose changes to leave alone is
//! the app's configuration, not the diff's), `jsondiff-copy-metadata` (a step inside Flux's
//! algorithm) and `immutable-error` (errors are told apart where requests are made).

use gitops_core::model::{FieldChange, printable};
use gitops_kube::{
    diff::{Mask, changes, masked, settled},
    fields::PathElement,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, path::Path};

/// One case of a corpus.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) meta: Value,
    files: BTreeMap<String, Value>,
}

impl Case {
    /// A file, parsed as YAML.
    pub(crate) fn yaml(&self, name: &str) -> Value {
        serde_saphyr::from_str(self.text(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.files[name].as_str().unwrap()
    }
}

/// The cases of one corpus; `None` without the corpora: the test is skipped, saying so.
pub(crate) fn corpus(name: &str) -> Option<Vec<Case>> {
    let Some(folder) = std::env::var_os("GITOPS_CORPORA") else {
        println!("skipped: GITOPS_CORPORA is not set");
        return None;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join(format!("{name}.jsonl"))).unwrap();
    let case = |line: &str| {
        let mut case: Value = serde_json::from_str(line).unwrap();
        Case {
            name: case["case"].as_str().unwrap().to_owned(),
            kind: case["meta"]["kind"].as_str().unwrap_or_default().to_owned(),
            meta: case["meta"].take(),
            files: serde_json::from_value(case["files"].take()).unwrap(),
        }
    };
    Some(text.lines().map(case).collect())
}

/// Puts a question to all cases of some kinds. The cases that fail must be exactly those listed,
/// each with the reason why it does.
pub(crate) fn ask(
    cases: &[Case],
    kinds: &[&str],
    asked: usize,
    known: &[(&str, &str)],
    question: impl Fn(&Case) -> Result<(), String>,
) {
    let cases: Vec<&Case> = cases.iter().filter(|case| kinds.contains(&&*case.kind)).collect();
    let failed: Vec<(&str, String)> =
        cases.iter().filter_map(|case| Some((&*case.name, question(case).err()?))).collect();
    println!("{kinds:?}: {} of {} pass", cases.len() - failed.len(), cases.len());
    assert_eq!(cases.len(), asked);
    let mut expected: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    let mut names: Vec<&str> = failed.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert_eq!(names, expected, "{failed:#?}");
}

fn is(found: &Value, wanted: &Value) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("found {found}, wanted {wanted}")) }
}

/// A Secret with this content.
fn secret(content: &Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": "Secret"});
    for (name, value) in content.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    object
}

#[test]
fn flux_masks() {
    let Some(cases) = corpus("flux") else { return };
    ask(&cases, &["jsondiff-mask"], 8, &[], |case| {
        let expected = case.yaml("expected.yaml");
        let input = case.yaml("input/args.yaml");
        let side = |name: &str, patch: &Value| {
            let mut object = json!({"apiVersion": "v1", "kind": "Secret"});
            for operation in patch.as_array().unwrap() {
                let path = operation["path"].as_str().unwrap();
                if operation[name].is_null() {
                    continue;
                }
                let mut place = &mut object;
                for token in path[1..].split('/') {
                    place = &mut place[token];
                }
                *place = operation[name].clone();
            }
            object
        };
        let (before, after) = (side("old_value", &input["patch"]), side("value", &input["patch"]));
        let (before, after) = masked(before, after, &Mask::default());
        is(&before, &side("old_value", &expected["want"]))?;
        is(&after, &side("value", &expected["want"]))
    });
    ask(&cases, &["sanitize-secret"], 5, &[], |case| {
        let (input, expected) = (case.yaml("input/args.yaml"), case.yaml("expected.yaml"));
        let (input, expected) = (&input["input"], &expected["want"]);
        let (old, new) = masked(secret(&input["old"]), secret(&input["new"]), &Mask::default());
        is(&old, &secret(&expected["old"]))?;
        is(&new, &secret(&expected["new"]))
    });
}

#[test]
fn flux_compares() {
    let Some(cases) = corpus("flux") else { return };
    let known = [
        (
            "jsondiff-object_Test_diffUnstructured_data_change_with_rationalization",
            "a way of showing: one replacement of the whole map; ours lists the fields",
        ),
        (
            "jsondiff-object_Test_diffUnstructured_metadata_changed",
            "metadata is compared in another step there; ours compares all of the object",
        ),
        (
            "jsondiff-metadata_Test_diffUnstructuredMetadata_annotation_removed",
            "removals are not looked at there; a prediction keeps what is not ours",
        ),
        (
            "jsondiff-metadata_Test_diffUnstructuredMetadata_label_removed",
            "removals are not looked at there; a prediction keeps what is not ours",
        ),
    ];
    ask(&cases, &["jsondiff-object", "jsondiff-metadata"], 10, &known, |case| {
        let (input, expected) = (case.yaml("input/args.yaml"), case.yaml("expected.yaml"));
        let (before, after) = settled(input["x"].clone(), input["y"].clone());
        let found: Vec<Value> = changes(&before, &after).iter().map(operation).collect();
        let mut wanted = expected["want"].clone();
        for operation in wanted.as_array_mut().unwrap() {
            let path = operation["path"].as_str().unwrap();
            let steps = path[1..].split('/').map(|token| PathElement::field(token).to_string());
            operation["path"] = steps.collect::<String>().into();
        }
        is(&found.into(), &wanted)
    });
}

/// A change as Flux writes it.
fn operation(change: &FieldChange) -> Value {
    let op = match (&change.before, &change.after) {
        (None, _) => "add",
        (_, None) => "remove",
        _ => "replace",
    };
    let mut map =
        Map::from_iter([("op".into(), op.into()), ("path".into(), change.path.clone().into())]);
    map.extend(change.after.clone().map(|value| ("value".into(), value)));
    map.extend(change.before.clone().map(|value| ("old_value".into(), value)));
    Value::Object(map)
}

#[test]
fn argo_compares_with_a_dry_run() {
    let Some(cases) = corpus("argo") else { return };
    let known: [(&str, &str); 0] = [];
    ask(&cases, &["diff-server-side"], 10, &known, |case| {
        let args = case.yaml("input/args.yaml");
        let expected = case.yaml("expected.yaml");
        let options = case.meta["options"].as_array().unwrap();
        let predicted = options.iter().find_map(|option| option.get("WithServerSideDryRunner"));
        let predicted = predicted.unwrap()[0].clone();
        let (live, predicted) = settled(args[1].clone(), predicted);
        let (live, predicted) = masked(live, predicted, &Mask::default());
        let listed: Vec<String> =
            changes(&live, &predicted).iter().map(ToString::to_string).collect();
        for check in expected.as_array().unwrap() {
            if check["on"] == "result.Modified" && check["value"] != (live != predicted) {
                return Err(format!("wanted {}, found {listed:#?}", check["value"]));
            }
            // The annotation's name is no secret, its content is.
            let text = check["value"].as_str().unwrap_or_default();
            if check["op"] == "notcontains" && text.ends_with('=') && listed.concat().contains(text)
            {
                return Err(format!("shows {text}"));
            }
        }
        Ok(())
    });
}

#[test]
fn argo_hides_secrets() {
    let Some(cases) = corpus("argo") else { return };
    let known = [];
    ask(&cases, &["hide-secret-data"], 9, &known, |case| {
        let args = case.yaml("input/args.yaml");
        let hidden = args[2].as_object().into_iter().flatten();
        let mask = hidden.fold(Mask::default(), |mask, (name, _)| mask.annotation(name));
        let (live, target) = masked(args[1].clone(), args[0].clone(), &mask);
        let expected = case.yaml("expected.yaml");
        for check in expected.as_array().unwrap() {
            let (Some(on), "eq") = (check["on"].as_str(), check["op"].as_str().unwrap()) else {
                continue;
            };
            let Some((side, rest)) = on.split_once(".Object/") else { continue };
            let Some((path, name)) = rest.split_once("[\"") else { continue };
            let name = name.trim_end_matches(')').trim_end_matches("\"]");
            let object = match side.trim_start_matches("exists(") {
                "target" => &target,
                "live" => &live,
                _ => continue,
            };
            let found = object.pointer(&format!("/{path}")).and_then(|map| map.get(name));
            let wanted = &check["value"];
            let fits = match wanted.as_str() {
                _ if on.starts_with("exists(") => found.is_some() == *wanted,
                // Whatever the mark: hidden is hidden.
                Some(text) if text.contains("++++") => {
                    found.and_then(Value::as_str).is_some_and(|text| text.starts_with("***"))
                }
                _ => found == Some(wanted),
            };
            if !fits {
                return Err(format!("{}: found {found:?}, wanted {wanted}", printable(on)));
            }
        }
        Ok(())
    });
}
