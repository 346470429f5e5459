//! `run`: keeps it so, until interrupted.

use crate::{
    Found,
    cli::{Reconcile, Run},
    output::{self, murmur, say},
    wiring,
};
use futures::StreamExt;
use gitops_core::engine::{self, Apps, Controller, Event, Pipeline, Recorder};
use gitops_core::{Result, env::Env, model::AppId, render::Yaml};
use gitops_kube::events::Publisher;
use std::{future::Future, io, pin::pin, sync::Arc};

pub(crate) async fn run(args: Run) -> Result<Found> {
    let Run { reconcile: Reconcile { target, repository, policy, create_namespace }, interval } =
        args;
    let env = Env::system();
    let app = wiring::connect(&target, Some(&policy)).await?;
    let source = wiring::source(&repository, target.timeout)?;
    if create_namespace {
        wiring::create_namespace(&app).await?;
    }
    let stages = app.stages(source.clone(), Yaml::new(&repository.path)?);

    // What happens is told twice: here, and as Events that `kubectl get events` shows.
    let (recorder, events) = engine::events(1024);
    let format = target.output;
    let tell = move |event: &Event| {
        if let Some(text) = output::event(event, format) {
            say(&text);
        }
        recorder.record(event);
    };
    let home = app.app().parent().clone();
    let publisher = Publisher::new(app.cluster().client().clone(), "reconciler", &env, move |_| {
        Some(home.clone())
    });

    let options = wiring::options(&app, &policy, target.timeout).interval(interval).recorder(tell);
    let key = AppId::new(&target.app);
    let pipeline = Arc::new(Pipeline::new(key.clone(), stages, options, env.clone()));
    let apps = Apps::new([pipeline]);
    let controller = Controller::new(env.clone())
        .on(engine::once(key.clone()))
        .on(engine::revisions(key, Arc::new(source), interval, &env))
        .on(apps.live());
    let handle = controller.handle();

    let work = async {
        let mut reports = pin!(controller.run(apps));
        let mut stopping = false;
        loop {
            tokio::select! { biased;
                signal = interrupted() => {
                    if signal.is_err() || stopping {
                        murmur("stopped at once: the next start finishes what was begun");
                        return Found::Trouble;
                    }
                    murmur("stopping when the pass that runs is done; again to stop at once");
                    stopping = true;
                    handle.shutdown();
                }
                report = reports.next() => match report {
                    Some(_) => {}
                    None => return Found::Nothing,
                }
            }
        }
    };
    tokio::select! { biased;
        found = work => Ok(found),
        () = publish(publisher, events) => Ok(Found::Trouble),
    }
}

/// Publishes for as long as anybody works.
async fn publish(
    publisher: Publisher,
    events: impl futures::Stream<Item = std::result::Result<Event, engine::Lost>>,
) {
    publisher.publish(events).await;
    std::future::pending::<()>().await;
}

/// Completes on SIGINT, SIGTERM, or what stands for them elsewhere.
#[cfg(unix)]
fn interrupted() -> impl Future<Output = io::Result<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (mut interrupt, mut terminate) = (signals.0?, signals.1?);
        tokio::select! { biased;
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    }
}

/// Completes on SIGINT, SIGTERM, or what stands for them elsewhere.
#[cfg(not(unix))]
fn interrupted() -> impl Future<Output = io::Result<()>> {
    tokio::signal::ctrl_c()
}
