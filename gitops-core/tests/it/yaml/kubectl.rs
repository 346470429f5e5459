//! kubectl as the oracle. It is looked for in `KUBEBUILDER_ASSETS`; without it these tests say so
//! and pass. `kubectl label --local` reads files and prints what it understood, without a server.

use super::{corpora, snapshot, value, with_spec};
use gitops_core::{render::Yaml, stage::Renderer};
use gitops_testkit::fake::MemoryTree;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn kubectl() -> Option<PathBuf> {
    let found =
        std::env::var_os("KUBEBUILDER_ASSETS").map(|assets| Path::new(&assets).join("kubectl"));
    let found = found.filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: no kubectl in KUBEBUILDER_ASSETS");
    }
    found
}

/// The objects that kubectl reads below a path, or its complaint.
fn read(kubectl: &Path, path: &Path) -> Result<Vec<Value>, String> {
    let output = Command::new(kubectl)
        .args(["label", "--local", "-o", "json", "-R", "-f"])
        .arg(path)
        .arg("gitops-test-mark=x")
        .output()
        .unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let stream = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    Ok(stream
        .map(|value| {
            let mut value = value.unwrap();
            let metadata = value["metadata"].as_object_mut().unwrap();
            let labels = metadata["labels"].as_object_mut().unwrap();
            labels.remove("gitops-test-mark");
            if labels.is_empty() {
                metadata.remove("labels");
            }
            value
        })
        .collect())
}

/// Numbers as Go holds them: what 64 bits with a sign can't hold is a float.
fn numbers(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_i64() => *value = number.as_f64().unwrap().into(),
        Value::Array(list) => list.iter_mut().for_each(numbers),
        Value::Object(map) => map.values_mut().for_each(numbers),
        _ => {}
    }
}

#[tokio::test]
async fn values_are_read_as_kubectl_reads_them() {
    let Some(kubectl) = kubectl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.yaml");
    let mut wrong = Vec::new();
    let cases = CASES.iter().map(|spec| (*spec, true));
    let differences = DIFFERENCES.iter().map(|spec| (*spec, false));
    for (spec, agree) in cases.chain(differences) {
        let text = with_spec(spec);
        fs::write(&file, &text).unwrap();
        let expected = read(&kubectl, &file).map(|mut objects| {
            let mut spec = objects.remove(0)["spec"].take();
            numbers(&mut spec);
            spec
        });
        let found = value(&text).await.map(|mut object| object["spec"].take());
        let agreed = match (&expected, &found) {
            (Ok(expected), Ok(found)) => expected == found,
            (Err(_), Err(_)) => true,
            _ => false,
        };
        if agreed != agree {
            wrong.push(format!("{spec}\n  kubectl: {expected:?}\n  we: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} cases agree, {} differences are known", CASES.len(), DIFFERENCES.len());
}

/// Where we differ and know it: a case that begins to agree belongs above.
const DIFFERENCES: &[&str] = &[
    // A boolean in an unusual spelling: kubectl sees a string.
    "  a: oN",
    // Underscores where nobody puts them: kubectl sees numbers, we see strings.
    "  {a: 1__0, b: 1_}",
    "  a: 1_0.5",
    "  a: 685.230_15e+03",
    // Keys that look like booleans: kubectl makes them "true", we keep the spelling.
    "  y: c",
    "  True: c",
    // Too large for any number: kubectl sees a string, we refuse it.
    "  a: 1e999",
    // Bytes that are no text: kubectl replaces them, we refuse them.
    "  a: !!binary /w==",
    // kubectl refuses pairs of surrogates in YAML (not in JSON); we read them.
    "  a: \"\\ud83d\\ude00\"",
    // kubectl refuses a tab before a key; we read over it.
    "  \ta: b",
    // A byte order mark in the middle: kubectl keeps it, we refuse it.
    "  a: \u{feff}x",
    // A line break of YAML 1.1 that 1.2 took back.
    "  a: 'x\u{85}y'",
    // Merging a list by its alias: kubectl refuses it, we merge its entries.
    "  a: &x [{k: 1}]\n  b:\n    <<: *x",
];

const CASES: &[&str] = &[
    "  {a: yes, b: no, c: on, d: off, e: y, f: n, g: True, h: FALSE, i: Yes, k: Y, l: N}",
    "  a: \"yes\"\n  b: 'no'",
    "  {a: 0644, b: 0o644, c: 08, d: 0x1F, e: 0b11, f: -0644, g: 00, h: 0, i: -0, j: 007, k: +7}",
    "  {a: 0O17, b: 0X1f, c: 0B11, d: -0x1F, e: -0b11, f: 09, g: 0o8, h: 0_7}",
    "  {a: 1_000, c: _1}",
    "  a: 12:30:45\n  b: 22:22\n  c: 190:20:30.15",
    "  {a: 2020-01-01, b: 2001-12-14t21:59:43.10-05:00, c: 2001-12-14 21:59:43}",
    "  {a: 1e3, b: .5, c: 5., d: +1, e: 1.0, f: 0.1, g: 1E6, h: 1e400x, i: -0.0, j: 1e+3, k: .e1}",
    "  {b: 1e21, c: 1e18, d: 1e19, e: 1.5e300, f: 9007199254740993, g: 1e-7}",
    "  {a: 18446744073709551615, b: 18446744073709551616, c: -9223372036854775808}",
    "  {a: 123456789012345678901234567890, b: 9223372036854775807, c: 9223372036854775808}",
    "  {a: -9223372036854775809, b: 0xFFFFFFFFFFFFFFFF, c: 0x7FFFFFFFFFFFFFFF}",
    "  a: .inf",
    "  a: -.Inf",
    "  a: .NaN",
    "  {a: .INF, b: x}",
    "  a: inf\n  b: nan\n  c: Infinity\n  d: -inf",
    "  {a: ~, b: null, c: , d: '', e: Null, f: NULL, g: nULL}",
    "  a: &x {a: 1, b: 2}\n  c:\n    <<: *x\n    b: 3",
    "  a: &x {a: 1}\n  z: &z {a: 2, c: 3}\n  c:\n    <<: [*x, *z]\n    b: 3",
    "  a: &x [1, 2]\n  b: *x",
    "  a: &x [1]\n  b: *y",
    "  {1: a, 1.5: d, -3: e}",
    "  ~: c",
    "  [a]: c",
    "  true: c",
    "  {a: !!str 123, b: !!int \"5\", d: !!binary aGVsbG8=, e: !!float 3, f: !!bool \"true\"}",
    "  a: !!null ''\n  b: !!str\n  c: !!str ~",
    "  c: !foo bar\n  d: ! 12",
    "  a: !!int x",
    "  a: |\n    x\n    y\n  b: >-\n    x\n    y\n\n    z\n  c: |+\n    k\n\n  d: \"l\\\n    m\"",
    "  a: |2\n      x\n    y",
    "  a:\n  - b\n  - c\n  d: [e,\n f]",
    "  a: b # c\n  d: 'e # f'\n  url: http://x#y",
    "  a: \"\\U0001F600\\u00e9\\x41\\e\"\n  b: \u{1F600}",
    "  a: =\n  b: [=, <]\n  c: <",
    "  a: @x",
    "  a: `x`",
    "  a: %x",
    "  a: b: c",
    "  a: 'it''s'\n  b: \"a\\\"b\"",
    "  a: - b",
    "  a: x\n   b: y",
    "  ? a\n  : b\n  ? c",
    "  a: [1, 2,]\n  b: {x: 1,}",
    "  a: [, 1]",
    "  {a: b, c}",
    "  a: 1\n  a: 2\n  x: [",
    "  a: \"x\ty\"\n  b: 'x\n\n    y'",
    "  a:\tb",
    "  a: #x\n  b: x#y",
    "  a: \"x\u{2028}y\"",
    "  'quoted key': 1\n  \"another\": 2",
    "  a: 1.2.3\n  b: v1\n  c: 1.10\n  d: \"1.10\"\n  e: 10Mi\n  f: 1e3Mi",
    "  a: {b: c}d",
    "  a: ''\n  b: \"\"\n  c: {}\n  d: []",
    "  a: 0777\n  b: 0400\n  c: \"0400\"\n  d: 256",
    "  a: 0.0\n  b: 00.5\n  c: -1.5e-3\n  d: 1.e3\n  e: 1e",
    "  a: &x\n    b: 1\n  c:\n    <<: *x\n    <<: *x",
    "  a: *x\n  b: &x 1",
    "  a: <<\n  b: '<<'",
    "  '<<': {a: 1}",
    "  a: [a b, 'c', \"d\", e: f]",
    "  a: {\"b\":1,'c':2}",
    "  a: [\"b\":c]",
    "  a: x\n  ...\n  b: y",
    "  a: >\n\n    x\n\n\n    y\n     z\n  b: |-\n    t   \n",
];

#[tokio::test]
async fn real_repositories_are_read_as_kubectl_reads_them() {
    let Some(kubectl) = kubectl() else { return };
    let Some(corpora) = corpora::folder() else { return };
    for name in ["kube-prometheus", "cmo"] {
        let workload = corpora::Workload::unpack(&corpora, name);
        let expected = read(&kubectl, &workload.tree).unwrap();
        let tree: MemoryTree = workload.files();
        let desired = Yaml::new([""]).unwrap().render(&snapshot(tree)).await.unwrap();
        let key = |value: &Value| {
            ["/kind", "/metadata/namespace", "/metadata/name"]
                .map(|path| value.pointer(path).and_then(Value::as_str).unwrap_or("").to_owned())
        };
        let found: BTreeMap<_, _> =
            desired.objects().map(|object| (key(&object.value()), object.value())).collect();
        assert_eq!(found.len(), expected.len());
        for mut value in expected {
            numbers(&mut value);
            let key = key(&value);
            assert!(found[&key] == value, "{key:?} differs");
        }
    }
}
