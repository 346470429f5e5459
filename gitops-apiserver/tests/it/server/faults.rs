//! Faults on cue, the record, histories, admission, users.
#![allow(clippy::disallowed_methods, reason = "the paused clock of the runtime")]

use futures::{StreamExt, TryStreamExt};
use gitops_apiserver::{
    ApiServer,
    access::User,
    admission::{Denial, Operation},
    fault::{Fault, Rule, WatchFault},
    record::History,
    status::Status,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client, Error,
    api::{DeleteParams, ListParams, PostParams, WatchEvent, WatchParams},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

fn map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"key": "value"}})).unwrap()
}

fn maps(server: &ApiServer) -> Api<ConfigMap> {
    Api::default_namespaced(Client::new(server.service(), "default"))
}

async fn create(maps: &Api<ConfigMap>, name: &str) -> Result<ConfigMap, Error> {
    maps.create(&PostParams::default(), &map(name)).await
}

fn code(result: Result<ConfigMap, Error>) -> u16 {
    match result {
        Ok(_) => 200,
        Err(Error::Api(status)) => status.code,
        Err(_) => 0,
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_comes_before_or_after_the_effect() {
    let server = ApiServer::new();
    let maps = maps(&server);
    let timeout = Status::timeout("the operation may still complete", 0);
    let cases = [
        (Fault::Refuse(Status::internal("broken")), 500, false),
        (Fault::RefuseAfter(timeout), 504, true),
        (Fault::Reset, 0, false),
        (Fault::ResetAfter, 0, true),
        (Fault::Truncate(10), 0, true),
        (Fault::Overload, 429, false),
    ];
    for (index, (fault, expected, effect)) in cases.into_iter().enumerate() {
        server.faults().clear();
        server.faults().add(Rule::verb("create").resource("configmaps").nth(1), fault.clone());
        let name = format!("map-{index}");
        assert_eq!(code(create(&maps, &name).await), expected, "{fault:?}");
        assert_eq!(maps.get_opt(&name).await.unwrap().is_some(), effect, "{fault:?}");
        // The second one is none of its business.
        assert_eq!(code(create(&maps, &format!("{name}-b")).await), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn latency_takes_no_real_time() {
    let server = ApiServer::new();
    let maps = maps(&server);
    server.faults().add(Rule::verb("get").times(1), Fault::Latency(Duration::from_secs(3600)));
    let start = Instant::now();
    maps.get_opt("a").await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(3600));
    let again = Instant::now();
    maps.get_opt("a").await.unwrap();
    assert!(again.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_shows_the_past() {
    let server = ApiServer::new();
    let maps = maps(&server);
    create(&maps, "a").await.unwrap();
    create(&maps, "b").await.unwrap();
    server.faults().add(Rule::verb("list").nth(1), Fault::Stale(1));
    server.faults().add(Rule::verb("get").nth(1), Fault::Stale(1));
    assert_eq!(maps.list(&ListParams::default()).await.unwrap().items.len(), 1);
    assert_eq!(maps.list(&ListParams::default()).await.unwrap().items.len(), 2);
    assert!(maps.get_opt("b").await.unwrap().is_none());
    assert!(maps.get_opt("b").await.unwrap().is_some());
}

async fn seen(maps: &Api<ConfigMap>, from: &str) -> Vec<String> {
    let events =
        maps.watch(&WatchParams::default().timeout(30).disable_bookmarks(), from).await.unwrap();
    let mut events = events.boxed();
    let mut out = Vec::new();
    loop {
        out.push(match events.try_next().await {
            Ok(None) => return out,
            Ok(Some(WatchEvent::Added(map))) => map.metadata.name.unwrap(),
            Ok(Some(WatchEvent::Error(status))) => status.code.to_string(),
            Ok(Some(other)) => panic!("{other:?}"),
            Err(_) => {
                out.push("broken".to_owned());
                return out;
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn watches_lose_repeat_and_end() {
    let cases: [(WatchFault, &[&str]); 6] = [
        (WatchFault::Drop(2), &["a", "c"]),
        (WatchFault::Duplicate(2), &["a", "b", "b", "c"]),
        (WatchFault::Delay(2, Duration::from_secs(5)), &["a", "b", "c"]),
        (WatchFault::Close(2), &["a", "b"]),
        (WatchFault::Reset(2), &["a", "b", "broken"]),
        (WatchFault::Expire(2), &["a", "b", "410"]),
    ];
    for (fault, expected) in cases {
        let server = ApiServer::new();
        let maps = maps(&server);
        let from =
            maps.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
        for name in ["a", "b", "c"] {
            create(&maps, name).await.unwrap();
        }
        server.faults().add(Rule::verb("watch"), Fault::Watch(fault.clone()));
        assert_eq!(seen(&maps, &from).await, expected, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn held_back_events_let_bookmarks_wait_and_end_with_their_watch() {
    let server = ApiServer::new();
    let maps = maps(&server);
    for name in ["a", "b", "c"] {
        create(&maps, name).await.unwrap();
    }
    let minute = Duration::from_secs(60);
    server.faults().add(Rule::verb("watch"), Fault::Watch(WatchFault::Delay(2, minute)));
    let start = Instant::now();
    let events = maps.watch(&WatchParams::default().timeout(90), "0").await.unwrap();
    let mut events = events.boxed();
    let mut seen = Vec::new();
    while let Some(event) = events.try_next().await.unwrap() {
        let WatchEvent::Added(map) = event else { panic!("{event:?}") };
        seen.push((map.metadata.name.unwrap(), start.elapsed().as_secs()));
    }
    assert_eq!(seen, [("a".to_owned(), 0), ("b".to_owned(), 60)]);
    assert_eq!(start.elapsed(), Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn a_compacted_past_is_expired_and_a_restart_ends_watches() {
    let server = ApiServer::new();
    let maps = maps(&server);
    create(&maps, "a").await.unwrap();
    let from = maps.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    create(&maps, "b").await.unwrap();
    server.compact();
    assert_eq!(seen(&maps, &from).await, ["410"]);

    let now = maps.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let start = Instant::now();
    let watching = seen(&maps, &now);
    let restarting = async {
        tokio::task::yield_now().await;
        server.restart();
    };
    let (events, ()) = futures::join!(watching, restarting);
    assert!(events.is_empty());
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_and_sent_again() {
    let server = ApiServer::new();
    let maps = maps(&server);
    server.record();
    create(&maps, "a").await.unwrap();
    assert_eq!(code(create(&maps, "a").await), 409);
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    assert_eq!(server.requests().writes(), 3);
    assert_eq!(server.requests().count(|request| request.code == 409), 1);
    server.requests().clear();
    assert_eq!(server.requests().all(), []);

    let saved = server.history().print();
    let again = ApiServer::new();
    let codes = History::parse(&saved).unwrap().replay(&mut again.service()).await.unwrap();
    assert_eq!(codes, [201, 409, 200]);
}

#[tokio::test(start_paused = true)]
async fn admission_changes_and_refuses() {
    let server = ApiServer::new();
    let maps = maps(&server);
    server.mutate("label.example.org", false, |review, object| {
        if review.resource == "configmaps" {
            object["metadata"]["labels"] = json!({"by": review.user.name});
        }
        Ok(())
    });
    server.validate("keep.example.org", true, |review| match review.operation {
        Operation::Delete => Err(Denial::because("it stays")),
        _ => Ok(()),
    });
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let Err(Error::Api(refused)) = maps.create(&dry, &map("a")).await else { panic!() };
    assert_eq!(refused.message, "admission webhook \"keep.example.org\" does not support dry run");
    let made = create(&maps, "a").await.unwrap();
    assert_eq!(made.metadata.labels.unwrap()["by"], "admin");
    let Err(Error::Api(refused)) = maps.delete("a", &DeleteParams::default()).await else {
        panic!()
    };
    assert_eq!(
        (refused.code, &*refused.message),
        (400, "admission webhook \"keep.example.org\" denied the request: it stays")
    );
}

#[tokio::test(start_paused = true)]
async fn users_may_do_what_their_roles_say() {
    let server = ApiServer::new();
    let user = User { name: "jane".to_owned(), ..User::default() };
    let janes: Api<ConfigMap> =
        Api::default_namespaced(Client::new(server.service_as(user), "default"));
    let Err(Error::Api(refused)) = janes.get("a").await else { panic!() };
    assert_eq!(
        (refused.code, &*refused.message),
        (
            403,
            "configmaps \"a\" is forbidden: User \"jane\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"default\""
        )
    );
    assert!(maps(&server).get_opt("a").await.unwrap().is_none());
}
