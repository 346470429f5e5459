//! Metadata, good and bad, of an object of every kind: as it is created and as it is changed.
//!
//! Each kind asks for it by rules of its own, in an order of its own.

use super::{
    difference,
    pair::{NAMESPACE, Pair, is_written_to, objects},
    report,
};
use crate::histories::{
    kinds::set,
    make::bodies::{BAD_METADATA, METADATA},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// The object with one thing changed.
fn edited(object: &Value, (pointer, value): (&str, &str)) -> Value {
    let mut object = object.clone();
    let value = value.replace("{{ns}}", NAMESPACE).replace("{{uid}}", "x");
    set(&mut object, pointer, serde_json::from_str(&value).unwrap());
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_of_every_kind_is_judged_alike() {
    let Some(pair) = Pair::new().await else { return };
    let edits: Vec<_> = METADATA.iter().chain(BAD_METADATA).copied().collect();
    let (mut compared, mut differences) = (0, Vec::new());
    let mut seen = BTreeSet::new();
    for (collection, object) in objects() {
        if !seen.insert(collection.clone()) {
            continue;
        }
        for edit in &edits {
            let path = format!("{collection}?dryRun=All");
            let answers = pair.same("POST", &path, &edited(&object, *edit)).await;
            compared += 1;
            differences.extend(difference(&format!("POST {path} {edit:?}"), &answers));
        }
        if is_written_to(&collection) {
            continue;
        }
        let Some(one) = pair.create(&collection, &object).await else { continue };
        for edit in &edits {
            let answers = pair.replace(&one, "?dryRun=All", |object| edited(object, *edit)).await;
            compared += 1;
            differences.extend(difference(&format!("PUT {one} {edit:?}"), &answers));
        }
        pair.same("DELETE", &one, &Value::Null).await;
    }
    report(compared, 6_000, &differences);
}
