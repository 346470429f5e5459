//! The test cases of structured-merge-diff, all of them, where they are at hand.

mod apply;
mod field_sets;
mod typed;

use gitops_ssa::{
    fields::Fields,
    schema::{Schema, TypeRef},
    typed::{Duplicates, Typed},
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Cases that fail, with the reason: the case or the code.
const KNOWN: &[(&str, &str)] = &[(
    "json-parse_ok-byteOrderMark",
    "the case: bytes that are not UTF-8, which Go passes on and we refuse; its expectation can't \
     be written as text either",
)];

/// How many cases there are. A change is noticed.
const CASES: usize = 727;

struct Case {
    id: String,
    meta: Value,
    files: BTreeMap<String, String>,
}

type Outcome = Result<(), String>;

impl Case {
    fn parse(line: &str) -> Self {
        let value: Value = serde_json::from_str(line).unwrap();
        let files = value["files"].as_object().unwrap().iter();
        let text = |value: &Value| match value.as_str() {
            Some(text) => text.to_owned(),
            // Bytes that are not UTF-8: what a reader of text makes of them.
            None => String::from_utf8_lossy(&base64(value["base64"].as_str().unwrap())).into(),
        };
        Case {
            id: value["case"].as_str().unwrap().to_owned(),
            meta: value["meta"].clone(),
            files: files.map(|(name, value)| (name.clone(), text(value))).collect(),
        }
    }

    fn text(&self, name: &str) -> &str {
        &self.files[name]
    }

    fn yaml(&self, name: &str) -> Value {
        yaml(self.text(name)).unwrap_or_else(|error| panic!("{}: {name}: {error}", self.id))
    }

    fn expected(&self, name: &str) -> Value {
        self.yaml("expected.yaml")[name].clone()
    }

    fn fields(&self, name: &str) -> Fields {
        Fields::parse(&self.yaml(name)).unwrap()
    }

    fn type_in(&self, schema: &str) -> (Arc<Schema>, TypeRef) {
        if !self.files.contains_key(schema) {
            return (Arc::new(Schema::deduced()), TypeRef::deduced());
        }
        let schema = Schema::read(&self.yaml(schema)).unwrap();
        (Arc::new(schema), TypeRef::named(self.meta["type"].as_str().unwrap()))
    }

    fn typed(&self, file: &str, duplicates: Duplicates) -> Result<Typed, String> {
        let (schema, of) = self.type_in("input/schema.yaml");
        self.typed_as(file, &schema, &of, duplicates)
    }

    fn typed_as(
        &self,
        file: &str,
        schema: &Arc<Schema>,
        of: &TypeRef,
        duplicates: Duplicates,
    ) -> Result<Typed, String> {
        Typed::new(self.yaml(file), schema, of, duplicates).map_err(|error| error.to_string())
    }

    fn run(&self) -> Outcome {
        yaml(self.text("expected.yaml")).map_err(|error| format!("expected.yaml: {error}"))?;
        match self.meta["kind"].as_str().unwrap() {
            "merge" => apply::run(self),
            kind if kind.starts_with("typed-") => typed::run(kind, self),
            kind => field_sets::run(kind, self),
        }
    }
}

fn yaml(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str(text).or_else(|error| {
        // The suite's own reader stops after the first value; one case has a brace too many.
        let first = serde_json::Deserializer::from_str(text).into_iter().next();
        first.and_then(Result::ok).ok_or_else(|| error.to_string())
    })
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, want: &T) -> Outcome {
    if got == want {
        return Ok(());
    }
    Err(format!("{what}:\n  got  {got:?}\n  want {want:?}"))
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits =
            bits << 6 | u32::try_from(ALPHABET.iter().position(|b| *b == byte).unwrap()).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    out
}

#[test]
fn all_cases() {
    let Some(folder) = std::env::var_os("GITOPS_CORPORA") else {
        println!("skipped: GITOPS_CORPORA is not set");
        return;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("smd.jsonl")).unwrap();
    let cases: Vec<_> = text.lines().map(Case::parse).collect();
    let mut failed = BTreeMap::new();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in &cases {
        let count = counts.entry(case.meta["kind"].as_str().unwrap()).or_default();
        count.1 += 1;
        match case.run() {
            Ok(()) => count.0 += 1,
            Err(problem) => drop(failed.insert(&*case.id, problem)),
        }
    }
    for (kind, (passed, all)) in &counts {
        println!("{kind}: {passed} of {all}");
    }
    for (id, problem) in &failed {
        println!("{id}: {problem}");
    }
    println!("{} of {} pass", cases.len() - failed.len(), cases.len());
    let known: Vec<_> = KNOWN.iter().map(|(id, _)| *id).collect();
    assert_eq!(failed.into_keys().collect::<Vec<_>>(), known, "other cases fail than are known to");
    assert_eq!(cases.len(), CASES);
}
