//! Credentials: they let in, they stay at their origin, and they never come back in words.

use super::{assert_says, failure, main_of, small, snapshot};
use gitops_core::{
    Result, async_trait, error, reason,
    source::git::{Credential, Credentials},
    stage::Source,
};
use gitops_testkit::repo::{At, Fault, RepoServer};
use std::sync::atomic::{AtomicUsize, Ordering};

const SECRET: &str = "s3cr\"t/päss+wörd";

fn assert_secret_free(error: &gitops_core::Error) {
    let said = format!("{error} {error:?} {} {:#?}", error::chain(error), error.message());
    // base64 of it and of "me:" before it, URL-encoded, JSON-escaped: without their ends, which
    // depend on what stands beside them.
    for form in
        [SECRET, "czNjclwi", "s3cr", "czNjciJ0L3", "bWU6czNjciJ0", "s3cr%22t%2Fp", "p\\u00e4ss"]
    {
        assert!(!said.contains(form), "{form} in {said}");
    }
}

#[tokio::test]
async fn basic_and_bearer_let_in_and_nothing_else_does() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    let source = |credential| {
        main_of(&url, cache.path())
            .credentials(credential)
            .danger_allow_http_credentials_on_loopback()
            .build()
            .unwrap()
    };
    let good = [Credential::basic("me", SECRET), Credential::bearer("t0ken-A")];
    server.require_basic("me", SECRET);
    snapshot(&source(good[0].clone())).await;
    for bad in [Credential::Anonymous, good[1].clone(), Credential::basic("me", "wrong")] {
        let error = failure(&source(bad)).await;
        assert_says(&error, reason::UNAUTHENTICATED, &[&url, "401"]);
    }
    server.require_bearer("t0ken-A");
    snapshot(&source(good[1].clone())).await;
    let error = failure(&source(good[0].clone())).await;
    assert_says(&error, reason::UNAUTHENTICATED, &[&url]);
    assert_secret_free(&error);
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_does_not_get_it_into_our_errors() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    let json = "s3cr\\\"t/päss+wörd";
    let url_encoded = "s3cr%22t%2Fp%C3%A4ss%2Bw%C3%B6rd";
    use base64::{Engine, engine::general_purpose::STANDARD};
    for form in [
        SECRET.to_owned(),
        STANDARD.encode(SECRET),
        STANDARD.encode(format!("me:{SECRET}")),
        url_encoded.to_owned(),
        json.to_owned(),
    ] {
        for at in [At::Advertisement, At::List, At::Pack] {
            server.fault(at, Fault::Refuse(format!("access denied for {form}!")));
            let source = main_of(&url, cache.path())
                .credentials(Credential::basic("me", SECRET))
                .danger_allow_http_credentials_on_loopback()
                .build()
                .unwrap();
            let error = failure(&source).await;
            server.behave();
            assert_says(&error, reason::FORBIDDEN, &["access denied for ***!"]);
            assert_secret_free(&error);
        }
    }
    let builder = main_of("https://me:s3cr@h/r", cache.path())
        .credentials(Credential::basic("me", SECRET))
        .proxy("http://me:s3cr@127.0.0.1:1");
    assert!(!format!("{builder:?}").contains("s3cr"), "{builder:?}");
    assert_secret_free(&builder.build().unwrap_err());
    assert_eq!(format!("{:?}", Credential::bearer(SECRET)), "Bearer(***)");
}

#[tokio::test]
async fn credentials_are_not_sent_unencrypted_unless_to_this_machine_and_asked_to() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    let plain = main_of(&url, cache.path()).credentials(Credential::bearer("t0ken-A"));
    let error = failure(&plain.build().unwrap()).await;
    assert_says(&error, reason::INVALID_CONFIGURATION, &[&url, "unencrypted", "https"]);
    assert_eq!(server.requests(), []);
    let far = main_of("http://git.example.com/r", cache.path())
        .credentials(Credential::bearer("t0ken-A"))
        .danger_allow_http_credentials_on_loopback();
    assert_says(&failure(&far.build().unwrap()).await, reason::INVALID_CONFIGURATION, &["https"]);
}

#[tokio::test]
async fn a_redirect_to_another_origin_never_sees_them() {
    let (repo, cache, _) = small();
    let (server, other) = (RepoServer::start().await.unwrap(), RepoServer::start().await.unwrap());
    let url = server.serve("r", &repo);
    let there = format!("{}/info/refs?service=git-upload-pack", other.serve("r", &repo));
    server.fault(At::Advertisement, Fault::Redirect(there));
    let source = main_of(&url, cache.path())
        .credentials(Credential::bearer("t0ken-A"))
        .danger_allow_http_credentials_on_loopback()
        .build()
        .unwrap();
    let error = failure(&source).await;
    assert_says(&error, reason::FORBIDDEN, &["redirects to another origin", &other.url("r")]);
    assert_eq!(other.requests(), []);
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed() {
    let (repo, cache, id) = small();
    let server = RepoServer::start().await.unwrap();
    let (old, new) = (server.url("old"), server.serve("new", &repo));
    // The fault is for every advertisement: only the old name has it.
    server.redirect("old", &new);
    let source = main_of(&old, cache.path()).build().unwrap();
    let files = snapshot(&source).await;
    assert_eq!(files.revision().id(), format!("sha1:{id}"));
}

#[tokio::test]
async fn credentials_are_asked_for_before_every_attempt_so_that_they_can_rotate() {
    struct Rotating(AtomicUsize);

    #[async_trait]
    impl Credentials for Rotating {
        async fn credential(&self) -> Result<Credential> {
            Ok(Credential::bearer(format!("t0ken-{}", self.0.fetch_add(1, Ordering::SeqCst))))
        }
    }

    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path())
        .credentials(Rotating(AtomicUsize::new(0)))
        .danger_allow_http_credentials_on_loopback()
        .build()
        .unwrap();
    server.require_bearer("t0ken-0");
    let revision = source.resolve().await.unwrap();
    server.require_bearer("t0ken-1");
    source.fetch(&revision).await.unwrap();
    server.require_bearer("t0ken-2");
    source.resolve().await.unwrap();
    // Expired: an error, not an empty repository; and the last snapshot can still be had.
    let error = source.resolve().await.unwrap_err();
    assert_says(&error, reason::UNAUTHENTICATED, &["expired"]);
    source.fetch(&revision).await.unwrap();
}

#[tokio::test]
async fn a_credential_that_does_not_fit_the_url_is_said_so() {
    let (_, cache, _) = small();
    let key = Credential::ssh_key("/k");
    let error =
        failure(&main_of("https://h/r", cache.path()).credentials(key).build().unwrap()).await;
    assert_says(&error, reason::INVALID_CONFIGURATION, &["ssh key", "https://h/r"]);
    let broken = Credential::bearer("t0ken\nX: y");
    let error =
        failure(&main_of("https://h/r", cache.path()).credentials(broken).build().unwrap()).await;
    assert_says(&error, reason::INVALID_CONFIGURATION, &["line break"]);
    assert!(!format!("{error:?}").contains("t0ken"));
}
