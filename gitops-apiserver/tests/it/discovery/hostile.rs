//! What nobody should ask or define.

use super::{definitions, lab::ours};
use gitops_apiserver::discovery::{Catalog, Custom, compare_versions};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Words that mean something here, and any others.
fn word() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        "api",
        "apis",
        "v1",
        "apps",
        "openapi",
        "v2",
        "v3",
        "healthz",
        "version",
        "%2F",
        "%",
        "..",
        "stable.example.com",
        "/",
        "é",
    ]);
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => "[ -~]{0,8}"]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        select(vec!["object", "array", "string", ""]).prop_map(Value::from),
    ];
    let name = select(vec![
        "properties",
        "items",
        "required",
        "type",
        "nullable",
        "additionalProperties",
        "anyOf",
        "allOf",
        "not",
        "default",
        "enum",
        "x-kubernetes-int-or-string",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-preserve-unknown-fields",
        "$ref",
        "a",
    ]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let fields = vec((name.clone(), inner.clone()), 0..5);
        let object = fields.prop_map(|fields| {
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
            Value::Object(fields.collect::<Map<_, _>>())
        });
        prop_oneof![2 => object, 1 => vec(inner, 0..4).prop_map(Value::Array)]
    })
}

fn stored(mut definition: Value) -> Value {
    definition["status"] = json!({
        "acceptedNames": definition["spec"]["names"],
        "conditions": [{"type": "Established", "status": "True"}],
    });
    definition
}

proptest! {
    #[test]
    fn any_question_has_an_answer(
        path in vec(word(), 0..6),
        query in "[a-z&=%+]{0,20}",
        accept in "[a-z/*;,=q0-9. \"]{0,40}",
    ) {
        let path = format!("/{}?{query}", path.join("/").replace('?', ""));
        let custom = Custom::of_definition(&stored(definitions::widgets()));
        let catalog = Catalog { address: "a", custom: &custom };
        if let Some(answer) = ours(&catalog, "GET", &path, &[("accept", &accept)]) {
            prop_assert!(answer.code >= 200 && answer.code < 500);
        }
    }

    #[test]
    fn any_definition_is_read(mut definition in json_value(), inner in json_value()) {
        Custom::of_definition(&definition);
        if definition.is_object() {
            definition["status"] = inner.clone();
            definition["spec"] = inner;
            Custom::of_definition(&definition);
        }
    }

    /// Stable versions before all others, and no two answers to one question.
    #[test]
    fn versions_have_one_order(a in "v?[0-9]{0,2}(alpha|beta|x)?[0-9]{0,2}", b in "v[0-9]{1,2}", c in "v[1-9]beta[1-9]") {
        prop_assert_eq!(compare_versions(&a, &b), compare_versions(&b, &a).reverse());
        prop_assert_eq!(compare_versions(&b, &c), Ordering::Less);
        prop_assert_eq!(compare_versions(&a, &a), Ordering::Equal);
    }
}

proptest! {
    // Documents are large.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The server refuses most of these when they are made; whoever calls this may not.
    #[test]
    fn any_schema_makes_documents(schema in json_value()) {
        let mut definition = stored(definitions::widgets());
        definition["spec"]["versions"][1]["schema"]["openAPIV3Schema"] = schema;
        let custom = Custom::of_definition(&definition);
        let catalog = Catalog { address: "", custom: &custom };
        let path = "/openapi/v3/apis/stable.example.com/v1";
        for accept in ["*/*", "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"] {
            let answer = ours(&catalog, "GET", path, &[("accept", accept)]).unwrap();
            prop_assert_eq!(answer.code, 200);
        }
    }
}

/// Clients keep documents by their hash for good.
#[test]
fn another_schema_has_another_hash() {
    let index = |definition: Value| {
        let custom = Custom::of_definition(&stored(definition));
        let catalog = Catalog { address: "", custom: &custom };
        let index = ours(&catalog, "GET", "/openapi/v3", &[]).unwrap().json();
        index["paths"].as_object().unwrap().clone()
    };
    let before = index(definitions::widgets());
    let mut changed = definitions::widgets();
    changed["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["description"] = json!("Other.");
    let after = index(changed);
    let differ = before.keys().filter(|path| before[*path] != after[*path]);
    assert_eq!(differ.collect::<Vec<_>>(), ["apis/stable.example.com/v1"]);
    assert_eq!(before, index(definitions::widgets()));
}

/// The example of the documentation, "Version priority" of CustomResourceDefinitions.
#[test]
fn versions_are_sorted_as_documented() {
    let documented = [
        "v10",
        "v2",
        "v1",
        "v11beta2",
        "v10beta3",
        "v3beta1",
        "v12alpha1",
        "v11alpha2",
        "foo1",
        "foo10",
    ];
    let mut sorted = documented;
    sorted.reverse();
    sorted.sort_by(|a, b| compare_versions(a, b));
    assert_eq!(sorted, documented);
}
