//! What becomes of objects that are created, beside the real server.

use super::lab::{created, lab, like, unmanaged};
use gitops_apiserver::builtin::strategy::services::ServiceRange;
use std::net::Ipv4Addr;

#[tokio::test]
async fn objects_are_created_as_on_the_server() {
    let Some(lab) = lab("create").await else { return };
    let range = ServiceRange::new(Ipv4Addr::new(10, 0, 0, 0), 16);
    let mut wrong = 0;
    for (path, object) in lab.objects() {
        let url = format!("{path}?dryRun=All");
        let theirs = match lab.send("POST", &url, &object).await {
            Ok(theirs) => unmanaged(theirs),
            Err(refused) => {
                wrong += 1;
                println!("{path}: {object}: {refused:?}");
                continue;
            }
        };
        let now = theirs["metadata"]["creationTimestamp"].as_str().unwrap().to_owned();
        let ours = created(&path, &like(&object, &theirs), &now, &range);
        if ours != theirs {
            wrong += 1;
            println!("{path}\n  ours   {ours}\n  theirs {theirs}");
        }
    }
    assert_eq!(wrong, 0);
}
