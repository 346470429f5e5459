//! The whole loop in one process: a real Git repository, the YAML renderer, and a live system in
//! memory. Needs only git. Every step prints its plan, and fails if it isn't as told.

use gitops_core::engine::{Options, Pipeline, Stages};
use gitops_core::model::ObjectId;
use gitops_core::source::git::{GitSource, Reference, Repository};
use gitops_core::{env::Env, error::chain, render::Yaml, stage::Exact};
use gitops_testkit::{fake::FakeSystem, repo::FakeRepo};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let repo = FakeRepo::new()?;
    repo.write("deploy/web.yaml", WEB).write("deploy/settings.yaml", settings("red"));
    repo.commit("The shop")?;

    let copy = tempfile::tempdir()?;
    let source = GitSource::builder(Repository {
        url: repo.url(),
        reference: Reference::branch("main"),
        cache: copy.path().join("shop.git"),
    });
    let live = FakeSystem::new().as_app("shop");
    let stages = Stages {
        source: source.build()?,
        renderer: Yaml::new(["deploy"])?,
        observer: live.clone(),
        differ: Exact,
        applier: live.clone(),
        inventory: live.inventory(),
    };
    let shop =
        Shop { pipeline: Pipeline::new("shop", stages, Options::new(), Env::system()), live };

    shop.pass("A first commit is rolled out", "2 to create, 0 unchanged").await?;
    let (first, started) = (shop.state(), shop.live.script().writes());

    shop.pass("The next pass sees what the first one wrote", "2 unchanged").await?;
    shop.pass("Nothing moved: the silent pass", "").await?;
    check("the writes of both", shop.live.script().writes() - started, 0)?;

    let id = ObjectId::new("", "ConfigMap", "shop", "settings");
    shop.live.edit(&id, |settings| settings["data"]["color"] = "pink".into());
    shop.pass("Somebody paints it pink: drift, repaired", "1 to change, 1 unchanged").await?;
    check("the state is that of the commit", shop.state(), first.clone())?;

    let blue = repo.write("deploy/settings.yaml", settings("blue")).commit("Blue")?;
    shop.pass("A commit paints it blue", "1 to change, 1 unchanged").await?;
    check("the state is another one", shop.state() != first, true)?;

    repo.revert(&blue)?;
    shop.pass("The commit is reverted, and rolled back", "1 to change, 1 unchanged").await?;
    check("the state is the earlier one", shop.state(), first)?;

    repo.remove("deploy/web.yaml").commit("Close the shop")?;
    shop.pass("A file is removed, its object pruned", "1 to prune, 1 unchanged").await?;
    check("what is left", shop.live.ids(), vec![id])?;

    println!("All as told: {} writes in all.", shop.live.script().writes());
    Ok(())
}

struct Shop {
    pipeline: Pipeline,
    live: FakeSystem,
}

impl Shop {
    /// One pass. A `Controller` would start it by itself, when Git or the live system moves.
    async fn pass(&self, title: &str, expected: &str) -> Result<(), Box<dyn Error>> {
        println!("== {title}");
        let pass = self.pipeline.pass().await;
        if let Some(error) = &pass.error {
            return Err(chain(error).into());
        }
        match &pass.plan {
            Some(plan) => println!("{plan}\n"),
            None => println!("Nothing to plan: neither Git nor the live system moved.\n"),
        }
        let summary = pass.plan.map(|plan| plan.summary()).unwrap_or_default();
        check("the plan", summary.as_str(), expected)?;
        check("the app is as desired and healthy", pass.status.is_ready(), true)
    }

    /// All live objects with their documents.
    fn state(&self) -> Vec<(ObjectId, Option<serde_json::Value>)> {
        self.live.ids().into_iter().map(|id| (id.clone(), self.live.value(&id))).collect()
    }
}

fn check<T: PartialEq + std::fmt::Debug>(what: &str, is: T, told: T) -> Result<(), Box<dyn Error>> {
    if is == told { Ok(()) } else { Err(format!("{what}: {is:?}, told {told:?}").into()) }
}

fn settings(color: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: shop}}\n\
         data:\n  color: {color}\n"
    )
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
";
