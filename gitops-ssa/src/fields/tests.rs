use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Floats that serde_json reads exactly as it wrote them.
        any::<i32>().prop_map(|x| Value::from(f64::from(x) / 4.0)),
        ".{0,6}".prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn step() -> impl Strategy<Value = PathElement> {
    prop_oneof![
        4 => "[a-c]|.{0,5}".prop_map(|name| PathElement::field(&name)),
        2 => proptest::collection::btree_map("name|port|.{0,3}", scalar(), 0..3)
            .prop_map(|key| PathElement::Key(Key::new(&key.into_iter().collect()))),
        1 => scalar().prop_map(|value| PathElement::Value(Scalar::new(&value))),
        1 => any::<i64>().prop_map(PathElement::Index),
    ]
}

fn set() -> impl Strategy<Value = Fields> {
    let path = proptest::collection::vec(step(), 1..5);
    proptest::collection::vec(path, 0..12).prop_map(|paths| {
        let mut fields = Fields::default();
        paths.iter().for_each(|path| fields.insert(path));
        fields
    })
}

/// Any JSON, rich in what looks like FieldsV1.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![scalar(), Just(json!({}))];
    leaf.prop_recursive(6, 40, 4, |inner| {
        let name = prop_oneof![
            "f:[a-c]",
            Just(".".to_owned()),
            Just("k:{\"name\":\"a\"}".to_owned()),
            Just("v:1".to_owned()),
            "[fkvixz]:.{0,4}",
            ".{0,3}",
        ];
        prop_oneof![
            3 => proptest::collection::btree_map(name, inner.clone(), 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            1 => proptest::collection::vec(inner, 0..3).prop_map(Value::Array),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(fields in set()) {
        prop_assert_eq!(Fields::parse(&fields.to_value()).unwrap(), fields);
    }

    #[test]
    fn any_json_is_read_or_refused(value in json()) {
        if let Ok(fields) = Fields::parse(&value) {
            prop_assert_eq!(Fields::parse(&fields.to_value()).unwrap(), fields);
        }
    }

    #[test]
    fn any_step_is_read_or_refused(text in "([fkvi]:)?.{0,12}") {
        if let Ok(Some(step)) = PathElement::parse(&text) {
            prop_assert_eq!(PathElement::parse(&step.to_text()).unwrap(), Some(step));
        }
    }

    #[test]
    fn union_and_difference_are_those_of_sets_of_paths(a in set(), b in set()) {
        let paths = |fields: &Fields| fields.paths().into_iter().collect::<std::collections::BTreeSet<_>>();
        let (pa, pb) = (paths(&a), paths(&b));
        prop_assert_eq!(paths(&a.clone().union(&b)), &pa | &pb);
        prop_assert_eq!(paths(&a.difference(&b)), &pa - &pb);
        let whole: Vec<_> = pa.iter().filter(|path| (1..=path.len()).all(|n| !b.contains(&path[..n]))).cloned().collect();
        prop_assert_eq!(a.recursive_difference(&b).paths(), whole);
    }

    #[test]
    fn every_path_put_in_is_found(fields in set()) {
        for path in fields.paths() {
            prop_assert!(fields.contains(&path));
        }
        for leaf in fields.leaves() {
            prop_assert!(fields.at(&leaf).unwrap().is_leaf());
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| (0..depth).fold(json!({}), |value, _| json!({ "f:a": value }));
    assert!(Fields::parse(&nested(127)).is_ok());
    assert_eq!(Fields::parse(&nested(128)).unwrap_err().problem, "too deep nesting");
}

#[test]
fn an_error_says_what_and_where_and_cannot_steer_a_terminal() {
    let error = Fields::parse(&json!({"f:a": {"k:\u{1b}[2J": {}}})).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
    assert!(error.to_string().contains("a key that is not a JSON object"), "{error}");
}

#[test]
fn steps_print_as_kubectl_prints_them() {
    let text = |step: &str| PathElement::parse(step).unwrap().unwrap().to_string();
    assert_eq!(text("f:image"), ".image");
    assert_eq!(text("f:a.b/c"), "[\"a.b/c\"]");
    assert_eq!(text("k:{\"protocol\":\"TCP\",\"port\":80}"), "[port=80,protocol=\"TCP\"]");
    assert_eq!(text("v:\"x\""), "[=\"x\"]");
    assert_eq!(text("i:3"), "[3]");
}

#[test]
fn places_finds_items_by_key_value_and_index() {
    let fields = Fields::parse(&json!({
        "k:{\"name\":\"b\"}": {}, "k:{\"name\":\"a\",\"port\":1}": {}, "v:1.0": {}, "i:1": {}, "i:9": {},
    }))
    .unwrap();
    let items =
        [json!({"name": "b"}), json!({"name": "a", "port": 1}), json!(1), json!({"name": "b"})];
    let found = places(&items, &fields);
    let at = |step: &str| found.get(&PathElement::parse(step).unwrap().unwrap()).cloned();
    assert_eq!(at("k:{\"name\":\"b\"}"), Some(vec![0, 3]));
    assert_eq!(at("k:{\"name\":\"a\",\"port\":1}"), Some(vec![1]));
    assert_eq!(at("v:1"), Some(vec![2]));
    assert_eq!(at("i:1"), Some(vec![1]));
    assert_eq!(at("i:9"), None);
}

#[test]
fn a_key_lacking_a_default_means_the_live_one() {
    let known = Fields::parse(&json!({"k:{\"port\":53,\"zone\":\"a\"}": {}})).unwrap();
    let names = KeyNames::of([&known]).unwrap();
    let live = [(names.key(&json!({"port": 53, "zone": "a"})).unwrap(), ())].into();
    let wanted = names.key(&json!({"port": 53})).unwrap();
    assert_eq!(names.live_key(&wanted, &live), names.key(&json!({"port": 53, "zone": "a"})));
    assert_eq!(names.live_key(&names.key(&json!({"port": 54})).unwrap(), &live), None);
    assert_eq!(names.key(&json!({"other": 1})), None);
    assert_eq!(names.key(&json!("text")), None);
}
