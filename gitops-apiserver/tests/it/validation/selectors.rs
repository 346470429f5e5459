//! Expressions that select devices.

use super::broken::{Count, report, wanted};
use super::device_bases::DEVICES;
use super::lab::{Lab, difference, our_create, seen};
use serde_json::json;
use std::collections::BTreeMap;

const EXPRESSIONS: &[&str] = &[
    "device.driver == \"dra.example.com\" && device.allowMultipleAllocations",
    "cel.bind(dra, device.attributes[\"dra.example.com\"], dra.one && dra.two)",
    "device.attributes[\"dra.example.com\"].version.isGreaterThan(semver(\"1.0.0\"))",
    "device.capacity[\"dra.example.com\"].memory.compareTo(quantity(\"1Gi\")) >= 0",
    "\"dra.example.com\" in device.attributes",
    "has(device.attributes.x)",
    "device.attributes[\"x\"].y == \"a\"",
    "device.attributes[\"x\"].y",
    "[1, 2].exists(x, x > 1)",
    "sets.contains([1, 2], [1])",
    "device.driver.matches(\"^a+$\")",
    "device.driver",
    "device.foo",
    "device.driver.foo",
    "self.driver == \"x\"",
    "oldSelf",
    "nothing(1)",
    "device.driver.nothing()",
    "1 +",
    "\"text",
    "device.driver ==\n  thing",
    "cel.bind(a, 1, b)",
    "dra.one",
    "true ? 1 : 2",
    "\ttab.x",
    "size(device.driver)",
    "string(1)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn selectors_are_compiled_alike() {
    let Some(lab) = Lab::new("selectors").await else { return };
    let one = DEVICES.iter().find(|one| one.of.kind == "DeviceClass").unwrap();
    if !wanted(one.of.kind) {
        return;
    }
    let mut count = Count::default();
    for expression in EXPRESSIONS {
        let class = json!({"apiVersion": one.of.api_version, "kind": one.of.kind, "metadata": {"name": "selectors"},
            "spec": {"selectors": [{"cel": {"expression": expression}}]}});
        let theirs = lab.create(&one.of, &class).await;
        let ours = our_create(&one.of, &seen(&one.of, &class).unwrap());
        match difference(&theirs, &ours) {
            None => count.same += 1,
            Some(text) => count.different.push(format!("{expression}\n    {text}")),
        }
    }
    let counts = BTreeMap::from([("DeviceClass".to_owned(), count)]);
    assert_eq!(report("selectors", &counts), 0);
}
