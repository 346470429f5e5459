//! Test cases of evanphx/json-patch, of json-patch-tests and of apimachinery.

use super::schema::OpenApi;
use gitops_apiserver::patch::{json, merge, strategic};
use gitops_testkit::corpora::{Case, corpora};
use serde_json::{Value, json};
use std::{collections::BTreeMap, rc::Rc};

const ROOT: &str = "version 4 can only replace the whole document";
const NULL: &str = "version 4 takes a value that is left out for null";

/// Cases that ask for something else than what the server does, and why: the cases are those of
/// RFC 6902, and of version 5 of a library of which the server has version 4.13.
const OTHERWISE: [(&str, &str); 15] = [
    (
        "json-equality_Unicode",
        "version 4 compares texts: an escape differs from what it stands for",
    ),
    ("rfc6902-evanphx_BadCases-18", "about a limit of copied bytes, which the server doesn't set"),
    ("rfc6902-evanphx_BadCases-20", "version 4 replaces members that aren't there"),
    ("rfc6902-evanphx_BadCases-21", "version 4 copies a member that isn't there as null"),
    ("rfc6902-evanphx_Cases-0", "no object of a server is empty text"),
    ("rfc6902-evanphx_Cases-63", ROOT),
    ("rfc6902-evanphx_Cases-65", ROOT),
    ("rfc6902-evanphx_Cases-66", ROOT),
    ("rfc6902_tests-12", ROOT),
    ("rfc6902_tests-63", ROOT),
    ("rfc6902_tests-19", "version 4 has negative indices"),
    ("rfc6902_tests-77", NULL),
    ("rfc6902_tests-78", NULL),
    ("rfc6902_tests-79", NULL),
    ("rfc6902_tests-88", "version 4 reads indices as Go reads numbers"),
];

/// Options of version 5 that the server's version doesn't have.
const OPTIONS: [&str; 2] = ["allow_missing_path_on_remove", "ensure_path_exists_on_add"];

/// Kinds of cases about parts of Go's libraries that a server doesn't use.
const OTHER: [&str; 2] = ["json-merge-filter-null", "smp-sort-merge-lists"];

fn yaml(case: &Case, path: &str) -> Value {
    let text = case.text(path).unwrap();
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{}: {path}: {error}", case.id))
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Numbers by their value, not their form.
fn tidy(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|float| float.fract() == 0.0) {
                *value = json!(float);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => map.values_mut().for_each(tidy),
        _ => {}
    }
}

struct Schemas(BTreeMap<String, Rc<Value>>);

impl Schemas {
    fn of(&self, case: &Case) -> OpenApi {
        let file = case.meta["schema"].as_str().unwrap().rsplit('/').next().unwrap();
        let document = self.0[file].clone();
        let definition = case.meta["type"].as_str().unwrap();
        let schema = document["definitions"][definition].clone();
        assert!(schema.is_object(), "{definition}");
        OpenApi { document, schema }
    }
}

/// Applies a strategic merge patch.
fn applied(schema: &OpenApi, original: &Value, patch: &Value) -> Result<Value, String> {
    let patch = patch.to_string();
    strategic(original, patch.as_bytes(), schema, true)
        .map(|patched| patched.object)
        .map_err(|status| status.message)
}

/// What is wrong with our answer, `Some(None)` for a kind of case that isn't ours.
fn judge(case: &Case, schemas: &Schemas) -> Option<Result<(), String>> {
    let differs = |have: &Value, want: &Value| {
        let (mut a, mut b) = (have.clone(), want.clone());
        tidy(&mut a);
        tidy(&mut b);
        if a == b { Ok(()) } else { Err(format!("have {have}\n  want {want}")) }
    };
    let text = |path: &str| case.text(path).unwrap();
    if OPTIONS.iter().any(|option| case.meta[option] == true) {
        return Some(Ok(()));
    }
    Some(match case.meta["kind"].as_str().unwrap_or_default() {
        "rfc6902" | "rfc6902-evanphx" => {
            let expected = yaml(case, "expected.yaml");
            let have = json(text("input/doc.json"), text("input/patch.json").as_bytes(), false);
            match (
                have,
                expected["error"].as_bool(),
                expected.get("result"),
                expected.get("result_text"),
            ) {
                (Err(_), Some(true), _, _) | (Ok(_), Some(false), _, _) => Ok(()),
                (Ok(have), None, Some(want), _) => differs(&parsed(&have.text), want),
                (Ok(have), None, _, Some(want)) => match want.as_str().unwrap() {
                    "" if have.text.is_empty() => Ok(()),
                    want => differs(&parsed(&have.text), &parsed(want)),
                },
                (have, ..) => Err(format!("have {have:?}\n  want {expected}")),
            }
        }
        "rfc7386" => {
            let want = yaml(case, "expected.yaml");
            if want.is_null() {
                // No object of a server becomes null.
                let status = merge("{}", text("input/patch.json").as_bytes(), false).unwrap_err();
                return Some(if status.code == 400 { Ok(()) } else { Err(status.to_string()) });
            }
            match merge(text("input/doc.json"), text("input/patch.json").as_bytes(), false) {
                Ok(have) => differs(&parsed(&have.text), &want),
                Err(status) => Err(format!("have {status}\n  want {want}")),
            }
        }
        "json-equality" => {
            let want = yaml(case, "expected.yaml")["equal"].as_bool().unwrap();
            let document = format!("{{\"x\":{}}}", text("input/a.json"));
            let patch =
                format!(r#"[{{"op":"test","path":"/x","value":{}}}]"#, text("input/b.json"));
            match json(&document, patch.as_bytes(), true).is_ok() == want {
                true => Ok(()),
                false => Err(format!("want {want}")),
            }
        }
        "json-merge-three-way" => {
            let expected = yaml(case, "expected.yaml");
            let (current, patch) = (yaml(case, "input/current.yaml"), &expected["patch"]);
            let have = merge(&current.to_string(), patch.to_string().as_bytes(), true).unwrap();
            differs(&parsed(&have.text), &expected["result"])
        }
        "smp-apply" => {
            let (original, patch) =
                (yaml(case, "input/original.yaml"), yaml(case, "input/patch.yaml"));
            let expected = yaml(case, "expected.yaml");
            match (
                applied(&schemas.of(case), &original, &patch),
                expected.get("error").and_then(Value::as_str),
            ) {
                (Ok(have), None) => {
                    differs(&sorted(case, have), &sorted(case, expected["result"].clone()))
                }
                (Err(why), Some(want)) if why.contains(want) => Ok(()),
                (have, _) => Err(format!("have {have:?}\n  want {expected}")),
            }
        }
        kind @ ("smp-two-way" | "smp-three-way") => {
            let expected = yaml(case, "expected.yaml");
            let from =
                if kind == "smp-two-way" { "input/original.yaml" } else { "input/current.yaml" };
            let (original, patch) = (yaml(case, from), &expected["patch"]);
            if !patch.is_object() || !expected["result"].is_object() {
                // About making a patch, which fails.
                return Some(Ok(()));
            }
            match applied(&schemas.of(case), &original, patch) {
                Ok(have) => differs(&sorted(case, have), &sorted(case, expected["result"].clone())),
                Err(why) => Err(format!("have {why}\n  want {expected}")),
            }
        }
        "smp-number-conversion" => {
            let expected = yaml(case, "expected.yaml");
            let patch = parsed(expected["ExpectedPatch"].as_str().unwrap());
            let have = applied(&schemas.of(case), &parsed(text("input/old.json")), &patch);
            differs(&have.unwrap(), &parsed(expected["ExpectedResult"].as_str().unwrap()))
        }
        "smp-unknown-field" => {
            let expected = yaml(case, "expected.yaml");
            for (from, way) in [("Original", "TwoWay"), ("Current", "ThreeWay")] {
                let part = |name: &str| {
                    expected[format!("Expected{way}{name}")].as_str().unwrap_or_default().to_owned()
                };
                let patch = part("");
                if patch.is_empty() || !part("Err").is_empty() {
                    continue;
                }
                let original = parsed(text(&format!("input/{from}.json")));
                let have = applied(&schemas.of(case), &original, &parsed(&patch));
                let judged = match have {
                    Ok(have) => differs(&have, &parsed(&part("Result"))),
                    Err(why) => Err(format!("{way}: {why}")),
                };
                if judged.is_err() {
                    return Some(judged);
                }
            }
            Ok(())
        }
        _ => return None,
    })
}

/// Lists that merge in the order of their keys, for cases that compare so.
fn sorted(case: &Case, mut value: Value) -> Value {
    fn sort(value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(sort);
                items.sort_by_key(ToString::to_string);
            }
            Value::Object(map) => map.values_mut().for_each(sort),
            _ => {}
        }
    }
    if case.meta["compare"] != "exact order" {
        sort(&mut value);
    }
    value
}

#[test]
fn cases_of_the_libraries() {
    let Some(corpora) = corpora("patches") else { return };
    let cases: Vec<Case> = corpora.cases("patches").unwrap().map(Result::unwrap).collect();
    let schemas = cases.iter().find(|case| case.id == "_schemas").unwrap();
    let names = schemas.files.keys();
    let schemas = names.map(|name| (name.clone(), Rc::new(yaml(schemas, name)))).collect();
    let schemas = Schemas(schemas);
    let (mut seen, mut failed) = (0, Vec::new());
    for case in cases.iter().filter(|case| case.id != "_schemas") {
        let Some(judged) = judge(case, &schemas) else {
            let kind = case.meta["kind"].as_str().unwrap();
            assert!(OTHER.contains(&kind), "{kind} is not tried");
            continue;
        };
        seen += 1;
        let otherwise = OTHERWISE.iter().find(|(id, _)| *id == case.id);
        match (judged, otherwise) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(_)) => failed.push(format!("{}: it is as the case wants it", case.id)),
            (Err(why), None) => failed.push(format!("{}: {}\n  {why}", case.id, case.meta)),
        }
    }
    println!("{seen} cases");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(seen > 350, "{seen}");
}
