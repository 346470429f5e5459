use super::{
    ledger::{Ledger, Verdict},
    report::{Report, fold, tell},
    *,
};
use gitops_core::{
    error::{Error, Retry, Stage},
    model::{Cause, Effect, ObjectId, Outcome},
    reason,
};

fn app() -> AppId {
    AppId::new("shop")
}

fn changed(name: &str, outcome: Outcome) -> Event {
    let id = ObjectId::new("", "ConfigMap", "shop", name);
    Event::Changed { app: app(), id, cause: Cause::Desired, origin: None, outcome }
}

fn created(name: &str) -> Report {
    tell(&changed(name, Outcome::Done(Effect::Created))).unwrap()
}

fn failed() -> Report {
    let error =
        Error::new(Stage::Source, Retry::Backoff, reason::UNREACHABLE, "no\u{1b}[31m route");
    tell(&Event::Failed { app: app(), error }).unwrap()
}

#[test]
fn changes_of_a_kind_are_told_together_and_failures_apart() {
    let error = Error::new(Stage::Apply, Retry::Never, reason::FORBIDDEN, "may not");
    let events = [
        changed("a", Outcome::Done(Effect::Created)),
        changed("b", Outcome::Done(Effect::Unchanged)),
        changed("c", Outcome::Failed(error)),
        changed("d", Outcome::Done(Effect::Created)),
    ];
    let reports = fold(events.iter().filter_map(tell));
    let said: Vec<_> = reports.iter().map(|one| (one.warning, one.reason, one.note())).collect();
    assert_eq!(
        said,
        [
            (false, "Created", "ConfigMap shop/a; ConfigMap shop/d".to_owned()),
            (true, reason::FORBIDDEN, "ConfigMap shop/c: apply: may not".to_owned()),
        ]
    );
    assert_eq!(reports[0].related(), None);
    assert_eq!(reports[1].related().unwrap().name.as_deref(), Some("c"));
}

#[test]
fn messages_fit_the_api_and_say_what_is_left_out() {
    let mut many = fold((0..500).map(|number| created(&format!("äö-{number}")))).remove(0);
    many.unheard(u64::MAX);
    let note = many.note();
    assert!(
        note.len() <= 1024 && note.contains(" more") && note.contains("not published"),
        "{note}"
    );
    let long = created(&"ä".repeat(2000)).note();
    assert!(long.len() <= 1024 && long.len() > 900);
}

#[test]
fn nothing_steers_a_terminal() {
    assert!(!failed().note().contains('\u{1b}'));
}

#[test]
fn an_event_told_again_is_counted_for_a_while() {
    let mut ledger = Ledger::default();
    let at = Duration::from_secs;
    assert_eq!(ledger.judge(&failed(), at(0)), Verdict::New { unheard: 0 });
    ledger.sent(&failed(), "one".into(), at(0));
    for (count, time) in [(2, 60), (3, 600)] {
        assert_eq!(ledger.judge(&failed(), at(time)), Verdict::Again { name: "one".into(), count });
    }
    assert_eq!(ledger.judge(&created("a"), at(600)), Verdict::New { unheard: 0 });
    assert_eq!(ledger.judge(&failed(), at(1300)), Verdict::New { unheard: 0 });
}

#[test]
fn a_talkative_app_is_heard_less_and_others_are_not() {
    let mut ledger = Ledger::default();
    let now = Duration::from_secs(10);
    let one = |number: u64| created(&number.to_string());
    let heard = (0..100).filter(|n| ledger.judge(&one(*n), now) != Verdict::Drop).count();
    assert_eq!(heard, BURST as usize);
    let other = Event::Failed {
        app: AppId::new("other"),
        error: Error::new(Stage::Plan, Retry::Never, reason::DEPENDENCY, "circle"),
    };
    assert_eq!(ledger.judge(&tell(&other).unwrap(), now), Verdict::New { unheard: 0 });
    let later = now + REFILL;
    assert_eq!(ledger.judge(&one(200), later), Verdict::New { unheard: 75 });
    assert_eq!(ledger.judge(&one(201), later), Verdict::Drop);
}

/// A real pass, so that the message is the engine's.
#[tokio::test]
async fn success_names_the_revision_once() {
    use futures::StreamExt as _;
    use gitops_core::{engine, model::Object, stage::Exact};
    use gitops_testkit::fake::{FakeRenderer, FakeSource, FakeSystem};

    let (source, system) = (FakeSource::new(), FakeSystem::new());
    let revision = source.write("a", "1").to_string();
    let (recorder, stream) = engine::events(64);
    let stages = engine::Stages {
        source,
        renderer: FakeRenderer::new(|_| {
            Ok(vec![Object::new(ObjectId::new("", "File", "", "a"), &"1".into())])
        }),
        observer: system.clone(),
        differ: Exact,
        applier: system.clone(),
        inventory: system.inventory(),
    };
    let options = engine::Options::new().recorder(recorder);
    let pass = engine::Pipeline::new("app", stages, options, Env::seeded(1)).pass().await;
    assert!(pass.is_settled());
    let events: Vec<_> = stream.filter_map(|event| async { event.ok() }).collect().await;
    let notes: Vec<String> = events.iter().filter_map(tell).map(|report| report.note()).collect();
    let said = notes.iter().find(|note| note.contains(&revision)).expect("the revision");
    assert_eq!(said.matches(&revision).count(), 1, "{said}");
}
