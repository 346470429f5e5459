//! Lists and maps with more than there may be, and texts longer than they may be.

use super::broken::{Count, base, report, wanted};
use super::device_bases::DEVICES;
use super::lab::{Lab, Said, difference, our_create, prepare, seen};
use super::mutations;
use serde_json::Value;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crowded_objects_are_refused_alike() {
    let Some(lab) = Lab::new("crowded").await else { return };
    let mut counts = BTreeMap::new();
    for one in DEVICES.iter().filter(|one| wanted(one.of.kind)) {
        let mut count = Count::default();
        let valid = base(&lab, &one.of, one).await;
        for (what, crowded) in mutations::crowded(&valid, "/spec") {
            let theirs = lab.create(&one.of, &crowded).await;
            let Some(mut object) = seen(&one.of, &crowded) else {
                assert!(matches!(theirs, Said::Else(400, _)), "{what}: {theirs:?}");
                count.skipped += 1;
                continue;
            };
            if one.of.namespaced {
                object["metadata"]["namespace"] = Value::from(lab.namespace.clone());
            }
            prepare(&one.of, &mut object, None);
            match difference(&theirs, &our_create(&one.of, &object)) {
                None => count.same += 1,
                Some(text) => count.different.push(format!("{what}\n    {text}")),
            }
        }
        counts.insert(format!("{} {}", one.of.kind, one.name), count);
    }
    assert_eq!(report("crowded", &counts), 0);
}
