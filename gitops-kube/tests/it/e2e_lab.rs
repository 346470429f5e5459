//! The whole loop: a served Git repository, a real API server, and processes that come and go.

use gitops_core::{
    Error, Retry,
    engine::{Options, Pass, Pipeline, PrunePolicy},
    env::Env,
    model::{Action, Change, ObjectId, Outcome},
    render::Yaml,
    source::git::{GitSource, Reference, Repository},
};
use gitops_kube::{App, Cluster, applyset::Parent};
use gitops_testkit::{
    repo::{FakeRepo, RepoServer},
    server::{ControlPlane, ControlPlaneBuilder, server_or_skip_with},
};
use kube::{
    Client,
    core::{DynamicObject, GroupVersionKind},
    discovery::Scope,
};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, time::Duration};

pub(crate) struct World {
    pub(crate) plane: ControlPlane,
    pub(crate) client: Client,
    pub(crate) repo: FakeRepo,
    /// The files of the head, by path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    server: RepoServer,
    cache: tempfile::TempDir,
}

/// The field manager of the app under test.
pub(crate) const MANAGER: &str = "gitops-shop";

impl World {
    /// A repository, a server for it, and a control plane of our own; `None` without assets.
    pub(crate) async fn new(builder: ControlPlaneBuilder) -> Option<Self> {
        let plane = server_or_skip_with(builder).await?;
        let server = RepoServer::start().await.unwrap();
        let repo = FakeRepo::new().unwrap();
        server.serve("shop", &repo);
        let client = plane.client().await.unwrap();
        let (files, cache) = (BTreeMap::new(), tempfile::tempdir().unwrap());
        Some(World { plane, client, repo, files, server, cache })
    }

    /// A new process: nothing of an earlier one is left but the fetched objects on disk.
    pub(crate) async fn process(&self) -> Pipeline {
        self.process_of(self.plane.config().await.unwrap(), |options| options)
    }

    pub(crate) fn process_of(
        &self,
        config: kube::Config,
        adjust: impl FnOnce(Options) -> Options,
    ) -> Pipeline {
        self.process_on(Cluster::connect(config).unwrap(), adjust)
    }

    pub(crate) fn process_on(
        &self,
        cluster: Cluster,
        adjust: impl FnOnce(Options) -> Options,
    ) -> Pipeline {
        let source = GitSource::builder(Repository {
            url: self.server.url("shop"),
            reference: Reference::branch("main"),
            cache: self.cache.path().join("shop"),
        });
        let app = App::new("shop", "default").tracked_by(Parent::config_map("default", "shop"));
        let app = cluster.app(app).unwrap();
        let stages = app.stages(source.build().unwrap(), Yaml::new(["deploy"]).unwrap());
        let prune = PrunePolicy::default().budget(1000, 100).allow_protected("Namespace");
        let options = adjust(app.options().prune(prune));
        Pipeline::new("shop", stages, options, Env::system())
    }

    /// Makes the work tree consist of these objects, one file each.
    pub(crate) fn place(&mut self, objects: &[Value]) {
        let file = |(index, object): (usize, &Value)| {
            let text = serde_json::to_string_pretty(object).unwrap();
            (format!("deploy/{index:03}.json"), text.into_bytes())
        };
        self.files = objects.iter().enumerate().map(file).collect();
    }

    /// Commits the files as they are. Returns the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.repo.clear();
        for (path, content) in &self.files {
            self.repo.write(path, content);
        }
        self.repo.commit(message).unwrap()
    }

    /// The live objects of an inventory, as the server has them.
    pub(crate) async fn live(&self, ids: &[ObjectId]) -> BTreeMap<ObjectId, Value> {
        let discovery = kube::Discovery::new(self.client.clone()).run_aggregated().await.unwrap();
        let mut live = BTreeMap::new();
        for id in ids {
            let group = discovery.get(id.group()).unwrap();
            let (resource, capabilities) = group.recommended_kind(id.kind()).unwrap();
            let namespace = match capabilities.scope {
                Scope::Namespaced => Some(id.namespace()),
                Scope::Cluster => None,
            };
            let base = <DynamicObject as kube::Resource>::url_path(&resource, namespace);
            let path = format!("{base}/{}", id.name());
            let request = http::Request::get(path).body(Vec::new()).unwrap();
            match self.client.request::<Value>(request).await {
                Ok(value) => live.insert(id.clone(), value),
                Err(kube::Error::Api(status)) if status.code == 404 => None,
                Err(error) => panic!("{id}: {error:?}"),
            };
        }
        live
    }

    pub(crate) async fn put(&self, object: &Value, manager: &str) -> Result<Value, kube::Error> {
        let dynamic: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let kind = GroupVersionKind::try_from(dynamic.types.as_ref().unwrap()).unwrap();
        let (resource, _) = kube::discovery::pinned_kind(&self.client, &kind).await.unwrap();
        let base = <DynamicObject as kube::Resource>::url_path(
            &resource,
            dynamic.metadata.namespace.as_deref(),
        );
        let name = dynamic.metadata.name.unwrap();
        let path = format!("{base}/{name}?fieldManager={manager}");
        let request = http::Request::put(path)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(object).unwrap())
            .unwrap();
        self.client.request(request).await
    }
}

/// Passes until nothing is left to write; waits for barriers as a controller would. Health is not
/// waited for: without controllers no workload ever runs.
pub(crate) async fn applied(app: &Pipeline) -> Pass {
    for _ in 0..50 {
        let pass = app.pass().await;
        // A definition is established before its storage and its paths are there: such errors say
        // that trying again helps, and a controller would.
        let wait = match pass.error.as_ref().map(Error::retry) {
            Some(Retry::After(named)) => Some(named),
            Some(Retry::Backoff) => Some(Duration::from_millis(300)),
            _ => None,
        };
        if let Some(wait) = wait {
            println!("again: {}", pass.error.unwrap());
            Env::system().clock.sleep(wait).await;
            continue;
        }
        if let Some(error) = &pass.error {
            let more: Vec<_> = error.related().iter().map(ToString::to_string).collect();
            panic!("{}: {}", gitops_core::error::chain(error), more.join("\n"));
        }
        if pass.waiting.is_empty() {
            return pass;
        }
        app.moved().await.unwrap();
    }
    panic!("it never gets there");
}

/// What a pass did, as `"+3 ~1 -2"`.
pub(crate) fn effects(pass: &Pass) -> String {
    let count = |wanted: fn(&Action) -> bool| {
        let done = |(change, outcome): &&(Change, Outcome)| {
            wanted(&change.action) && matches!(outcome, Outcome::Done(_))
        };
        pass.outcomes.iter().filter(done).count()
    };
    let create = count(|action| matches!(action, Action::Create { .. }));
    let update = count(|action| matches!(action, Action::Update { .. }));
    let prune = count(|action| matches!(action, Action::Prune { .. }));
    format!("+{create} ~{update} -{prune}")
}

/// The files of a workload as they are, below `deploy/`; `None` without the corpora.
pub(crate) fn files_of(name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let Some(corpora) = std::env::var_os("GITOPS_CORPORA") else {
        println!("skipped: GITOPS_CORPORA is not set");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = Path::new(&corpora).join("workloads").join(format!("{name}.tar.gz"));
    let mut tar = std::process::Command::new("tar");
    assert!(tar.arg("-xzf").arg(archive).arg("-C").arg(folder.path()).status().unwrap().success());
    let mut files = BTreeMap::new();
    collect(&folder.path().join(name).join("tree"), "deploy", &mut files);
    Some(files)
}

fn collect(from: &Path, to: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in from.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let to = format!("{to}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &to, files);
        } else {
            files.insert(to, std::fs::read(&path).unwrap());
        }
    }
}
