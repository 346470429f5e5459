//! The semantics of the API as a table of short stories: requests, and what their answers have.
//!
//! Each story is played on the server in memory and, where it is there, on the real one: what the
//! table says is what the real server does. [`story`] says how a story is written.

mod matching;
mod names;
mod play;
mod servers;
mod story;

use futures::{StreamExt as _, future::join_all, stream};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use servers::{Memory, Real};
use std::sync::Arc;

/// How many stories are played at a time on the real server.
const AT_ONCE: usize = 8;
/// How often a story is played there: the real server's authorizer hears of roles by a watch and
/// may be late, and it closes connections when it likes.
const TRIES: usize = 3;

#[tokio::test(start_paused = true)]
async fn the_server_in_memory_does_as_the_table_says() {
    let played = story::all().into_iter().enumerate().map(async |(index, story)| {
        let memory = Memory::new().await;
        play::play(&memory, &story, &format!("story-{index}")).await
    });
    report(join_all(played).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_server_does_as_the_table_says() {
    // Webhooks and definitions of other tests would get in the way.
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let real = Real::new(Arc::new(server)).await;
    let stories = story::all().into_iter().filter(|story| !story.only_memory);
    let played = stream::iter(stories).map(async |story| {
        let mut played = Ok(());
        for _ in 0..TRIES {
            played = play::play(&real, &story, &real.namespace().await).await;
            if played.is_ok() {
                break;
            }
        }
        played
    });
    report(played.buffered(AT_ONCE).collect().await);
}

/// Fails with all that went another way.
#[track_caller]
fn report(played: Vec<Result<(), String>>) {
    let count = played.len();
    let failed: Vec<String> = played.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{} of {count} stories:\n{}", failed.len(), failed.join("\n"));
}
