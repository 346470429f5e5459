//! Layers, on a paused clock.

use futures::future::join_all;
use gitops_core::{
    Error, Result, Retry, Stage, async_trait,
    env::Env,
    layer::{LayerExt, Limit, Retries},
    model::{Action, Cause, Change, Desired, Inventory, Object, ObjectId, Revision, Snapshot},
    reason,
    stage::{Applier, InventoryStore, Observer, Query, Renderer, Source},
};
use gitops_testkit::fake::{FakeSource, FakeSystem, Fault, Op};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn error(retry: Retry) -> Error {
    Error::new(Stage::Source, retry, reason::UNAVAILABLE, "no")
}

fn create(name: &str) -> Change {
    let id = ObjectId::new("", "Thing", "", name);
    Change {
        action: Action::Create { object: Object::new(id.clone(), &1.into()) },
        id,
        cause: Cause::Desired,
        base: None,
        fields: Vec::new(),
        origin: None,
    }
}

fn nothing() -> Desired {
    Desired::new(Revision::new("", "r"), []).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_late_read_times_out_and_a_late_write_is_unknown() {
    let env = Env::seeded(1);
    let source = FakeSource::new();
    let system = FakeSystem::new();
    for op in [Op::Resolve, Op::Fetch, Op::Observe, Op::Apply, Op::Load, Op::Save, Op::Remove] {
        source.script().always(op, Fault::Hang);
        system.script().always(op, Fault::HangAfter);
    }
    let timed = source.clone().timeout(SECOND, &env);
    let live = system.clone().timeout(SECOND, &env);
    let store = system.inventory().timeout(SECOND, &env);
    let (desired, inventory) = (nothing(), Inventory::default());
    let query = Query { desired: &desired, inventory: &inventory, since: None };
    let version = "1".into();
    let start = Instant::now();

    let late_reads = [
        (Stage::Source, timed.resolve().await.unwrap_err()),
        (Stage::Source, timed.fetch(&source.head()).await.unwrap_err()),
        (Stage::Observe, live.observe(query).await.unwrap_err()),
        (Stage::Inventory, store.load().await.unwrap_err()),
    ];
    for (stage, error) in late_reads {
        assert_eq!((error.stage(), error.reason()), (stage, reason::TIMED_OUT));
        assert_eq!(error.retry(), Retry::Backoff);
    }
    let change = create("a");
    let unknown = live.apply(&change).await.unwrap_err();
    assert_eq!(unknown.object(), Some(&change.id));
    assert!(system.live(&change.id).is_some(), "it did take effect");
    let late_writes = [
        (Stage::Apply, unknown),
        (Stage::Inventory, store.save(&inventory, None).await.unwrap_err()),
        (Stage::Inventory, store.remove(&version).await.unwrap_err()),
    ];
    for (stage, error) in late_writes {
        assert_eq!((error.stage(), error.reason()), (stage, reason::OUTCOME_UNKNOWN));
        assert_eq!(error.retry(), Retry::Replan);
    }
    assert_eq!(start.elapsed(), 7 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_time_passes_and_waiting_for_moves_has_no_limit() {
    struct Slow;
    #[async_trait]
    impl Renderer for Slow {
        async fn render(&self, _: &Snapshot) -> Result<Desired> {
            tokio::time::sleep(SECOND).await;
            Ok(nothing())
        }
    }
    let env = Env::seeded(1);
    let snapshot = FakeSource::new().timeout(SECOND, &env);
    let snapshot = snapshot.fetch(&snapshot.resolve().await.unwrap()).await.unwrap();
    assert!(Slow.timeout(SECOND, &env).render(&snapshot).await.is_ok(), "exactly in time");
    assert!(Slow.timeout(SECOND / 2, &env).render(&snapshot).await.is_err());

    let system = FakeSystem::new().timeout(SECOND, &env);
    let wait = tokio::time::timeout(100 * SECOND, system.moved(None)).await;
    assert!(wait.is_err(), "still waiting");
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_shared_and_a_dropped_call_frees_its_place() {
    let system = FakeSystem::new();
    let limit = Limit::new(2);
    let one = system.clone().limited(&limit);
    let two = system.as_app("two").limited(&limit);
    system.script().always(Op::Apply, Fault::Hang);
    let (a, b, c) = (create("a"), create("b"), create("c"));
    let mut first = Box::pin(one.apply(&a));
    let mut second = Box::pin(two.apply(&b));
    let mut third = Box::pin(one.apply(&c));
    for _ in 0..3 {
        assert!(futures::poll!(first.as_mut()).is_pending());
        assert!(futures::poll!(second.as_mut()).is_pending());
        assert!(futures::poll!(third.as_mut()).is_pending());
    }
    assert_eq!(system.script().count(Op::Apply), 2, "the third waits outside");
    assert_eq!(limit.free(), 0);
    system.script().clear();
    drop(first);
    third.await.unwrap();
    drop(second);
    assert_eq!(limit.free(), 2);
    // No number of places makes a stage useless.
    system.clone().limited(0).apply(&create("d")).await.unwrap();
    assert_eq!(join_all([&one, &two].map(|part| part.apply(&a))).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn retries_follow_the_class_of_the_error() {
    let env = Env::seeded(7);
    let source = FakeSource::new();
    let retries = Retries { tries: 4, first: SECOND, longest: 3 * SECOND };
    let retried = source.clone().retried("x", retries, &env);

    // Backs off 1, 2, 3 (the longest) seconds, each moved by a fifth at most; then gives up.
    source.script().always(Op::Resolve, Fault::Fail(error(Retry::Backoff)));
    let start = Instant::now();
    assert!(retried.resolve().await.is_err());
    assert_eq!(source.script().count(Op::Resolve), 4);
    let waited = start.elapsed();
    assert!((6 * SECOND * 4 / 5..=6 * SECOND * 6 / 5).contains(&waited), "{waited:?}");

    // Races and hopeless cases are handed on at once.
    for retry in [Retry::Replan, Retry::Never, Retry::After(4 * SECOND)] {
        source.script().clear().always(Op::Resolve, Fault::Fail(error(retry)));
        source.script().forget();
        assert_eq!(retried.resolve().await.unwrap_err().retry(), retry);
        assert_eq!(source.script().count(Op::Resolve), 1, "{retry:?}");
    }

    // What the far side asks for is waited for, at least.
    source.script().clear().nth(Op::Resolve, 1, Fault::Fail(error(Retry::After(2 * SECOND))));
    let start = Instant::now();
    assert!(retried.resolve().await.is_ok());
    assert!((2 * SECOND..=3 * SECOND).contains(&start.elapsed()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn jitter_is_the_same_for_one_seed_and_name_only() {
    async fn waited(seed: u64, name: &str) -> Duration {
        let source = FakeSource::new();
        source.script().nth(Op::Fetch, 1, Fault::Fail(error(Retry::Backoff)));
        let retried = source.clone().retried(name, Retries::default(), &Env::seeded(seed));
        let start = Instant::now();
        retried.fetch(&source.head()).await.unwrap();
        start.elapsed()
    }
    assert_eq!(waited(1, "a").await, waited(1, "a").await);
    assert_ne!(waited(1, "a").await, waited(1, "b").await);
    assert_ne!(waited(1, "a").await, waited(2, "a").await);
}

#[tokio::test(start_paused = true)]
async fn the_last_layer_written_is_the_outermost() {
    let env = Env::seeded(1);
    let source = FakeSource::new();
    source.script().always(Op::Resolve, Fault::Hang);
    let retries = Retries { tries: 3, first: SECOND, longest: SECOND };
    let each = source.clone().timeout(SECOND, &env).retried("x", retries, &env);
    assert_eq!(each.resolve().await.unwrap_err().reason(), reason::TIMED_OUT);
    assert_eq!(source.script().count(Op::Resolve), 3, "every try has its own time");
    let all = source.clone().retried("x", retries, &env).timeout(SECOND, &env);
    assert_eq!(all.resolve().await.unwrap_err().reason(), reason::TIMED_OUT);
    assert_eq!(source.script().count(Op::Resolve), 4, "one time for all tries");
}

#[tokio::test]
async fn spans_say_what_is_done_and_hold_no_documents() {
    let log = Arc::new(Mutex::new(String::new()));
    let _guard = tracing::subscriber::set_default(Recorder(log.clone()));
    let system = FakeSystem::new();
    let traced = system.clone().traced("cluster");
    let id = ObjectId::new("", "Secret", "", "login");
    let object = Object::new(id.clone(), &serde_json::json!({ "data": "hunter2" }));
    let change = Change { id, action: Action::Create { object }, ..create("login") };
    traced.apply(&change).await.unwrap();
    system.edit(&change.id, |value| value["data"] = "hunter3".into());
    traced.apply(&change).await.unwrap_err();
    let log = log.lock().unwrap().clone();
    assert!(log.contains("apply part=\"cluster\" object=Secret login"), "{log}");
    assert!(log.contains("reason=\"Stale\""), "{log}");
    assert!(!log.contains("hunter"), "{log}");
}

/// A subscriber that writes down every span and event with its fields.
struct Recorder(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl tracing::field::Visit for Line<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut log = self.0.lock().unwrap();
        log.push_str(span.metadata().name());
        span.record(&mut Line(&mut log));
        log.push('\n');
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = self.0.lock().unwrap();
        event.record(&mut Line(&mut log));
        log.push('\n');
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
