//! A hundred apps in one controller. One of them fails, alone; somebody edits another one's object,
//! and the live system itself starts the repair; the failing one is cured; the rest is silence. All
//! in memory; ends by itself with a summary, and with an error if something isn't as told.

use futures::StreamExt;
use gitops_core::engine::{self, Apps, Backoff, Controller, Options, Pipeline, Reason, Stages};
use gitops_core::model::{AppId, Object, ObjectId};
use gitops_core::{Error, Retry, Stage, env::Env, reason, stage::Exact};
use gitops_testkit::fake::{FakeRenderer, FakeSource, FakeSystem, Fault};
use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

const APPS: usize = 100;
const BROKEN: &str = "app-013";
const EDITED: &str = "app-042";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Far more than it needs: a demonstration must not hang.
    tokio::time::timeout(Duration::from_secs(60), demonstrate()).await?
}

async fn demonstrate() -> Result<(), Box<dyn std::error::Error>> {
    let env = Env::system();
    let system = FakeSystem::new();
    let full = Error::new(Stage::Apply, Retry::Backoff, reason::UNAVAILABLE, "the disk is full");
    system.script().on(&object(BROKEN), Fault::Fail(full));

    let names = (0..APPS).map(|number| format!("app-{number:03}"));
    let apps = Apps::new(names.map(|name| Arc::new(app(&name, &system, &env))));
    let keys: Vec<AppId> = apps.ids().cloned().collect();
    // Triggers are the only input: each app now and every ten minutes, and whenever its live
    // objects move. At most eight run at once, one run an app at a time.
    let controller = Controller::new(env.clone())
        .concurrency(8)
        .backoff(Backoff::new(Duration::from_millis(50), Duration::from_secs(1)))
        .on(engine::interval(keys, Duration::from_secs(600), 10, &env))
        .on(apps.live());
    let handle = controller.handle();

    let (mut passes, mut failures, mut done) = (0, 0, BTreeSet::new());
    let mut story = Story::RollOut;
    // The stream is the loop: nothing runs while nobody polls it, and it ends after a shutdown.
    let mut reports = pin!(controller.run(apps.clone()));
    while let Some(report) = reports.next().await {
        passes += 1;
        let app = report.key.as_str();
        match &report.result {
            Err(error) => {
                failures += 1;
                println!("{app} failed, the others go on: {error}");
            }
            Ok(_) if done.insert(report.key.clone()) && done.len() % 20 == 0 => {
                println!("{} of {APPS} apps are as desired", done.len());
            }
            Ok(_) => {}
        }
        story = match story {
            Story::RollOut if done.len() == APPS - 1 && failures > 1 => {
                println!("somebody edits the object of {EDITED}");
                system.put(&object(EDITED), &"edited".into());
                Story::Drift
            }
            Story::Drift if app == EDITED && system.value(&object(app)) == Some(wanted(app)) => {
                println!("{app} is repaired, its pass was triggered by: {:?}", report.reason);
                if report.reason != Reason::Live {
                    return Err("the repair was not triggered by the live system".into());
                }
                println!("the disk of {BROKEN} has room again");
                system.script().clear();
                handle.trigger(BROKEN.into());
                Story::Cure
            }
            Story::Cure if done.len() == APPS => {
                println!("{app} is as desired too; good night");
                handle.shutdown();
                Story::End
            }
            story => story,
        };
    }

    let ready = apps.statuses().iter().filter(|status| status.is_ready()).count();
    println!("\n{passes} passes, {failures} of them failed; {ready} of {APPS} apps are ready");
    println!("{} reads and {} writes", system.script().reads(), system.script().writes());
    if ready == APPS { Ok(()) } else { Err("not all apps are ready".into()) }
}

/// What is to come next.
enum Story {
    RollOut,
    Drift,
    Cure,
    End,
}

/// An app with its own repository, of one file; all apps share the live system.
fn app(name: &str, system: &FakeSystem, env: &Env) -> Pipeline {
    let source = FakeSource::new();
    source.write("config", format!("the config of {name}"));
    let (system, id) = (system.as_app(name), object(name));
    let stages = Stages {
        source,
        renderer: FakeRenderer::new(move |snapshot| {
            let text = String::from_utf8_lossy(&snapshot.read("config")?).into_owned();
            Ok(vec![Object::new(id.clone(), &text.into())])
        }),
        observer: system.clone(),
        differ: Exact,
        applier: system.clone(),
        inventory: system.inventory(),
    };
    Pipeline::new(name, stages, Options::new(), env.clone())
}

fn object(app: &str) -> ObjectId {
    ObjectId::new("", "Config", app, "config")
}

fn wanted(app: &str) -> serde_json::Value {
    format!("the config of {app}").into()
}
