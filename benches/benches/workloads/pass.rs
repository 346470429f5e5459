//! Whole passes on a fake system in memory: what the engine itself costs, without any network.

use crate::runtime;
use gitops_benches::{Bench, Estate};
use gitops_core::{
    engine::{Options, Pipeline, Stages},
    env::Env,
    render::Yaml,
    stage::Exact,
};
use gitops_testkit::fake::{FakeSource, FakeSystem};

pub(crate) fn run(bench: &Bench) {
    for objects in [100, 10_000] {
        silent(bench, objects);
        one_change(bench, objects);
    }
}

/// A pass on a settled app in which nothing moved.
fn silent(bench: &Bench, objects: usize) {
    let name = format!("pass silent, {objects} objects");
    if !bench.wants(&name) {
        return;
    }
    let App { runtime, pipeline, system, .. } = App::settled(objects);
    let writes = system.script().writes();
    bench.alone(&name, "nothing to do", || {
        // The record of calls would grow with the rounds.
        system.script().forget();
        runtime.block_on(pipeline.pass())
    });
    assert_eq!(system.script().writes(), 0, "of {writes} at the start");
}

/// A commit that changes one object of one file, to and fro.
fn one_change(bench: &Bench, objects: usize) {
    let name = format!("pass one object changed, {objects} objects");
    if !bench.wants(&name) {
        return;
    }
    let App { runtime, pipeline, system, source } = App::settled(objects);
    let estate = Estate { objects };
    let files = [None, Some(objects / 2)].map(|edited| estate.file_of(objects / 2, edited));
    let mut rounds = 0;
    bench.alone(&name, "1 file read, 1 object written", || {
        rounds += 1;
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
}

impl App {
    fn settled(objects: usize) -> Self {
        let runtime = runtime();
        let source = FakeSource::new();
        source.replace(Estate { objects }.tree(None));
        let system = FakeSystem::new().as_app("app");
        let stages = Stages {
            source: source.clone(),
            renderer: Yaml::new([""]).unwrap(),
            observer: system.clone(),
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
        Self { runtime, pipeline, system, source }
    }
}
