//! Whole passes on a fake system in memory: what the engine itself costs, without any network.

use crate::runtime;
use gitops_benches::{Bench, Estate};
use gitops_core::{
    Result, async_trait,
    engine::{Options, Pipeline, Stages},
    env::Env,
    model::{Coverage, Cursor, Observed},
    render::Yaml,
    stage::{Exact, Observer, Query},
};
use gitops_testkit::fake::{FakeSource, FakeSystem};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub(crate) fn run(bench: &Bench) {
    for objects in [100, 10_000] {
        silent(bench, objects);
        one_change(bench, objects);
    }
}

/// The fake system, which looks at every object to know what moved; or, once `still`, an observer
/// that knows without looking that nothing did, as one with watches does.
#[derive(Debug, Clone)]
struct Watching {
    system: FakeSystem,
    still: Arc<AtomicBool>,
}

#[async_trait]
impl Observer for Watching {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        match query.since.filter(|_| self.still.load(Ordering::Relaxed)) {
            Some(cursor) => Ok(Observed {
                cursor: Some(cursor.clone()),
                coverage: Coverage::Moved,
                objects: BTreeMap::new(),
            }),
            None => self.system.observe(query).await,
        }
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        self.system.moved(since).await
    }
}

/// A pass on a settled app in which nothing moved.
fn silent(bench: &Bench, objects: usize) {
    let name = format!("pass silent, {objects} objects");
    if !bench.wants(&name) {
        return;
    }
    let App { runtime, pipeline, system, still, .. } = App::settled(objects);
    still.store(true, Ordering::Relaxed);
    system.script().forget();
    bench.alone(&name, "nothing to do", || runtime.block_on(pipeline.pass()));
    assert_eq!(system.script().calls().len(), 0, "a silent pass asks the system nothing");
}

/// A commit that changes one object of one file, to and fro.
fn one_change(bench: &Bench, objects: usize) {
    let name = format!("pass one object changed, {objects} objects");
    if !bench.wants(&name) {
        return;
    }
    let App { runtime, pipeline, system, source, .. } = App::settled(objects);
    let estate = Estate { objects };
    let files = [None, Some(objects / 2)].map(|edited| estate.file_of(objects / 2, edited));
    let mut rounds = 0;
    bench.alone(&name, "1 file read, 1 object written", || {
        rounds += 1;
        // The record of calls would grow with the rounds.
        system.script().forget();
        let (path, text) = files[rounds % 2].clone();
        source.write(&path, text);
        let pass = runtime.block_on(pipeline.pass());
        assert_eq!(pass.outcomes.len(), 1, "{:?}", pass.error);
    });
}

struct App {
    runtime: tokio::runtime::Runtime,
    pipeline: Pipeline,
    system: FakeSystem,
    source: FakeSource,
    still: Arc<AtomicBool>,
}

impl App {
    fn settled(objects: usize) -> Self {
        let runtime = runtime();
        let source = FakeSource::new();
        source.replace(Estate { objects }.tree(None));
        let system = FakeSystem::new().as_app("app");
        let still = Arc::new(AtomicBool::new(false));
        let stages = Stages {
            source: source.clone(),
            renderer: Yaml::new([""]).unwrap(),
            observer: Watching { system: system.clone(), still: still.clone() },
            differ: Exact,
            applier: system.clone(),
            inventory: system.inventory(),
        };
        let pipeline = runtime
            .block_on(async { Pipeline::new("app", stages, Options::new(), Env::seeded(1)) });
        for _ in 0..3 {
            let pass = runtime.block_on(pipeline.pass());
            assert!(pass.error.is_none(), "{:?}", pass.error);
        }
        Self { runtime, pipeline, system, source, still }
    }
}
