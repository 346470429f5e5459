//! The story of an app, pass by pass.

use super::{World, id, outcomes};
use gitops_core::{
    Error, Retry, Stage,
    engine::{Event, Options, Pipeline},
    env::Env,
    error::Result,
    model::{Cause, Health, HealthStatus, Live, Object, ObjectId, Outcome, Predicted},
    reason,
    stage::{Exact, Place},
};
use gitops_testkit::fake::{FakeAssessor, FakeOrder, FakeRenderer, Fault, Op};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

#[tokio::test(start_paused = true)]
async fn create_silence_drift_change_revert_prune() {
    let world = World::new();
    world.commit("a=1 b=2");
    let app = world.pipeline(Options::new());

    let pass = app.pass().await;
    assert_eq!(outcomes(&pass), "+a +b");
    assert!(pass.is_settled(), "{pass:?}");
    // The inventory is saved before the first create and after the last.
    assert_eq!(world.calls(), "Load Resolve Fetch Observe Save Apply(a) Apply(b) Save");

    // Our own writes are looked at once more, then all is quiet: no write, no fetch, no render.
    app.pass().await;
    app.pass().await;
    assert_eq!(world.calls(), "Resolve Observe Resolve Observe");

    world.system.edit(&id("a"), |value| *value = "drifted".into());
    let pass = app.pass().await;
    assert_eq!((outcomes(&pass).as_str(), pass.outcomes[0].0.cause), ("~a", Cause::Drift));
    assert_eq!(world.live(), "a=1 b=2");

    world.commit("a=3 b=2 c=4");
    let pass = app.pass().await;
    assert_eq!((outcomes(&pass).as_str(), pass.outcomes[0].0.cause), ("~a +c", Cause::Desired));
    assert_eq!(pass.outcomes[0].0.fields[0].to_string(), ".: \"1\" -> \"3\"");

    world.source.revert();
    let pass = app.pass().await;
    assert_eq!(outcomes(&pass), "~a -c");
    assert_eq!(world.live(), "a=1 b=2");
    assert!(app.pass().await.is_settled());
}

#[tokio::test(start_paused = true)]
async fn a_restart_writes_nothing() {
    let world = World::new();
    world.commit("a=1 b=2");
    world.pipeline(Options::new()).pass().await;
    world.calls();
    let pass = world.pipeline(Options::new()).pass().await;
    assert!(pass.is_settled());
    assert_eq!(world.calls(), "Load Resolve Fetch Observe");
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_touches_nothing_read_renders_nothing() {
    let world = World::new();
    let renders = Arc::new(Mutex::new(0));
    let count = renders.clone();
    let stages = gitops_core::engine::Stages {
        source: world.source.clone(),
        renderer: FakeRenderer::new(move |snapshot| {
            *count.lock().unwrap() += 1;
            let there = snapshot.entry("deploy/maybe")?.is_some();
            let text = snapshot.read("deploy/a")?;
            let text = format!("{} {there}", String::from_utf8_lossy(&text));
            Ok(vec![Object::new(id("a"), &text.into())])
        }),
        observer: world.system.clone(),
        differ: Exact,
        applier: world.system.clone(),
        inventory: world.system.inventory(),
    };
    let app = Pipeline::new("app", stages, Options::new(), Env::seeded(1));
    world.source.write("deploy/a", "1");
    app.pass().await;
    let revision = world.source.write("docs/readme", "hello");
    let pass = app.pass().await;
    assert_eq!((*renders.lock().unwrap(), pass.status.last_attempted.clone()), (1, Some(revision)));
    // What was looked for and not found counts as read, too.
    world.source.write("deploy/maybe", "x");
    app.pass().await;
    assert_eq!((*renders.lock().unwrap(), world.live().as_str()), (2, "a=1 true"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_later_waves_and_every_prune() {
    let world = World::new();
    world.commit("a=1 gone=1");
    let order = FakeOrder::new(|id: &ObjectId| Place {
        rank: i64::from(id.name() == "late"),
        ..Place::default()
    });
    let app = world.pipeline(Options::new().order(order));
    app.pass().await;

    world.commit("a=1 b=1 c=1 late=1");
    let broken = Error::new(Stage::Apply, Retry::Backoff, reason::UNAVAILABLE, "down");
    world.script.on(&id("b"), Fault::Fail(broken));
    let pass = app.pass().await;
    assert_eq!(outcomes(&pass), "!b +c ?late ?gone");
    let error = pass.error.unwrap();
    assert_eq!((error.reason(), error.object()), (reason::UNAVAILABLE, Some(&id("b"))));
    assert_eq!(world.live(), "a=1 c=1 gone=1");

    world.script.clear();
    assert_eq!(outcomes(&app.pass().await), "+b +late -gone");
    assert_eq!(world.live(), "a=1 b=1 c=1 late=1");
}

#[tokio::test(start_paused = true)]
async fn a_barrier_holds_later_waves_until_it_is_healthy() {
    let world = World::new();
    world.commit("base=off app=1");
    let order = FakeOrder::new(|id: &ObjectId| {
        let base = id.name() == "base";
        Place { rank: i64::from(!base), barrier: base, ..Place::default() }
    });
    let health = FakeAssessor::new(|_: &ObjectId, live: &Live| match live.document.value() {
        value if value == "off" => Health::new(HealthStatus::Progressing, "warming up"),
        _ => Health::healthy(),
    });
    let app = world.pipeline(Options::new().order(order).assessor(health));
    let pass = app.pass().await;
    assert_eq!((outcomes(&pass).as_str(), pass.waiting), ("+base ?app", vec![id("base")]));
    assert!(pass.error.is_none());
    assert!(!pass.status.is_ready() && !pass.status.is_stalled());
    assert!(pass.status.conditions[0].message.contains("waiting for File base"));

    // A newer revision is not held up by the wait for the older one.
    world.commit("base=on app=2");
    let pass = app.pass().await;
    assert_eq!(outcomes(&pass), "~base +app");
    assert!(pass.is_settled());
}

#[tokio::test(start_paused = true)]
async fn health_that_takes_too_long_is_a_stall_and_recovers() {
    let world = World::new();
    world.commit("a=off");
    let health = FakeAssessor::new(|_: &ObjectId, live: &Live| match live.document.value() {
        value if value == "off" => Health::new(HealthStatus::Progressing, ""),
        _ => Health::healthy(),
    });
    let options = Options::new().assessor(health).health_timeout(Duration::from_secs(60));
    let app = world.pipeline(options);
    assert!(!app.pass().await.status.is_stalled());
    let pass = app.settle(Duration::from_secs(600)).await;
    assert!(pass.status.is_stalled());
    assert_eq!(pass.status.conditions[0].reason, reason::TIMED_OUT);
    world.commit("a=on");
    assert!(app.pass().await.is_settled());
}

#[tokio::test(start_paused = true)]
async fn settle_goes_on_when_the_system_moves_and_through_failures() {
    let world = World::new();
    world.commit("a=1");
    let broken = Error::new(Stage::Apply, Retry::Backoff, reason::UNAVAILABLE, "down");
    world.script.nth(Op::Apply, 1, Fault::Fail(broken.clone()));
    world.script.nth(Op::Observe, 3, Fault::Fail(broken));
    let pass = world.pipeline(Options::new()).settle(Duration::from_secs(60)).await;
    assert!(pass.is_settled(), "{pass:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_target_refuses_is_reported_whole_before_the_first_write() {
    let world = World::new();
    world.commit("a=1 b=1 c=1");
    struct Refusing;
    impl gitops_core::stage::Differ for Refusing {
        fn diff(
            &self,
            desired: &gitops_core::model::Desired,
            observed: &gitops_core::model::Observed,
            _: &gitops_core::model::Inventory,
        ) -> Result<gitops_core::model::Diff> {
            use gitops_core::model::{Delta, Diff};
            Ok(Diff::new(desired.objects().map(|object| {
                let predicted = observed.objects.get(object.id()).and_then(|o| o.predicted.clone());
                let delta = match predicted {
                    Some(Predicted::Refused(error)) => Delta::Refused(error),
                    _ => Delta::Missing,
                };
                (object.id().clone(), delta)
            })))
        }
    }
    for name in ["a", "c"] {
        let error = Error::new(Stage::Observe, Retry::Never, reason::INVALID, "no such field");
        world.system.predict(&id(name), Some(Predicted::Refused(error)));
    }
    let stages = gitops_core::engine::Stages {
        source: world.source.clone(),
        renderer: FakeRenderer::new(|snapshot| {
            let names = snapshot.list("")?.into_iter().map(|file| file.name);
            Ok(names.map(|name| Object::new(id(&name), &"1".into())).collect())
        }),
        observer: world.system.clone(),
        differ: Refusing,
        applier: world.system.clone(),
        inventory: world.system.inventory(),
    };
    let env = Env::seeded(1);
    let app = Pipeline::new("app", stages, Options::new(), env);
    let pass = app.pass().await;
    let error = pass.error.unwrap();
    assert_eq!((error.object(), error.related().len()), (Some(&id("a")), 1));
    assert_eq!(error.related()[0].object(), Some(&id("c")));
    assert!(pass.status.is_stalled());
    assert_eq!(world.script.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_preview_writes_nothing_and_has_the_digest_of_what_is_done() {
    let world = World::new();
    world.commit("a=1 b=1");
    let app = world.pipeline(Options::new());
    let plan = app.preview().await.unwrap();
    assert_eq!(world.script.writes(), 0);
    let approved = plan.digest();
    let gate = move |plan: &gitops_core::model::Plan| {
        if plan.digest() == approved {
            return Ok(());
        }
        Err(Error::new(Stage::Plan, Retry::Never, reason::FORBIDDEN, "not the approved plan"))
    };
    let gated = world.pipeline(Options::new().guard(gate));
    assert!(gated.pass().await.is_settled());
    world.commit("a=2 b=1");
    let pass = gated.pass().await;
    assert_eq!(pass.error.unwrap().reason(), reason::FORBIDDEN);
    assert_eq!(world.live(), "a=1 b=1");
    assert!(plan.to_string().contains("2 to create, 0 unchanged\n  + File a"), "{plan}");
    // A plan says what it does without the documents themselves.
    let text = serde_json::to_string(&plan).unwrap();
    assert!(text.contains("\"action\":\"create\"") && text.contains("sha256:"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn deleting_an_app_needs_no_source_and_waits_for_finalizers() {
    let world = World::new();
    world.commit("a=1 b=1 c=1");
    world.pipeline(Options::new()).pass().await;
    world.system.hold(&id("b"), "slow");
    let gone = Error::new(Stage::Source, Retry::Backoff, reason::UNREACHABLE, "gone");
    world.script.always(Op::Resolve, Fault::Fail(gone));

    let app = world.pipeline(Options::new());
    let pass = app.delete().await;
    assert_eq!(outcomes(&pass), "-c -b -a");
    assert_eq!(world.live(), "b=1");
    // It says so, and doesn't call the app ready.
    assert_eq!(pass.waiting, [id("b")]);
    assert!(!pass.is_settled() && !pass.status.is_ready() && !pass.status.is_stalled());
    let condition = &pass.status.conditions[0];
    assert_eq!(condition.reason, reason::PROGRESSING);
    assert!(condition.message.ends_with("b to be gone"), "{}", condition.message);
    world.system.release(&id("b"), "slow");
    let pass = app.delete().await;
    assert!(pass.error.is_none() && pass.waiting.is_empty(), "{pass:?}");
    assert_eq!(world.live(), "");
    world.calls();
    app.delete().await;
    assert_eq!(world.calls(), "Load Observe", "the inventory is gone");
}

#[tokio::test(start_paused = true)]
async fn events_tell_each_outcome_once_and_silence_tells_nothing() {
    let world = World::new();
    world.commit("a=1 b=1");
    let log = Arc::new(Mutex::new(Vec::new()));
    let told = log.clone();
    let app = world.pipeline(Options::new().recorder(move |event: &Event| {
        told.lock().unwrap().push(match event {
            Event::Rendered { objects, .. } => format!("rendered {objects}"),
            Event::Planned { changes, .. } => format!("planned {changes}"),
            Event::Changed { id, outcome: Outcome::Done(effect), .. } => {
                format!("{effect:?} {}", id.name())
            }
            Event::StatusChanged(status) => format!("ready {}", status.is_ready()),
            other => format!("{other:?}"),
        });
    }));
    for _ in 0..3 {
        app.pass().await;
    }
    let expected = ["rendered 2", "planned 2", "Created a", "Created b", "ready true"];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_of_events_loses_the_oldest_and_is_told() {
    let world = World::new();
    world.commit("a=1 b=1");
    let (recorder, stream) = gitops_core::engine::events(2);
    let app = world.pipeline(Options::new().recorder(recorder));
    app.pass().await;
    drop(app);
    let events: Vec<_> = futures::StreamExt::collect(stream).await;
    assert_eq!(events.len(), 3);
    assert_eq!(events[0].as_ref().unwrap_err().count, 3);
    assert!(matches!(events[2], Ok(Event::StatusChanged(_))));
}
