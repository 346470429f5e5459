//! The whole loop beside the API server in memory, on a clock that is only simulated: every request
//! of a story goes wrong once in every way, and each time the story ends as if nothing had.

use crate::story::{CONTAINER, deleted, objects, owned};
use futures::StreamExt;
use gitops_core::{
    engine::{Apps, Controller, Handle, Pipeline, PrunePolicy, once, revisions},
    env::Env,
    model::AppId,
    render::Yaml,
    stage::{InventoryStore, Source},
};
use gitops_kube::{
    App, Cluster, Options,
    applyset::{ApplySetStore, PART_OF, Parent},
};
use gitops_testkit::{
    apiserver::{
        ApiServer,
        access::User,
        fault::{Fault, Rule},
        record::Recorded,
    },
    fake::{FakeSource, MemoryTree},
};
use kube::Client;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Who asks: faults meet this one, and nobody else.
const CONTROLLER: &str = "controller";

/// How long a step may take, of simulated time: everything is looked at anew in between.
const LATE: Duration = Duration::from_secs(3600);

/// After so much time, and with nothing new, a controller has noted all that it has to note.
const SETTLED: Duration = Duration::from_secs(700);

/// So many runs that go wrong tell enough: each of them waits until it is [`LATE`].
const ENOUGH: usize = 5;

/// The live objects, by kind and name.
type Scene = BTreeMap<String, String>;

struct World {
    server: ApiServer,
    admin: Client,
    source: FakeSource,
    app: Arc<Pipeline>,
    handle: Handle<AppId>,
}

impl World {
    fn new(fault: Option<&(u64, Fault)>) -> Self {
        let env = Env::seeded(7);
        let server = ApiServer::builder().env(env.clone()).build();
        if let Some((nth, fault)) = fault {
            server.faults().add(Rule::any().user(CONTROLLER).nth(*nth), fault.clone());
        }
        let user = User { name: CONTROLLER.to_owned(), ..User::admin() };
        let client = Client::new(server.service_as(user), "default");
        let cluster = Cluster::with(client, Options::default(), env.clone());
        let app = App::new("shop", "default").tracked_by(parent());
        let app = cluster.app(app).unwrap();
        let source = FakeSource::new();
        let stages = app.stages(source.clone(), Yaml::new(["deploy"]).unwrap());
        // One at a time, so that requests come in the same order in every run.
        let options = app.options().prune(PrunePolicy::default().budget(100, 100)).concurrency(1);
        let app = Arc::new(Pipeline::new("shop", stages, options, env.clone()));
        let (id, apps) = (app.app().clone(), Apps::new([app.clone()]));
        let git: Arc<dyn Source> = Arc::new(source.clone());
        let polls = revisions(id.clone(), git, Duration::from_secs(60), &env);
        let controller = Controller::new(env).on(apps.live()).on(once(id)).on(polls);
        let handle = controller.handle();
        tokio::spawn(controller.run(apps).for_each(|_| async {}));
        let admin = Client::new(server.service(), "default");
        World { server, admin, source, app, handle }
    }

    fn commit(&self, objects: &[Value]) {
        let mut tree = MemoryTree::new();
        for (index, object) in objects.iter().enumerate() {
            tree.write(&format!("deploy/{index}.json"), object.to_string());
        }
        self.source.replace(tree);
    }

    async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        let request = http::Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        self.admin.request(request).await.unwrap()
    }

    /// Another hand renames a container, which leaves a foreign one in the place of ours.
    async fn rename_container(&self) {
        let path = "/apis/apps/v1/namespaces/shop/deployments/web";
        let mut live = self.request("GET", path, None).await;
        *live.pointer_mut(CONTAINER).unwrap() = "foreign".into();
        self.request("PUT", &format!("{path}?fieldManager=foreign"), Some(&live)).await;
    }

    /// What is there; and that all that bears our mark is in the inventory, and the other way round.
    /// What is protected outlives its app with its mark.
    async fn scene(&self) -> Result<Scene, String> {
        let collections = [
            "/api/v1/namespaces",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            "/api/v1/configmaps",
            "/api/v1/services",
            "/apis/apps/v1/deployments",
            "/apis/shop.example.com/v1/widgets",
        ];
        let (mut scene, mut marked) = (Scene::new(), BTreeSet::new());
        for path in collections {
            let request = http::Request::get(path).body(Vec::new()).unwrap();
            let Ok(list) = self.admin.request::<Value>(request).await else { continue };
            let kind = list["kind"].as_str().unwrap().trim_end_matches("List").to_owned();
            for item in list["items"].as_array().unwrap() {
                let id = format!("{kind}/{}", item["metadata"]["name"].as_str().unwrap());
                if item["metadata"]["labels"][PART_OF] == parent().id() {
                    marked.insert(id.clone());
                }
                // The inventory notes revisions and fingerprints.
                if !id.contains("set-shop") {
                    scene.insert(id, serde_json::to_string_pretty(&owned(item)).unwrap());
                }
            }
        }
        let store = ApplySetStore::new(self.admin.clone(), parent());
        let stored = store.load().await.map_err(|error| error.to_string())?;
        let inventory = stored.inventory.iter();
        let inventory: BTreeSet<String> =
            inventory.map(|(id, _)| format!("{}/{}", id.kind(), id.name())).collect();
        let gone = stored.version.is_none() && inventory.is_empty() && marked.len() == 2;
        match inventory == marked || gone {
            true => Ok(scene),
            false => Err(format!("inventory {inventory:?}, but marked {marked:?}")),
        }
    }

    /// Time passes until the controller has brought this about.
    async fn until(&self, holds: impl Fn(&Scene) -> bool) -> Result<Scene, String> {
        let clock = Env::system().clock;
        let mut last = String::new();
        let end = clock.now() + LATE;
        while clock.now() < end {
            clock.sleep(Duration::from_secs(1)).await;
            match self.scene().await {
                Ok(scene) if holds(&scene) => return Ok(scene),
                Ok(scene) => last = format!("{:#?}", scene.keys()),
                Err(problem) => last = problem,
            }
        }
        Err(format!("it never came: {last}\nstatus: {:#?}", self.app.status()))
    }

    /// How often the controller wrote, dry runs aside.
    fn writes(&self) -> usize {
        self.server.requests().count(|one| one.user == CONTROLLER && one.is_write())
    }

    /// What the controller asked for.
    fn asked(&self) -> Vec<Recorded> {
        let mut all = self.server.requests().all();
        all.retain(|request| request.user == CONTROLLER);
        all
    }
}

fn parent() -> Parent {
    Parent::config_map("default", "set-shop")
}

/// What a run of the story came to.
struct Told {
    /// The scene after every step.
    scenes: Vec<Scene>,
    /// What the controller asked for, in order.
    asked: Vec<Recorded>,
}

/// The whole story. Every step ends as soon as the scene is the expected one; without any expected
/// ones, when the controller has had a minute.
async fn story(fault: Option<&(u64, Fault)>, expected: Option<&[Scene]>) -> Result<Told, String> {
    let world = World::new(fault);
    let mut scenes = Vec::new();
    for step in 0..5 {
        match step {
            0 => world.commit(&objects("shop", 1)),
            1 => world.commit(&objects("shop", 2)),
            2 => world.rename_container().await,
            3 => drop(world.request("DELETE", "/api/v1/namespaces/shop/configmaps/a", None).await),
            _ => drop(world.source.revert()),
        }
        let scene = match expected {
            Some(expected) => world.until(|scene| *scene == expected[step]).await,
            None => {
                Env::system().clock.sleep(Duration::from_secs(120)).await;
                world.scene().await
            }
        };
        scenes.push(scene.map_err(|problem| format!("step {step}: {problem}"))?);
    }

    // Nothing is left to do, and so nothing is done.
    let clock = Env::system().clock;
    clock.sleep(SETTLED).await;
    let before = world.writes();
    world.handle.trigger(world.app.app().clone());
    clock.sleep(SETTLED).await;
    if world.writes() != before {
        return Err(format!("it never rests: {:#?}", world.asked()));
    }

    world.handle.shutdown();
    deleted(world.app.clone()).await;
    scenes.push(world.scene().await.map_err(|problem| format!("the end: {problem}"))?);
    Ok(Told { scenes, asked: world.asked() })
}

/// Runs a story on a runtime of its own, whose clock stands still while there is work.
fn play(fault: Option<&(u64, Fault)>, expected: Option<&[Scene]>) -> Result<Told, String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(story(fault, expected))
}

#[test]
fn every_request_in_every_way() {
    let told = play(None, None).unwrap();
    names_are_those_of_the_story(&told.scenes);
    let runs: Vec<(u64, &Recorded, Fault)> = (1..)
        .zip(&told.asked)
        .flat_map(|(nth, asked)| Fault::ways(asked).into_iter().map(move |way| (nth, asked, way)))
        .collect();
    println!("{} requests, {} faults", told.asked.len(), runs.len());
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((nth, asked, fault)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let problem = match play(Some(&(*nth, fault.clone())), Some(&told.scenes)) {
                Ok(run) if run.scenes == told.scenes => continue,
                Ok(_) => "the end is another".to_owned(),
                Err(problem) => problem,
            };
            let run = format!("request {nth}, {} {}: {fault:?}", asked.verb, asked.uri);
            println!("{run}: {problem}");
            let mut failed = failed.lock().unwrap();
            failed.push(run);
            if failed.len() >= ENOUGH {
                break;
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// That the story is the one that it is meant to be: an oracle besides its own run without faults.
fn names_are_those_of_the_story(scenes: &[Scene]) {
    let kept = ["CustomResourceDefinition/widgets.shop.example.com", "Namespace/shop"];
    let ours = |scene: &Scene| -> Vec<String> {
        let theirs = ["Namespace/default", "Namespace/kube-", "Service/kubernetes"];
        let ours = scene.keys().filter(|id| !theirs.iter().any(|start| id.starts_with(start)));
        ours.filter(|id| !kept.contains(&id.as_str())).cloned().collect()
    };
    let with = |maps: &[&str]| -> Vec<String> {
        let maps = maps.iter().map(|name| format!("ConfigMap/{name}"));
        maps.chain(["Deployment/web", "Service/web", "Widget/w"].map(str::to_owned)).collect()
    };
    let (first, second) = (with(&["a", "b", "c"]), with(&["a", "d"]));
    let expected = [&first, &second, &second, &second, &first, &Vec::new()];
    assert_eq!(scenes.iter().map(ours).collect::<Vec<_>>().iter().collect::<Vec<_>>(), expected);
    assert!(scenes.iter().all(|scene| kept.iter().all(|id| scene.contains_key(*id))));
    assert_eq!(scenes[1], scenes[2], "the other hand's container is gone");
    assert_eq!(scenes[2], scenes[3], "what was deleted is back");
}
