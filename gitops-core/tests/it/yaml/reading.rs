//! What files hold, and where it stands.

use super::{render, value, with_spec};
use gitops_core::{
    model::{Desired, ObjectId},
    render::Yaml,
};
use proptest::{collection, prelude::*};
use serde_json::{Value, json};

/// Every object with its place.
async fn places<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
    let desired = render(&Yaml::new([""]).unwrap(), files).await.unwrap();
    places_of(&desired)
}

fn places_of(desired: &Desired) -> Vec<String> {
    desired
        .objects()
        .map(|object| format!("{} {}", object.id(), object.origin().unwrap()))
        .collect()
}

#[tokio::test]
async fn identities_come_from_group_kind_namespace_and_name() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: null}\n---\n\
                apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:x'}\n";
    let desired = render(&Yaml::new([""]).unwrap(), [("f.yaml", text)]).await.unwrap();
    for id in [
        ObjectId::new("apps", "Deployment", "shop", "web"),
        ObjectId::new("", "Namespace", "", "shop"),
        ObjectId::new("rbac.authorization.k8s.io", "ClusterRole", "", "system:x"),
    ] {
        assert!(desired.get(&id).is_some(), "{id}");
    }
}

#[tokio::test]
async fn every_object_keeps_its_file_and_line() {
    let text = "# about a\n\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n# nothing\n---\n\
                --- # b\n# more about b\nkind: A\napiVersion: v1\nmetadata:\n  name: b\n...\n---\nnull\n\
                ---\n{apiVersion: v1, kind: A, metadata: {name: c}}\n";
    assert_eq!(
        places([("d/f.yml", text)]).await,
        ["A a d/f.yml:3", "A b d/f.yml:11", "A c d/f.yml:19"]
    );
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(places([("d/f.yml", &crlf)]).await.len(), 3);
    let marked = format!("\u{feff}{text}");
    assert_eq!(places([("d/f.yml", &marked)]).await[0], "A a d/f.yml:3");
    assert!(
        places([("f.yaml", ""), ("g.yaml", "# only words\n"), ("h.json", "")]).await.is_empty()
    );
}

#[tokio::test]
async fn lists_are_taken_apart() {
    let text = "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ''}\nitems:\n\
                - apiVersion: v1\n  kind: A\n  metadata: {name: a}\n\
                - &b\n  apiVersion: v1\n  kind: A\n  metadata: {name: b}\n\
                - apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: A, metadata: {name: c}}\n\
                ---\napiVersion: g/v1\nkind: RoleList\nitems:\n- metadata: {name: r}\n\
                ---\napiVersion: v1\nkind: List\nitems: []\n---\napiVersion: v1\nkind: List\nitems:\n\
                ---\napiVersion: v1\nkind: List\n";
    assert_eq!(
        places([("f.yaml", text)]).await,
        ["A a f.yaml:5", "A b f.yaml:9", "A c f.yaml:12", "Role.g r f.yaml:20"]
    );
    // A kind that ends in List and has none, and a kind with items that is no list.
    let text = "apiVersion: v1\nkind: AllowList\nmetadata: {name: a}\nspec: {}\n---\n\
                apiVersion: v1\nkind: Basket\nmetadata: {name: b}\nitems: [1, {x: 2}]\n---\n\
                apiVersion: v1\nkind: Basket\nmetadata: {name: c}\nitems: {x: 2}\n";
    let desired = render(&Yaml::new([""]).unwrap(), [("f.yaml", text)]).await.unwrap();
    assert_eq!(desired.len(), 3);
    let basket = desired.get(&ObjectId::new("", "Basket", "", "b")).unwrap();
    assert_eq!(basket.value()["items"], json!([1, {"x": 2}]));
}

#[tokio::test]
async fn json_files_are_json_and_may_follow_each_other() {
    let text = "\n{\n\t\"apiVersion\": \"v1\", \"kind\": \"A\",\n\t\"metadata\": {\"name\": \"a\"},\n\
                \t\"s\": \"\\ud83d\\ude00\\/\"\n}\n\n{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n\
                {\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"b\"}, \"n\": 1.0}]}";
    for name in ["f.json", "f.yaml"] {
        let desired = render(&Yaml::new([""]).unwrap(), [(name, text)]).await.unwrap();
        assert_eq!(places_of(&desired), [format!("A a {name}:2"), format!("A b {name}:8")]);
        let objects: Vec<Value> = desired.objects().map(|object| object.value()).collect();
        assert_eq!(objects[0]["s"], "\u{1F600}/");
        assert_eq!(objects[1]["n"].to_string(), "1");
    }
    // A flow mapping is no JSON, and no worse.
    let flow = "{apiVersion: v1, kind: A,\n metadata: {name: a}} # yes\n---\n{apiVersion: v1, kind: A, metadata: {name: b}}\n";
    assert_eq!(places([("f.yaml", flow)]).await, ["A a f.yaml:1", "A b f.yaml:4"]);
    let stream = "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n---\napiVersion: v1\nkind: A\nmetadata: {name: b}\n";
    assert_eq!(places([("f.yaml", stream)]).await, ["A a f.yaml:1", "A b f.yaml:3"]);
}

#[tokio::test]
async fn the_state_is_that_of_the_documents_and_not_of_their_form() {
    let block = with_spec("  a: 1\n  b: [x, 'y']\n");
    let flow = "{\"kind\":\"Foo\",\"spec\":{\"b\":[\"x\",\"y\"],\"a\":1.0},\"metadata\":{\"name\":\"x\"},\"apiVersion\":\"example.com/v1\"}";
    let yaml = Yaml::new([""]).unwrap();
    let one = render(&yaml, [("a.yaml", &block)]).await.unwrap();
    let other = render(&yaml, [("other/b.json", flow)]).await.unwrap();
    assert_eq!(one.digest(), other.digest());
}

/// Any JSON that a Kubernetes object can hold: integers of 64 bits, finite floats, any text.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|float| if float.fract() == 0.0 { 0.5.into() } else { float.into() }),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            collection::btree_map(text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What YAML takes for something else than text.
const TRICKY: &[&str] = &[
    "",
    "yes",
    "No",
    "on",
    "y",
    "0644",
    "1_000",
    "12:30",
    "~",
    "null",
    ".inf",
    "1e3",
    "<<",
    "=",
    "---",
    "- a",
    "a: b",
    "#c",
    " x ",
    "\ttab",
    "line\nbreak\n",
    "'",
    "\"",
    "*a",
    "&a",
    "!t",
    "%d",
    "@x",
    "[",
    "{}",
    "2020-01-01",
    "0x1F",
    "0b1",
    "1.",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "items",
    "?",
];

/// Text of all kinds.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => prop::sample::select(TRICKY).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~\\n]{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What is written as YAML, by another library's rules or as JSON, reads back equal.
    #[test]
    fn any_value_survives_being_written(spec in any_json()) {
        let object = json!({
            "apiVersion": "v1", "kind": "Foo", "metadata": {"name": "x"}, "spec": spec,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let yaml = serde_saphyr::to_string(&object).unwrap();
        let pretty = serde_json::to_string_pretty(&object).unwrap();
        for text in [&yaml, &pretty] {
            let found = runtime.block_on(value(text)).map_err(|error| {
                TestCaseError::fail(format!("{error}\n{text}"))
            })?;
            prop_assert_eq!(&found, &object, "{}", text);
        }
    }

    /// No text brings the renderer down.
    #[test]
    fn any_text_is_read_or_refused(text in "([ -~\\n\\t]|[{}\\[\\]:,&*!|>'\"#%?-]){0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let files = [("f.yaml", text.as_str())];
        if let Err(error) = runtime.block_on(render(&Yaml::new([""]).unwrap(), files)) {
            prop_assert!(error.origin().is_some(), "{}", error);
        }
    }
}
