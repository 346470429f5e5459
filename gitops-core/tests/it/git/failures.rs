//! Servers that are away, slow, unfriendly or broken: none of it looks like an empty repository.

use super::{assert_says, failure, main_of, small, snapshot, text};
use gitops_core::{Retry, reason, source::git::Limits, stage::Source};
use gitops_testkit::repo::{At, FakeRepo, Fault, RepoServer};
use std::time::Duration;
use tempfile::TempDir;

#[tokio::test]
async fn an_unreachable_server_is_named() {
    let cache = TempDir::new().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/r");
    let error = failure(&main_of(&url, cache.path()).build().unwrap()).await;
    assert_says(&error, reason::UNREACHABLE, &[&url, "check host name"]);
    assert_eq!(error.retry(), Retry::Backoff);
    let url = "https://no-such-host.invalid/r";
    let error = failure(&main_of(url, cache.path()).build().unwrap()).await;
    assert_says(&error, reason::UNREACHABLE, &[url]);
}

#[tokio::test]
async fn missing_repositories_are_missing_over_every_transport() {
    let cache = TempDir::new().unwrap();
    let server = RepoServer::start().await.unwrap();
    for url in [server.url("nobody"), format!("file://{}/none", cache.path().display())] {
        let error = failure(&main_of(&url, cache.path()).build().unwrap()).await;
        assert_says(&error, reason::REPOSITORY_NOT_FOUND, &[&url, "check the URL"]);
        assert_eq!(error.retry(), Retry::Never);
    }
}

#[tokio::test]
async fn an_empty_repository_has_no_branch_and_that_is_no_empty_tree() {
    let (repo, cache) = (FakeRepo::new().unwrap(), TempDir::new().unwrap());
    let error = failure(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    assert_says(&error, reason::REVISION_NOT_FOUND, &["refs/heads/main does not exist"]);
    // A commit without files is a snapshot.
    repo.commit("nothing yet").unwrap();
    let files = snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    assert_eq!(files.list("").unwrap(), []);
}

#[tokio::test]
async fn every_answer_that_is_no_answer_has_its_reason() {
    let (repo, _, _) = small();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    let retry_after = vec![("retry-after", "120".to_owned())];
    let elsewhere = "https://login.example.com/r/info/refs?service=git-upload-pack&t=s3cret";
    let sign_in = format!("{}/sign_in?token=s3cret", server.url("r"));
    for (fault, expected, retry, word) in [
        (Fault::Status(401, vec![]), reason::UNAUTHENTICATED, Retry::Never, "401"),
        (Fault::Status(403, vec![]), reason::FORBIDDEN, Retry::Never, "403"),
        (Fault::Status(404, vec![]), reason::REPOSITORY_NOT_FOUND, Retry::Never, "404"),
        (Fault::Status(407, vec![]), reason::UNAUTHENTICATED, Retry::Never, "proxy"),
        (Fault::Status(418, vec![]), reason::REPOSITORY_NOT_FOUND, Retry::Never, "418"),
        (Fault::Status(429, vec![]), reason::THROTTLED, Retry::Backoff, "429"),
        (
            Fault::Status(429, retry_after.clone()),
            reason::THROTTLED,
            Retry::After(Duration::from_secs(120)),
            "120 s",
        ),
        (
            Fault::Status(503, retry_after),
            reason::THROTTLED,
            Retry::After(Duration::from_secs(120)),
            "503",
        ),
        (Fault::Status(500, vec![]), reason::UNREACHABLE, Retry::Backoff, "500"),
        (Fault::Redirect(elsewhere.into()), reason::FORBIDDEN, Retry::Never, "login.example.com"),
        (Fault::Redirect(sign_in), reason::UNAUTHENTICATED, Retry::Never, "/r/sign_in"),
        (Fault::LoginPage, reason::UNAUTHENTICATED, Retry::Never, "text/html"),
        (
            Fault::Refuse("access denied or repository not exported: /r".into()),
            reason::REPOSITORY_NOT_FOUND,
            Retry::Never,
            "not exported",
        ),
        (
            Fault::Refuse("upload-pack: not our ref 123".into()),
            reason::REVISION_NOT_FOUND,
            Retry::Never,
            "force-push",
        ),
    ] {
        for at in [At::Advertisement, At::List, At::Pack] {
            let cache = TempDir::new().unwrap();
            let source = main_of(&url, cache.path()).build().unwrap();
            server.fault(at, fault.clone());
            let error = failure(&source).await;
            server.behave();
            // A redirect of a POST is a page like any other.
            let moved = matches!(fault, Fault::Redirect(_)) && at != At::Advertisement;
            let expected = if moved { reason::UNAUTHENTICATED } else { expected };
            assert_says(&error, expected, &[&url, if moved { "302" } else { word }]);
            assert_eq!(error.retry(), retry, "{at:?} {error}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
            // And nothing is left that would stand in the way.
            snapshot(&source).await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_anywhere_is_an_error_and_the_next_attempt_works() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path()).build().unwrap();
    for at in [At::Advertisement, At::List, At::Pack] {
        // The answers are some hundred bytes long: every place in them is tried, in one repository.
        let mut bytes = 0;
        loop {
            let tip = repo.write("app/a.yaml", format!("{at:?}: {bytes}\n")).commit("x").unwrap();
            let before = server.sent();
            server.fault(at, Fault::Truncate(bytes));
            let result = match source.resolve().await {
                Ok(revision) => source.fetch(&revision).await,
                Err(error) => Err(error),
            };
            server.behave();
            let whole = result.is_ok();
            if let Err(error) = &result {
                assert!(
                    [reason::UNREACHABLE, reason::CORRUPT].contains(&error.reason()),
                    "{at:?} after {bytes}: {error}"
                );
                assert_eq!(error.retry(), Retry::Backoff, "{error}");
            }
            let files = snapshot(&source).await;
            assert_eq!(files.revision().id(), format!("sha1:{tip}"));
            assert_eq!(text(&files, "app/a.yaml"), format!("{at:?}: {bytes}\n"));
            if whole {
                // Cut behind its end: that was all of it.
                assert!(bytes > 50 && server.sent() > before, "{at:?} was never cut");
                break;
            }
            bytes += 23;
        }
    }
}

#[tokio::test]
async fn a_damaged_pack_is_noticed_wherever_the_damage_is() {
    let (repo, _, _) = small();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    for at in (0..400).step_by(7) {
        let cache = TempDir::new().unwrap();
        let source = main_of(&url, cache.path()).build().unwrap();
        server.fault(At::Pack, Fault::Flip(at));
        let revision = source.resolve().await.unwrap();
        // Damage in a progress message is nobody's loss; what is read must be right or an error.
        match source.fetch(&revision).await {
            Ok(files) => assert_eq!(text(&files, "app/a.yaml"), "a: 1\n", "byte {at}"),
            Err(error) => assert!(
                [
                    reason::CORRUPT,
                    reason::UNREACHABLE,
                    reason::REVISION_NOT_FOUND,
                    reason::TIMED_OUT,
                    // A length that is wrong is refused before as much is made room for.
                    reason::TOO_LARGE
                ]
                .contains(&error.reason()),
                "byte {at}: {error}"
            ),
        }
        server.behave();
        assert_eq!(text(&snapshot(&source).await, "app/a.yaml"), "a: 1\n");
    }
}

#[tokio::test]
async fn limits_on_the_transfer_and_on_one_object_hold() {
    let (repo, cache, _) = small();
    // Pseudo-random, so that it does not compress.
    let mut noise = vec![0_u8; 300_000];
    let mut state = 1_u32;
    noise.iter_mut().for_each(|byte| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    });
    repo.write("big", &noise).commit("big").unwrap();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    for (limits, word) in [
        (Limits { transfer_bytes: 100_000, ..Limits::default() }, "100000 bytes"),
        (Limits { object_bytes: 100_000, ..Limits::default() }, "100000 bytes"),
    ] {
        let source = main_of(&url, cache.path()).limits(limits).build().unwrap();
        let error = failure(&source).await;
        assert_says(&error, reason::TOO_LARGE, &[&url, word]);
        assert_eq!(error.retry(), Retry::Never);
    }
    snapshot(&main_of(&url, cache.path()).build().unwrap()).await;
}
