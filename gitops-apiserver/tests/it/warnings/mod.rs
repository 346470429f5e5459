//! What writers are warned of, as a table: objects, and the headers of their answers.
//!
//! Each object is written to the server in memory and, where it is there, to the real one: what the
//! table says is what the real server says. [`case`] says how a case is written.

mod case;
mod play;

use crate::histories::{memory::Memory, real::Real, target::Target};
use case::Case;
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use std::sync::Arc;

#[tokio::test]
async fn the_server_in_memory_warns_as_the_table_says() {
    all(&Memory::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_server_warns_as_the_table_says() {
    // Its volumes, nodes and webhooks would get in the way of other tests.
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    all(&Real::bare(Arc::new(server)).await).await;
}

#[allow(clippy::print_stdout, reason = "how much was compared is a result")]
async fn all(on: &impl Target) {
    play::prepare(on).await;
    let cases = case::all();
    let (mut answers, mut warnings, mut differences) = (0, 0, Vec::new());
    for case in &cases {
        let said = play::play(on, case).await;
        answers += said.len();
        warnings += said.iter().map(|one| one.warnings.len()).sum::<usize>();
        if said != case.said {
            differences.push(difference(case, &said));
        }
    }
    println!("{} objects, {answers} answers, {warnings} warnings", cases.len());
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn difference(case: &Case, said: &[case::Said]) -> String {
    let text = |said: &[case::Said]| serde_json::to_string(said).unwrap();
    format!("{}\n    table {}\n    said  {}", case.case, text(&case.said), text(said))
}
