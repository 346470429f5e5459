//! From nothing to the first answer.

use super::peer::Side;
use gitops_benches::Bench;
use gitops_testkit::server::ControlPlane;
use std::time::Instant;
use tokio::runtime::Runtime;

const NAMESPACE: &str = "/api/v1/namespaces/default";

pub(crate) fn run(bench: &Bench, runtime: &Runtime) {
    bench.alone("start to first answer", "GET of a namespace", || {
        Side::ours(runtime).get(NAMESPACE)
    });
    if bench.wants("start to first answer") {
        // Once: it takes seconds.
        let start = Instant::now();
        let Ok(real) = runtime.block_on(ControlPlane::start()) else { return };
        let client = runtime.block_on(real.client()).unwrap();
        Side::new(runtime, client).get(NAMESPACE);
        println!(
            "{:<44} {:>11}",
            "  kube-apiserver and etcd, once",
            format!("{:.1?}", start.elapsed())
        );
    }
}
