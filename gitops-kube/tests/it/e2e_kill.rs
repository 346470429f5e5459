//! A real process dies at every write of a recorded run, before it and after it: the next process
//! finishes the job, and nothing tells afterwards that there ever was a crash.

use crate::{
    e2e_lab::applied,
    e2e_mortal::Life,
    story::{CONTAINER, deleted, objects, owned},
};
use futures::{StreamExt, stream};
use gitops_core::{
    engine::{Pipeline, PrunePolicy},
    env::Env,
    render::Yaml,
    source::git::{GitSource, Reference, Repository},
    stage::InventoryStore,
};
use gitops_kube::{
    App, Cluster,
    applyset::{ApplySetStore, PART_OF, Parent},
};
use gitops_testkit::{
    fake::Moment,
    repo::{FakeRepo, RepoServer},
    server::{ControlPlane, server_or_skip_with},
};
use kube::Client;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::Duration,
};

/// Runs that go on at the same time.
const TOGETHER: usize = 8;

/// What all runs share: the servers.
struct Stage {
    client: Client,
    repositories: RepoServer,
}

/// One run: objects, namespace and group that no other run has.
struct Run<'a> {
    stage: &'a Stage,
    name: String,
    repo: FakeRepo,
    cache: tempfile::TempDir,
    life: Life,
    app: Arc<Pipeline>,
    /// How many processes there were.
    processes: usize,
}

/// The live objects, by kind and name, in words that are the same in every run.
type Scene = BTreeMap<String, String>;

impl<'a> Run<'a> {
    fn new(stage: &'a Stage, number: usize, end: Option<(usize, Moment)>) -> Self {
        let name = format!("run{number:04}");
        let repo = FakeRepo::new().unwrap();
        stage.repositories.serve(&name, &repo);
        let (cache, life) = (tempfile::tempdir().unwrap(), Life::ending(end));
        let app = process(stage, &name, &cache, &life);
        Run { stage, name, repo, cache, life, app, processes: 1 }
    }

    /// Does the work; if the process dies of it, another one does it again.
    async fn survive<F: Future<Output = ()>>(&mut self, work: impl Fn(Arc<Pipeline>) -> F) {
        tokio::select! { biased;
            () = self.life.ended(), if self.processes == 1 => {}
            () = work(self.app.clone()) => return,
        }
        self.processes += 1;
        self.app = process(self.stage, &self.name, &self.cache, &Life::ending(None));
        work(self.app.clone()).await;
    }

    fn parent(&self) -> Parent {
        parent(&self.name)
    }

    /// Commits these objects as the whole content.
    fn commit(&self, objects: &[Value]) -> String {
        self.repo.clear();
        for (index, object) in objects.iter().enumerate() {
            self.repo.write(&format!("deploy/{index}.json"), object.to_string());
        }
        self.repo.commit("the next step").unwrap()
    }

    /// The collections that the story touches.
    fn collections(&self) -> [(&'static str, String); 6] {
        let name = &self.name;
        let below = |group: &str, kind: &str| format!("{group}/namespaces/{name}/{kind}");
        [
            ("Namespace", "/api/v1/namespaces".to_owned()),
            (
                "CustomResourceDefinition",
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions".to_owned(),
            ),
            ("ConfigMap", below("/api/v1", "configmaps")),
            ("Service", below("/api/v1", "services")),
            ("Deployment", below("/apis/apps/v1", "deployments")),
            ("Widget", below(&format!("/apis/{name}.example.com/v1"), "widgets")),
        ]
    }

    /// What is there, and that all that bears our mark is in the inventory and the other way
    /// round: nothing is orphaned.
    async fn scene(&self, deleted: bool) -> Scene {
        let (mut scene, mut marked) = (Scene::new(), BTreeSet::new());
        for (kind, path) in self.collections() {
            let list: Value = self.request("GET", &path, None).await;
            for item in list["items"].as_array().unwrap() {
                let object = item.pointer("/metadata/name").unwrap().as_str().unwrap();
                let shared = matches!(kind, "Namespace" | "CustomResourceDefinition");
                if shared && !object.contains(&self.name) {
                    continue;
                }
                if item["metadata"]["labels"][PART_OF] == self.parent().id() {
                    marked.insert(format!("{kind}/{object}"));
                }
                let text = serde_json::to_string_pretty(&owned(item)).unwrap();
                let text = text.replace(&self.parent().id(), "SET").replace(&self.name, "RUN");
                scene.insert(format!("{kind}/{}", object.replace(&self.name, "RUN")), text);
            }
        }
        let store = ApplySetStore::new(self.stage.client.clone(), self.parent());
        let stored = store.load().await.unwrap();
        let inventory = stored.inventory.iter();
        let inventory: BTreeSet<String> =
            inventory.map(|(id, _)| format!("{}/{}", id.kind(), id.name())).collect();
        if deleted {
            // What is protected stays behind with its mark, and nothing is remembered of it.
            assert_eq!((inventory.len(), marked.len()), (0, 2), "{inventory:?} {marked:?}");
            assert!(stored.version.is_none(), "the parent went with the app");
        } else {
            assert_eq!(inventory, marked, "{}", self.name);
        }
        scene
    }

    fn path_of(&self, kind: &str, name: &str) -> String {
        let collections = self.collections();
        let (_, path) = collections.iter().find(|(one, _)| *one == kind).unwrap();
        format!("{path}/{name}")
    }

    async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        let request = http::Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        self.stage.client.request(request).await.unwrap()
    }

    /// Objects of somebody else, of every kind and in the same namespace.
    async fn bystanders(&self) {
        let mut objects = objects(&self.name, 1);
        objects.retain(|object| object.pointer("/metadata/namespace").is_some());
        for mut object in objects {
            let name = format!("bystander-{}", object["metadata"]["name"].as_str().unwrap());
            object["metadata"]["name"] = name.into();
            let path = self.path_of(object["kind"].as_str().unwrap(), "");
            let path = format!("{}?fieldManager=other", path.trim_end_matches('/'));
            self.request("POST", &path, Some(&object)).await;
        }
    }

    /// Another hand renames a container, which leaves a foreign one in the place of ours.
    async fn rename_container(&self) {
        let path = self.path_of("Deployment", "web");
        let mut live = self.request("GET", &path, None).await;
        *live.pointer_mut(CONTAINER).unwrap() = "foreign".into();
        self.request("PUT", &format!("{path}?fieldManager=foreign"), Some(&live)).await;
    }

    async fn delete_one(&self) {
        let path = self.path_of("ConfigMap", "a");
        self.request("DELETE", &path, None).await;
    }
}

fn parent(name: &str) -> Parent {
    Parent::config_map("default", format!("set-{name}"))
}

/// A new process: nothing of an earlier one is left but the fetched objects on disk.
fn process(stage: &Stage, name: &str, cache: &tempfile::TempDir, life: &Life) -> Arc<Pipeline> {
    let source = GitSource::builder(Repository {
        url: stage.repositories.url(name),
        reference: Reference::branch("main"),
        cache: cache.path().join("repo"),
    });
    let cluster = Cluster::new(life.client(stage.client.clone()));
    let app = App::new("shop", "default").tracked_by(parent(name));
    let app = cluster.app(app).unwrap();
    let stages = app.stages(source.build().unwrap(), Yaml::new(["deploy"]).unwrap());
    // One at a time, so that the writes come in the same order in every run.
    let options = app.options().prune(PrunePolicy::default().budget(100, 100)).concurrency(1);
    Arc::new(Pipeline::new("shop", stages, options, Env::system()))
}

/// Passes until an object is there without a trace of another hand. The watch tells of that hand
/// in its own time.
async fn repaired(app: Arc<Pipeline>, stage: &Stage, path: &str) {
    loop {
        applied(&app).await;
        let request = http::Request::get(path).body(Vec::new()).unwrap();
        match stage.client.request::<Value>(request).await {
            Ok(live) if live.pointer(CONTAINER).is_none_or(|name| name != "foreign") => return,
            Ok(_) => {}
            Err(error) => assert!(matches!(&error, kube::Error::Api(status) if status.code == 404)),
        }
        let news = tokio::time::timeout(Duration::from_secs(20), app.moved()).await;
        news.expect("the watch tells").unwrap();
    }
}

/// The whole story, with an end for its first process if one is given. Answers the scene after
/// every step, and how many writes the first process began.
async fn story(stage: &Stage, number: usize, end: Option<(usize, Moment)>) -> (Vec<Scene>, usize) {
    let mut run = Run::new(stage, number, end);
    let mut scenes = Vec::new();
    let settled = |app: Arc<Pipeline>| async move {
        applied(&app).await;
    };

    run.commit(&objects(&run.name, 1));
    run.survive(settled).await;
    run.bystanders().await;
    scenes.push(run.scene(false).await);

    let second = run.commit(&objects(&run.name, 2));
    run.survive(settled).await;
    scenes.push(run.scene(false).await);

    run.rename_container().await;
    let deployment = &run.path_of("Deployment", "web");
    run.survive(|app| repaired(app, stage, deployment)).await;
    scenes.push(run.scene(false).await);
    run.delete_one().await;
    let deleted_map = &run.path_of("ConfigMap", "a");
    run.survive(|app| repaired(app, stage, deleted_map)).await;
    scenes.push(run.scene(false).await);

    run.repo.revert(&second).unwrap();
    run.survive(settled).await;
    scenes.push(run.scene(false).await);

    run.survive(deleted).await;
    scenes.push(run.scene(true).await);
    let died = run.processes > 1;
    assert_eq!(died, end.is_some(), "the end at {end:?} of {}", run.life.writes());
    (scenes, run.life.writes())
}

#[tokio::test]
async fn every_write_before_and_after_it() {
    let Some(plane) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let mut config = plane.config().await.unwrap();
    config.default_retry = false;
    let client = Client::try_from(config).unwrap();
    let stage = &Stage { client, repositories: RepoServer::start().await.unwrap() };

    let clock = Env::system().clock;
    let (expected, writes) = story(stage, 0, None).await;
    println!("{writes} writes without a crash, after {:.1?}", clock.now());
    told(&expected);
    let ends = (1..=writes).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]);
    let runs = ends.enumerate().map(|(number, end)| async move {
        let (scenes, _) = story(stage, number + 1, Some(end)).await;
        (end, scenes)
    });
    let mut runs = stream::iter(runs).buffer_unordered(TOGETHER);
    let mut kills = 0;
    while let Some((end, scenes)) = runs.next().await {
        kills += 1;
        for (step, (scene, expected)) in scenes.iter().zip(&expected).enumerate() {
            let ids: Vec<&String> = scene.keys().collect();
            assert_eq!(ids, expected.keys().collect::<Vec<_>>(), "step {step} after {end:?}");
            for (id, text) in scene {
                assert_eq!(*text, expected[id], "{id} in step {step} after {end:?}");
            }
        }
    }
    assert_eq!(kills, 2 * writes);
    println!("{kills} kills, all survived, after {:.1?}", clock.now());
}

/// That the story is the one that it is meant to be: an oracle besides its own crash-free run.
fn told(scenes: &[Scene]) {
    let with = |extra: &[&str]| {
        let ours = ["a"].iter().chain(extra).map(|name| format!("ConfigMap/{name}"));
        let others = ["Deployment/web", "Service/web", "Widget/w"].map(str::to_owned);
        ours.chain(others).collect::<BTreeSet<String>>()
    };
    let expected = [
        with(&["b", "c"]),
        with(&["d"]),
        with(&["d"]),
        with(&["d"]),
        with(&["b", "c"]),
        BTreeSet::new(),
    ];
    assert_eq!(scenes.len(), expected.len());
    for (step, (scene, expected)) in scenes.iter().zip(expected).enumerate() {
        let bystanders = scene.keys().filter(|id| id.contains("/bystander-")).count();
        assert_eq!(bystanders, 6, "step {step}");
        let kept = ["Namespace/RUN", "CustomResourceDefinition/widgets.RUN.example.com"];
        assert!(kept.iter().all(|id| scene.contains_key(*id)), "step {step}");
        let ours = scene.keys().filter(|id| !id.contains("/bystander-"));
        let ours: BTreeSet<String> =
            ours.filter(|id| !kept.contains(&id.as_str())).cloned().collect();
        assert_eq!(ours, expected, "step {step}");
        if let Some(deployment) = scene.get("Deployment/web") {
            assert!(!deployment.contains("foreign"), "step {step}: {deployment}");
        }
    }
    for (earlier, later) in [(0, 4), (1, 2), (2, 3)] {
        for (id, text) in scenes[earlier].iter() {
            let (then, now) = (plain(text), plain(&scenes[later][id]));
            assert_eq!(now, then, "{id} in step {later} as in step {earlier}");
        }
    }
}

/// A scene's object without its owners, which a story may leave traces in.
fn plain(text: &str) -> Value {
    let mut object: Value = serde_json::from_str(text).unwrap();
    object.as_object_mut().unwrap().remove("owners");
    object
}
