//! Laws of the reader of JSON.

use gitops_apiserver::builtin::types::{json, kind};
use proptest::prelude::*;
use serde_json::Value;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Go makes integers of whole floats.
        any::<i32>().prop_map(|whole| Value::from(f64::from(whole) + 0.5)),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,3}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    /// What another library writes is read as it was.
    #[test]
    fn documents_are_read_whole(value in value()) {
        let text = serde_json::to_vec_pretty(&value).unwrap();
        let (read, strict) = json::read(&text).unwrap();
        let raw = json::parse(&text).unwrap().raw().unwrap();
        prop_assert_eq!(&raw, &value);
        prop_assert_eq!(strict, Vec::<String>::new());
        prop_assert_eq!(&read, &value);
    }

    /// Broken documents are refused when another library refuses them, and nothing panics.
    #[test]
    fn broken_documents_are_refused(value in value(), at in any::<usize>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = at % text.len();
        text[at] = byte & 0x7f;
        let ours = json::parse(&text);
        let theirs = serde_json::from_slice::<Value>(&text);
        // Go takes what is no UTF-8, halves of surrogates, and floats that are out of range.
        let lenient = std::str::from_utf8(&text).map_or(true, |text| text.contains(['\\', 'e', 'E']));
        if !lenient {
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}", String::from_utf8_lossy(&text));
        }
    }

    /// Whatever arrives, there is an answer.
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(node) = json::parse(&bytes) {
            let _ = json::version_and_kind(&node);
            let _ = kind("v1", "Pod").unwrap().decode_json(&node);
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(json::parse(&nested(json::DEPTH)).is_ok());
    let refused = json::parse(&nested(json::DEPTH + 1)).unwrap_err().to_string();
    assert_eq!(refused, "invalid character '[' exceeded max depth");
    assert!(json::parse(&vec![b'['; 1_000_000]).is_err());
}

#[test]
fn bytes_that_are_no_text_are_replaced_one_by_one() {
    let read = json::read(b"{\"a\":\"x\xff\xfe\xc3y\",\"b\":\"\\ud800\\u0041\"}").unwrap().0;
    assert_eq!(read["a"], "x\u{fffd}\u{fffd}\u{fffd}y");
    assert_eq!(read["b"], "\u{fffd}A");
}
