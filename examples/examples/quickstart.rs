//! The whole loop in one process: a real Git repository, the YAML renderer, and a Kubernetes API
//! server in memory. Needs only git. Every step prints its plan, and fails if it isn't as told.

use gitops_core::engine::Pipeline;
use gitops_core::source::git::{GitSource, Reference, Repository};
use gitops_core::{env::Env, error::chain, render::Yaml};
use gitops_kube::{App, Cluster};
use gitops_testkit::{apiserver::ApiServer, repo::FakeRepo};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client};
use std::collections::BTreeMap;
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
    // On a real cluster: `Cluster::connect(kube::Config::infer().await?)`.
    let server = ApiServer::new();
    let client = Client::new(server.service(), "default");
    let app = Cluster::new(client.clone()).app(App::new("shop", "default"))?;
    let pipeline = app.pipeline(source.build()?, Yaml::new(["deploy"])?, Env::system());
    let shop = Shop { pipeline, server, maps: Api::default_namespaced(client) };

    shop.pass("A first commit is rolled out", "2 to create, 0 unchanged").await?;
    let first = shop.settings().await?;

    shop.pass("The next pass sees what the first one wrote", "2 unchanged").await?;
    shop.server.requests().clear();
    shop.pass("Nothing moved: the silent pass", "").await?;
    check("requests to the server", shop.server.requests().all(), vec![])?;

    let pink = Patch::Merge(serde_json::json!({"data": {"color": "pink"}}));
    shop.maps.patch("settings", &PatchParams::default(), &pink).await?;
    shop.pass("Somebody paints it pink: drift, repaired", "1 to change, 1 unchanged").await?;
    check("the state is that of the commit", shop.settings().await?, first.clone())?;

    let blue = repo.write("deploy/settings.yaml", settings("blue")).commit("Blue")?;
    shop.pass("A commit paints it blue", "1 to change, 1 unchanged").await?;
    check("the state is another one", shop.settings().await? != first, true)?;

    repo.revert(&blue)?;
    shop.pass("The commit is reverted, and rolled back", "1 to change, 1 unchanged").await?;
    check("the state is the earlier one", shop.settings().await?, first)?;

    repo.remove("deploy/settings.yaml").commit("No more colors")?;
    shop.pass("A file is removed, its object pruned", "1 to prune, 1 unchanged").await?;
    check("what is left", shop.settings().await?, BTreeMap::new())?;

    println!(
        "All as told, with {} requests since the silent pass.",
        shop.server.requests().all().len()
    );
    Ok(())
}

struct Shop {
    pipeline: Pipeline,
    server: ApiServer,
    maps: Api<ConfigMap>,
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

    /// What the live settings of the shop say.
    async fn settings(&self) -> Result<BTreeMap<String, BTreeMap<String, String>>, kube::Error> {
        let list = self.maps.list(&ListParams::default().labels("app=shop")).await?;
        let entry = |map: ConfigMap| Some((map.metadata.name?, map.data.unwrap_or_default()));
        Ok(list.items.into_iter().filter_map(entry).collect())
    }
}

fn check<T: PartialEq + std::fmt::Debug>(what: &str, is: T, told: T) -> Result<(), Box<dyn Error>> {
    if is == told { Ok(()) } else { Err(format!("{what}: {is:?}, told {told:?}").into()) }
}

fn settings(color: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, labels: {{app: shop}}}}\n\
         data:\n  color: {color}\n"
    )
}

const WEB: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: shop}}
spec:
  selector: {app: web}
  ports: [{port: 80}]
";
