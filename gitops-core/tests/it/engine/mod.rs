//! The engine, through its public seams, on the testkit's fakes.

mod controller;
mod crash;
mod guards;
mod laws;
mod passes;
mod scheduler;

use gitops_core::{
    engine::{Options, Pass, Pipeline, Stages},
    env::Env,
    model::{Action, Object, ObjectId, Outcome},
    stage::Exact,
};
use gitops_testkit::fake::{FakeRenderer, FakeSource, FakeSystem, Script};
use std::sync::Arc;

/// A repository and a system that share one script and so one record of calls. Every file of the
/// repository is an object of the same name; its document is the file's text.
#[derive(Clone)]
struct World {
    source: FakeSource,
    system: FakeSystem,
    script: Script,
}

impl World {
    fn new() -> Self {
        let script = Script::new();
        World {
            source: FakeSource::scripted(script.clone()),
            system: FakeSystem::scripted(script.clone()),
            script,
        }
    }

    /// Commits exactly these files: `"a=1 b=2"`.
    fn commit(&self, files: &str) {
        self.source.commit(|tree| {
            *tree = Default::default();
            for file in files.split_whitespace() {
                let (name, text) = file.split_once('=').unwrap();
                tree.write(name, text.to_owned());
            }
        });
    }

    fn pipeline(&self, options: Options) -> Arc<Pipeline> {
        let stages = Stages {
            source: self.source.clone(),
            renderer: FakeRenderer::new(|snapshot| {
                let files = snapshot.list("")?.into_iter();
                files
                    .map(|file| {
                        let text = snapshot.read(&file.name)?;
                        let text = String::from_utf8_lossy(&text).into_owned();
                        Ok(Object::new(id(&file.name), &text.into()))
                    })
                    .collect()
            }),
            observer: self.system.clone(),
            differ: Exact,
            applier: self.system.clone(),
            inventory: self.system.inventory(),
        };
        Arc::new(Pipeline::new("app", stages, options, Env::seeded(7)))
    }

    /// The live objects as `"a=1 b=2"`.
    fn live(&self) -> String {
        let text = |id: &ObjectId| {
            format!("{}={}", id.name(), self.system.value(id).unwrap().as_str().unwrap())
        };
        self.system.ids().iter().map(text).collect::<Vec<_>>().join(" ")
    }

    /// The calls since the last time, as one word each.
    fn calls(&self) -> String {
        let calls = self.script.calls();
        self.script.forget();
        let word = |call: &gitops_testkit::fake::Call| match &call.object {
            Some(id) => format!("{:?}({})", call.op, id.name()),
            None => format!("{:?}", call.op),
        };
        calls.iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

fn id(name: &str) -> ObjectId {
    ObjectId::new("", "File", "", name)
}

/// The outcomes of a pass as `"+a ~b -c"`; failed ones with `!`, skipped ones with `?`.
fn outcomes(pass: &Pass) -> String {
    let word = |(change, outcome): &(gitops_core::model::Change, Outcome)| {
        let sign = match (&change.action, outcome) {
            (_, Outcome::Failed(_)) => '!',
            (_, Outcome::Skipped(_)) => '?',
            (Action::Create { .. }, _) => '+',
            (Action::Update { .. }, _) => '~',
            (Action::Prune { .. }, _) => '-',
            _ => '=',
        };
        format!("{sign}{}", change.id.name())
    };
    pass.outcomes.iter().map(word).collect::<Vec<_>>().join(" ")
}
