//! The objects of real repositories, written by every way there is, on two servers: what is stored
//! must be the same, and so must be refusals and what kubectl says.

mod client_side;
mod documents;
mod earlier;
mod places;
mod report;
mod requests;
mod stage;
mod visit;
mod ways;

use crate::histories::{memory::Memory, real::Real};
use gitops_testkit::{
    corpora::corpora,
    server::{ControlPlane, server_or_skip_with},
};
use report::Report;
use stage::Case;
use std::sync::Arc;
use ways::WAYS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout, reason = "how much was compared is a result")]
async fn objects_of_real_repositories_are_stored_alike_by_every_way() {
    let Some(corpora) = corpora("the objects of real repositories") else { return };
    // Its own: definitions, webhooks and other APIs would get in the way of other tests.
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let server = Arc::new(server);
    let real = Real::bare(server.clone()).await;
    let found = documents::all(&corpora);
    let places = requests::discovered(&real).await.with_definitions(&found.documents);
    let cases = Case::all(&found.documents, &places);
    let mut report = Report::default();
    for way in WAYS {
        requests::all(way, &cases, &Memory::new(), &real, &mut report).await;
    }
    client_side::all(&found.documents, &cases, &server, &mut report).await;
    println!(
        "{} objects; {} copies, {} documents of no kind and {} that are no YAML are left out",
        cases.len(),
        found.copies,
        found.others,
        found.unreadable
    );
    print!("{}", report.table());
    let differences = report.differences();
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
    for way in WAYS {
        assert!(report.stored(way.name()) > 300, "{}", report.stored(way.name()));
    }
}
