//! Requests of each kind, beside the real server.

use super::peer::{MAPS, Side};
use futures::{AsyncBufReadExt, TryStreamExt};
use gitops_benches::Bench;
use http::Request;
use std::cell::Cell;

/// Watchers of one resource.
const WATCHERS: usize = 100;
/// Objects in a list.
const LISTED: usize = 10_000;

pub(crate) fn run(bench: &Bench, ours: &Side<'_>, theirs: Option<&Side<'_>>) {
    let both = |name: &str, work: &str, each: &dyn Fn(&Side<'_>) -> usize| match theirs {
        Some(theirs) => bench.beside(name, work, || each(ours), "kube-apiserver", || each(theirs)),
        None => bench.alone(name, work, || each(ours)),
    };
    for side in [Some(ours), theirs].into_iter().flatten() {
        side.create("first");
    }
    both("get", "3 KB", &|side| side.get(&format!("{MAPS}/first")));
    let number = Cell::new(0);
    let next = || {
        number.set(number.get() + 1);
        number.get()
    };
    both("create", "3 KB", &|side| side.create(&format!("made-{}", next())));
    both("apply, a change", "3 KB", &|side| side.apply("applied", next()));
    both("apply, no change", "3 KB", &|side| side.apply("still", 0));
    if bench.wants("watch") {
        both("watch, 100 watchers see a change", "3 KB each", &|side| fan_out(side, next()));
    }
    if bench.wants("list") {
        for side in [Some(ours), theirs].into_iter().flatten() {
            let uri = "/api/v1/namespaces";
            let namespace = r#"{"metadata":{"name":"many"}}"#.as_bytes().to_vec();
            side.send("POST", uri, "application/json", namespace);
            fill(side);
        }
        both("list, 10000 objects", "30 MB", &|side| {
            side.get("/api/v1/namespaces/many/configmaps")
        });
    }
}

fn fill(side: &Side<'_>) {
    let body = |index: usize| super::peer::object(&format!("map-{index}"), index).to_string();
    for index in 0..LISTED {
        side.send(
            "POST",
            "/api/v1/namespaces/many/configmaps",
            "application/json",
            body(index).into(),
        );
    }
}

/// Opens the watches, changes an object, and reads until all have seen it.
fn fan_out(side: &Side<'_>, number: usize) -> usize {
    side.runtime.block_on(async {
        let open = |_| {
            let uri =
                format!("{MAPS}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Dfanned");
            let request = Request::get(uri).body(Vec::new()).unwrap();
            let client = side.client.clone();
            async move { client.request_stream(request).await.unwrap().lines() }
        };
        let mut watches = Vec::with_capacity(WATCHERS);
        for index in 0..WATCHERS {
            watches.push(open(index).await);
        }
        let uri = format!("{MAPS}/fanned?fieldManager=bench&force=true");
        let body = super::peer::object("fanned", number).to_string().into_bytes();
        let apply = Request::patch(uri).header("content-type", "application/apply-patch+yaml");
        side.client.request_text(apply.body(body).unwrap()).await.unwrap();
        let mut seen = 0;
        for watch in &mut watches {
            let wanted = format!("\"number\":\"{number}\"");
            while let Some(line) = watch.try_next().await.unwrap() {
                if line.contains(&wanted) {
                    seen += 1;
                    break;
                }
            }
        }
        assert_eq!(seen, WATCHERS);
        seen
    })
}
