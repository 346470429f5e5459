//! Test cases of other projects, from the folder that `GITOPS_CORPORA` names.

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;
use std::{collections::BTreeMap, path::Path};

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) meta: Value,
    files: BTreeMap<String, String>,
}

impl Case {
    /// A file's text.
    pub(crate) fn text(&self, file: &str) -> &str {
        self.files.get(file).map(String::as_str).unwrap_or_default()
    }

    /// A file as YAML.
    pub(crate) fn yaml(&self, file: &str) -> Value {
        // Some of these objects have a key twice; the projects that they come from read the last.
        let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins };
        let value = serde_saphyr::from_str_with_options(self.text(file), options);
        value.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The documents of a file.
    pub(crate) fn documents(&self, file: &str) -> Vec<Value> {
        let documents = self.text(file).split("\n---\n").filter(|text| !text.trim().is_empty());
        documents.map(|text| serde_saphyr::from_str(text).unwrap()).collect()
    }

    /// The first input file that is YAML.
    pub(crate) fn object(&self) -> Value {
        let files = self.files.keys();
        let mut inputs = files.filter(|name| name.starts_with("input/") && name.ends_with(".yaml"));
        self.yaml(inputs.next().expect("a case has an object"))
    }
}

/// The cases of these kinds in a corpus, or `None`, said on standard output, without the folder.
pub(crate) fn cases(corpus: &str, kinds: &[&str]) -> Option<Vec<Case>> {
    let Some(folder) = std::env::var_os("GITOPS_CORPORA") else {
        println!("skipped: GITOPS_CORPORA is not set");
        return None;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join(corpus)).unwrap();
    let cases = text.lines().map(|line| {
        let case: Value = serde_json::from_str(line).unwrap();
        let files = case["files"].as_object().unwrap().iter();
        let text =
            |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_owned()));
        Case {
            name: case["case"].as_str().unwrap().to_owned(),
            kind: case["meta"]["kind"].as_str().unwrap_or_default().to_owned(),
            meta: case["meta"].clone(),
            files: files.filter_map(text).collect(),
        }
    });
    Some(cases.filter(|case| kinds.contains(&case.kind.as_str())).collect())
}

/// The id of an object.
pub(crate) fn id(object: &Value) -> gitops_core::model::ObjectId {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    gitops_core::model::ObjectId::new(group, text("/kind"), namespace, name)
}

/// Checks that exactly the cases on the list fail, so that every change of the count is noticed.
pub(crate) fn expect_failures(
    what: &str,
    total: usize,
    failed: &BTreeMap<String, String>,
    explained: &[(&str, &str)],
) {
    println!("{what}: {} of {total} as expected", total - failed.len());
    let known: BTreeMap<&str, &str> = explained.iter().copied().collect();
    for (case, how) in failed {
        match known.get(case.as_str()) {
            Some(why) => println!("  {case}: {how}: {why}"),
            None => panic!("{what}: {case} fails unexpectedly: {how}"),
        }
    }
    let passing: Vec<_> = known.keys().filter(|case| !failed.contains_key(**case)).collect();
    assert!(passing.is_empty(), "{what}: these pass by now: {passing:?}");
}
