//! Laws of the table of rules.

use gitops_apiserver::builtin::strategy::{reset_fields, rules};

#[test]
fn resources_are_found_by_group_and_plural() {
    for (group, plural, kind) in [
        ("", "configmaps", "ConfigMap"),
        ("", "services", "Service"),
        ("apps", "deployments", "Deployment"),
        ("storagemigration.k8s.io", "storageversionmigrations", "StorageVersionMigration"),
        ("events.k8s.io", "events", "Event"),
    ] {
        assert_eq!(rules(group, plural).map(|rules| rules.kind), Some(kind));
    }
    assert!(rules("apps", "pods").is_none());
}

#[test]
fn resets_name_what_a_write_sets_back() {
    assert_eq!(reset_fields("apps/v1", "Deployment", ""), ["status"]);
    assert_eq!(reset_fields("apps/v1", "Deployment", "status"), ["spec", "metadata.labels"]);
    assert_eq!(reset_fields("v1", "ConfigMap", ""), [""; 0]);
    assert_eq!(reset_fields("v1", "Namespace", "finalize"), ["status"]);
}
