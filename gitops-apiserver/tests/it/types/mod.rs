//! What becomes of objects in the Go types of built-in kinds, beside the real server.

mod generate;
mod lab;
mod objects;
mod random;
mod refusals;
mod schemas;
mod text;

use gitops_apiserver::builtin::types::{VERSION, kind};

#[test]
fn kinds_are_known_by_version_and_name() {
    let deployment = kind("apps/v1", "Deployment").unwrap();
    assert_eq!(deployment.of().name, "apps/v1.Deployment");
    assert!(kind("v1", "Pod").is_some());
    assert!(kind("v1", "DeleteOptions").is_some());
    assert!(kind("apps/v1", "Pod").is_none());
    assert!(kind("", "").is_none());
    assert!(kind("apps/v1", "Deployment extra").is_none());
}

/// The table is of the version of the server that tests compare with.
#[test]
fn the_table_is_of_the_pinned_version() {
    let pinned = include_str!("../../../../xtask/assets/kubernetes/go.mod");
    assert!(pinned.contains(&format!("k8s.io/kubernetes v{VERSION} ")));
    let types = include_str!("../../../../xtask/assets/types/go.mod");
    let minor = VERSION.split_once('.').unwrap().1;
    assert!(types.contains(&format!("k8s.io/client-go v0.{minor}\n")));
}
