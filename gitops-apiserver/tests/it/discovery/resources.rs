//! The table of built-in resources beside the server's own lists.

use super::lab::lab;
use gitops_apiserver::builtin::resources;
use std::collections::BTreeSet;

/// The plain lists, which the table wasn't made from but for the hashes.
#[tokio::test]
async fn the_table_names_exactly_what_the_server_serves() {
    // Definitions of other tests would be there too.
    let Some(lab) = lab().await else { return };
    let release = lab.get("/version").await.json();
    assert_eq!(release["gitVersion"], resources::release());
    let mut api_versions = BTreeSet::new();
    for resource in resources::all() {
        api_versions.insert(resource.api_version());
    }
    let mut served = BTreeSet::from(["v1".to_owned()]);
    for group in lab.get("/apis").await.json()["groups"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            served.insert(version["groupVersion"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(api_versions, served);
}

#[test]
fn a_resource_is_found_by_its_path() {
    let deployments = resources::find("apps", "v1", "deployments").unwrap();
    assert_eq!(deployments.kind, "Deployment");
    assert_eq!(deployments.subresource("scale").unwrap().group, "autoscaling");
    assert!(resources::find("apps", "v2", "deployments").is_none());
    assert!(resources::of("nothing/v1").is_empty());
    let all: usize = resources::all().len();
    let versions: BTreeSet<_> = resources::all().iter().map(|one| one.api_version()).collect();
    assert_eq!(all, versions.iter().map(|version| resources::of(version).len()).sum::<usize>());
}
