//! A crash at every write: the next start finishes the job.

use super::World;
use gitops_core::engine::{Options, Pass, Pipeline, PrunePolicy};
use gitops_testkit::fake::Moment;
use std::{future::Future, sync::Arc, time::Duration};

/// What happens to the repository, step by step, with a settled app after each.
const STEPS: &[&str] = &["a=1 b=1 c=1", "a=2 c=1 d=1", "a=2", "a=1 b=1 c=1"];

struct Process {
    world: World,
    app: Arc<Pipeline>,
    mortal: bool,
}

impl Process {
    fn start(world: &World) -> Arc<Pipeline> {
        let prune = PrunePolicy::default().budget(100, 100);
        world.pipeline(Options::new().prune(prune).concurrency(1))
    }

    /// Does the work; when the scripted crash strikes, starts a new process and does it again.
    async fn survive<F: Future<Output = Pass>>(&mut self, work: impl Fn(Arc<Pipeline>) -> F) {
        tokio::select! { biased;
            () = self.world.script.hung(1), if self.mortal => {}
            pass = work(self.app.clone()) => {
                assert!(pass.error.is_none(), "{pass:?}");
                return;
            }
        }
        self.mortal = false;
        self.app = Self::start(&self.world);
        let pass = work(self.app.clone()).await;
        assert!(pass.error.is_none(), "{pass:?}");
    }
}

/// Runs all steps and deletes the app, with a crash if one is given. Returns the live state after
/// each step and how many writes there were.
async fn run(kill: Option<(usize, Moment)>) -> (Vec<String>, usize) {
    let world = World::new();
    if let Some((n, moment)) = kill {
        world.script.kill_at(n, moment);
    }
    let app = Process::start(&world);
    let mut process = Process { world: world.clone(), app, mortal: kill.is_some() };
    let mut states = Vec::new();
    for step in STEPS {
        world.commit(step);
        process
            .survive(|app| async move {
                let pass = app.settle(Duration::from_secs(60)).await;
                assert!(pass.is_settled(), "{pass:?}");
                pass
            })
            .await;
        states.push(world.live());
    }
    // Nothing is orphaned: deleting the app leaves an empty system.
    process.survive(|app| async move { app.delete().await }).await;
    states.push(world.live());
    assert!(!process.mortal || kill.is_none(), "the crash at {kill:?} never came");
    (states, world.script.writes())
}

/// The head moves while no process runs: what the dead one meant to create is found by what it
/// wrote down before, or orphaned for ever.
#[tokio::test(start_paused = true)]
async fn another_commit_before_the_restart() {
    let (_, writes) = run(None).await;
    for n in 1..=writes {
        for moment in [Moment::Before, Moment::After] {
            let world = World::new();
            world.script.kill_at(n, moment);
            let mut app = Process::start(&world);
            for step in STEPS {
                world.commit(step);
                let died = tokio::select! { biased;
                    () = world.script.hung(1) => true,
                    _ = app.settle(Duration::from_secs(60)) => false,
                };
                if died {
                    app = Process::start(&world);
                    break;
                }
            }
            world.script.clear();
            world.commit("z=1");
            let pass = app.settle(Duration::from_secs(60)).await;
            assert!(pass.is_settled(), "{pass:?}");
            assert_eq!(world.live(), "z=1", "orphans after a crash at write {n} {moment:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_write_before_and_after_its_effect() {
    let (expected, writes) = run(None).await;
    assert_eq!(expected, [STEPS, &[""]].concat());
    assert!(writes > 20, "{writes}");
    for n in 1..=writes {
        for moment in [Moment::Before, Moment::After] {
            let (states, _) = run(Some((n, moment))).await;
            assert_eq!(states, expected, "after a crash at write {n} {moment:?}");
        }
    }
}
