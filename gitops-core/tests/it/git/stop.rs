//! Deadlines and cancellation, also where a server stalls or trickles.

use super::{assert_says, clock::Stepped, main_of, small, snapshot};
use gitops_core::{Retry, reason, stage::Source};
use gitops_testkit::repo::{At, Fault, RepoServer};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_stall_anywhere_ends_at_the_deadline_and_the_next_attempt_works() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let clock = Stepped::new();
    let url = server.serve("r", &repo);
    let source = main_of(&url, cache.path()).env(clock.env()).deadline(DEADLINE).build().unwrap();
    let mut stalled = 0;
    for at in [At::Advertisement, At::List, At::Pack] {
        for fault in [Fault::Stall, Fault::StallAfter(20), Fault::StallAfter(60)] {
            repo.write("app/a.yaml", format!("{at:?} {fault:?}")).commit("x").unwrap();
            server.fault(at, fault);
            stalled += 1;
            let attempt = async {
                let revision = source.resolve().await?;
                source.fetch(&revision).await
            };
            let (result, ()) = tokio::join!(attempt, async {
                server.until_stalled(stalled).await;
                clock.advance(DEADLINE);
            });
            let error = result.unwrap_err();
            assert_says(&error, reason::TIMED_OUT, &[&url, "30s"]);
            assert_eq!(error.retry(), Retry::Backoff);
            server.behave();
            // At once: nobody holds the lock any more, and no clock has to move for it.
            snapshot(&source).await;
        }
    }
}

#[tokio::test]
async fn a_trickle_does_not_outlive_the_deadline() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let clock = Stepped::new();
    let source = main_of(&server.serve("r", &repo), cache.path())
        .env(clock.env())
        .deadline(DEADLINE)
        .build()
        .unwrap();
    let revision = source.resolve().await.unwrap();
    server.fault(At::Pack, Fault::Trickle(Duration::from_millis(1)));
    let enough = server.sent() + 300;
    let (result, ()) = tokio::join!(source.fetch(&revision), async {
        server.until_sent(enough).await;
        clock.advance(DEADLINE);
    });
    assert_eq!(result.unwrap_err().reason(), reason::TIMED_OUT);
}

#[tokio::test]
async fn a_dropped_future_frees_the_cache() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path()).build().unwrap();
    let revision = source.resolve().await.unwrap();
    for stalled in 1..=5 {
        server.fault(At::Pack, Fault::StallAfter(stalled as usize * 10));
        tokio::select! {
            biased;
            result = source.fetch(&revision) => panic!("it can't be done: {result:?}"),
            () = server.until_stalled(stalled) => {}
        }
    }
    server.behave();
    source.fetch(&revision).await.unwrap();
}

#[tokio::test]
async fn dropped_at_any_byte_it_can_be_done_again() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path()).build().unwrap();
    let revision = source.resolve().await.unwrap();
    server.fault(At::Pack, Fault::Trickle(Duration::from_micros(100)));
    for bytes in (1..200).step_by(13) {
        let enough = server.sent() + bytes;
        tokio::select! {
            biased;
            result = source.fetch(&revision) => { result.unwrap(); break; }
            () = server.until_sent(enough) => {}
        }
    }
    server.behave();
    assert_eq!(super::text(&source.fetch(&revision).await.unwrap(), "app/a.yaml"), "a: 1\n");
}

/// A git that never answers.
#[cfg(unix)]
#[tokio::test]
async fn a_child_process_that_hangs_is_ended() {
    let (repo, cache, _) = small();
    let (told, program) = super::ssh::script(cache.path(), "echo $$ > \"$0.pid\"; exec sleep 1000");
    let clock = Stepped::new();
    let source = main_of(&repo.url(), &cache.path().join("cache"))
        .env(clock.env())
        .deadline(DEADLINE)
        .git_program(program)
        .build()
        .unwrap();
    let (result, pid) = tokio::join!(source.resolve(), async {
        let pid = loop {
            match std::fs::read_to_string(told.with_extension("pid")) {
                Ok(pid) if pid.ends_with('\n') => break pid,
                _ => tokio::task::yield_now().await,
            }
        };
        clock.advance(DEADLINE);
        pid
    });
    assert_eq!(result.unwrap_err().reason(), reason::TIMED_OUT);
    // Gone, and not as a zombie either.
    while std::path::Path::new("/proc").join(pid.trim()).exists() {
        tokio::task::yield_now().await;
    }
}
