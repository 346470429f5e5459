//! The loop under a paused clock.

use super::World;
use async_trait::async_trait;
use futures::{StreamExt, pin_mut};
use gitops_core::{
    Error, Retry, Stage,
    engine::{Action, Apps, Controller, Options, Reason, Reconcile, interval, once, revisions},
    env::Env,
    error::Result,
    model::AppId,
    reason,
};
use gitops_testkit::fake::{Fault, Op};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

/// Takes a second a run; checks that no key runs twice at once.
#[derive(Clone)]
struct Slow {
    env: Env,
    running: Arc<Mutex<BTreeMap<u8, usize>>>,
    most: Arc<Mutex<usize>>,
}

impl Slow {
    fn new(env: &Env) -> Self {
        Slow { env: env.clone(), running: Arc::default(), most: Arc::default() }
    }
}

#[async_trait]
impl Reconcile<u8> for Slow {
    async fn reconcile(&self, key: &u8) -> Result<Action> {
        {
            let mut running = self.running.lock().unwrap();
            *running.entry(*key).or_default() += 1;
            assert_eq!(running[key], 1, "{key} runs twice at once");
            let mut most = self.most.lock().unwrap();
            *most = (*most).max(running.values().sum());
        }
        self.env.clock.sleep(SECOND).await;
        *self.running.lock().unwrap().get_mut(key).unwrap() -= 1;
        Ok(Action::Requeue(SECOND))
    }
}

#[tokio::test(start_paused = true)]
async fn keys_take_turns_within_the_bound() {
    let env = Env::seeded(1);
    let slow = Slow::new(&env);
    let keys = interval(0..10u8, 3600 * SECOND, 0, &env);
    let reports = Controller::new(env).concurrency(3).on(keys).run(slow.clone());
    let runs: Vec<u8> = reports.take(60).map(|report| report.key).collect().await;
    assert_eq!(*slow.most.lock().unwrap(), 3);
    // Ten always-due keys in sixty runs: six each, give or take one.
    for key in 0..10 {
        let count = runs.iter().filter(|run| **run == key).count();
        assert!((5..=7).contains(&count), "{key} ran {count} times: {runs:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn suspend_resume_trigger_shutdown() {
    let env = Env::seeded(1);
    let controller = Controller::new(env.clone()).on(once(1u8));
    let handle = controller.handle();
    let reports = controller.run(Slow::new(&env));
    pin_mut!(reports);
    assert_eq!(reports.next().await.unwrap().at, SECOND);
    handle.suspend(1);
    let quiet = tokio::time::timeout(3600 * SECOND, reports.next()).await;
    assert!(quiet.is_err(), "a suspended key ran");
    handle.resume(1);
    assert_eq!(reports.next().await.unwrap().reason, Reason::Manual);
    handle.trigger(1);
    assert_eq!(reports.next().await.unwrap().reason, Reason::Manual);
    handle.trigger(1);
    handle.trigger(2);
    handle.shutdown();
    // What the handle said before the shutdown was started, finished and reported.
    let rest: Vec<_> = reports.by_ref().map(|report| report.key).collect().await;
    assert!(rest.len() <= 2, "{rest:?}");
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_what_runs_but_not_for_ever() {
    struct Endless;
    #[async_trait]
    impl Reconcile<u8> for Endless {
        async fn reconcile(&self, _: &u8) -> Result<Action> {
            std::future::pending().await
        }
    }
    let env = Env::seeded(1);
    let controller = Controller::new(env.clone()).patience(5 * SECOND).on(once(1));
    let handle = controller.handle();
    let reports = controller.run(Endless);
    pin_mut!(reports);
    assert!(tokio::time::timeout(SECOND, reports.next()).await.is_err());
    handle.shutdown();
    assert!(reports.next().await.is_none());
    assert_eq!(env.clock.now(), 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_panic_touches_nobody_else_and_is_tried_again() {
    struct Fragile;
    #[async_trait]
    impl Reconcile<&'static str> for Fragile {
        async fn reconcile(&self, key: &&'static str) -> Result<Action> {
            assert_ne!(*key, "bad", "on purpose");
            Ok(Action::Requeue(SECOND))
        }
    }
    let env = Env::seeded(1);
    let keys = interval(["bad", "good"], 3600 * SECOND, 0, &env);
    let reports: Vec<_> = Controller::new(env).on(keys).run(Fragile).take(8).collect().await;
    let bad: Vec<_> = reports.iter().filter(|report| report.key == "bad").collect();
    assert!(bad.len() >= 2 && bad.len() < reports.len(), "{reports:?}");
    assert!(
        bad.iter()
            .all(|report| { report.result.as_ref().unwrap_err().reason() == reason::PANICKED })
    );
}

#[tokio::test(start_paused = true)]
async fn an_app_is_triggered_by_its_system_and_its_source() {
    let world = World::new();
    world.commit("a=1");
    let app = world.pipeline(Options::new());
    let env = Env::seeded(1);
    let source = Arc::new(world.source.clone());
    let controller = Controller::new(env.clone())
        .on(once(AppId::new("app")))
        .on(app.live(AppId::new("app")))
        .on(revisions(AppId::new("app"), source, 30 * SECOND, &env));
    let reports = controller.run(Apps::new([app]));
    pin_mut!(reports);
    assert_eq!(reports.next().await.unwrap().reason, Reason::Manual);
    // Our own write is looked at once.
    assert_eq!(reports.next().await.unwrap().reason, Reason::Live);

    world.system.edit(&super::id("a"), |value| *value = "drifted".into());
    assert_eq!(reports.next().await.unwrap().reason, Reason::Live);
    assert_eq!((world.live().as_str(), env.clock.now()), ("a=1", Duration::ZERO));
    assert_eq!(reports.next().await.unwrap().reason, Reason::Live);

    world.commit("a=2");
    let report = reports.next().await.unwrap();
    assert_eq!((report.reason, world.live().as_str()), (Reason::Source, "a=2"));
    assert!(report.at <= 30 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn one_failing_app_does_not_hold_the_others() {
    let env = Env::seeded(1);
    let worlds: Vec<World> = (0..3).map(|_| World::new()).collect();
    worlds.iter().for_each(|world| world.commit("a=1"));
    let down = Error::new(Stage::Source, Retry::Backoff, reason::UNREACHABLE, "down");
    worlds[1].script.always(Op::Resolve, Fault::Fail(down));
    let apps: Vec<_> = worlds.iter().map(|world| world.pipeline(Options::new())).collect();
    let keyed: BTreeMap<usize, _> = apps.into_iter().enumerate().collect();
    struct Keyed(BTreeMap<usize, Arc<gitops_core::engine::Pipeline>>);
    #[async_trait]
    impl Reconcile<usize> for Keyed {
        async fn reconcile(&self, key: &usize) -> Result<Action> {
            self.0[key].reconcile(key).await
        }
    }
    let keys = interval(0..3, 60 * SECOND, 0, &env);
    let reports = Controller::new(env).concurrency(1).on(keys).run(Keyed(keyed));
    let reports: Vec<_> = reports.take(3).collect().await;
    let well = |key| reports.iter().any(|report| report.key == key && report.result.is_ok());
    assert!(well(0) && well(2) && !well(1), "{reports:?}");
    assert_eq!((worlds[0].live(), worlds[2].live()), ("a=1".into(), "a=1".into()));
}
