//! A server, and how it is made.

use crate::{
    access::{Tokens, User},
    admission::{Admission, Denial, Review},
    behavior::{self, Behavior, Behaviors},
    builtin::{bootstrap, resources, strategy::services::held_by},
    core::Core,
    door::Service,
    fault::Faults,
    kind::Kinds,
    object,
    record::{History, Recorder, Requests},
    services::Services,
    store::Store,
    write::seal,
};
use gitops_core::env::Env;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// 2026-01-01T00:00:00Z: when servers start that aren't told the time.
const EPOCH: Duration = Duration::from_secs(1_767_225_600);

/// A Kubernetes API server in memory. Cheap to clone; all clones are the same server.
#[derive(Debug, Clone)]
pub struct ApiServer {
    core: Arc<Core>,
}

/// How a server is to be.
#[derive(Debug)]
pub struct ApiServerBuilder {
    env: Env,
    epoch: Duration,
    kept: usize,
    bootstrap: Bootstrap,
    behaviors: Behaviors,
}

/// Which objects a server has from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bootstrap {
    /// The namespaces `default`, `kube-system`, `kube-public` and `kube-node-lease`, and the Service
    /// `kubernetes`.
    #[default]
    Minimal,
    /// All that a fresh server of the recorded release makes for itself: the roles of a stock
    /// cluster, flow control, priority classes, APIServices.
    Full,
}

impl ApiServer {
    /// A server of the seed 0 on tokio's clock. Call it inside a runtime.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Options.
    pub fn builder() -> ApiServerBuilder {
        ApiServerBuilder {
            env: Env::seeded(0),
            epoch: EPOCH,
            kept: 100_000,
            bootstrap: Bootstrap::Minimal,
            behaviors: Behaviors::none(),
        }
    }

    /// The server for a client in process, as the administrator.
    pub fn service(&self) -> Service {
        self.service_as(User::admin())
    }

    /// Gives a user a bearer token, for clients of a listener.
    pub fn add_token(&self, token: &str, user: User) {
        self.core.tokens.add(token, user);
    }

    /// What goes wrong, and when.
    pub fn faults(&self) -> &Faults {
        &self.core.faults
    }

    /// What was asked so far.
    pub fn requests(&self) -> &Requests {
        &self.core.requests
    }

    /// Keeps all requests from now on, with their bodies, as a [`history`](Self::history).
    pub fn record(&self) {
        self.core.recorder.start();
    }

    /// The requests since [`record`](Self::record); none if it was never called.
    pub fn history(&self) -> History {
        self.core.recorder.history()
    }

    /// Forgets the past, as etcd does when it is compacted: lists of the past, pages and watches
    /// from before now are expired (410).
    pub fn compact(&self) {
        self.core.store.compact(self.core.store.revision());
    }

    /// Switches what the server does on its own, from now on. What is there already is looked at
    /// anew: O(objects).
    pub fn behaviors(&self, behaviors: Behaviors) {
        behavior::agenda::run_due(&self.core);
        behavior::set(&self.core, behaviors);
    }

    /// Ends all watches, as a server does that restarts. Clients come back; where they left off is
    /// still known unless you [`compact`](Self::compact) as well.
    pub fn restart(&self) {
        self.core.restarts.send_modify(|count| *count += 1);
    }

    /// Moves the clock that objects show, by so much forwards or backwards. Watches and delays go
    /// on as before.
    pub fn skew_clock(&self, by: Duration, backwards: bool) {
        self.core.skew(by, backwards);
    }

    /// Lets a closure change what is written, in the place of a mutating webhook. `side_effects`:
    /// it can't be asked in dry runs, which are refused then. Closures are called in the order in
    /// which they were added, and must not use the server.
    pub fn mutate(
        &self,
        name: &str,
        side_effects: bool,
        hook: impl Fn(&Review<'_>, &mut Value) -> Result<(), Denial> + Send + Sync + 'static,
    ) {
        self.core.admission.add_mutating(name, !side_effects, Arc::new(hook));
    }

    /// Lets a closure refuse what is written or deleted, in the place of a validating webhook; see
    /// [`mutate`](Self::mutate).
    pub fn validate(
        &self,
        name: &str,
        side_effects: bool,
        hook: impl Fn(&Review<'_>) -> Result<(), Denial> + Send + Sync + 'static,
    ) {
        self.core.admission.add_validating(name, !side_effects, Arc::new(hook));
    }

    /// The server for everybody else: kubectl, helm, clients in other languages.
    #[cfg(feature = "listen")]
    pub fn listener(&self) -> crate::door::ListenerBuilder {
        crate::door::ListenerBuilder::new(self.core.clone())
    }

    /// The server for a client in process, as some user.
    pub fn service_as(&self, user: User) -> Service {
        Service::new(self.core.clone(), user)
    }
}

impl Default for ApiServer {
    fn default() -> Self {
        Self::new()
    }
}

impl ApiServerBuilder {
    /// The clock and the seed. The wall clock of objects starts at [`epoch`](Self::epoch) and goes
    /// with the monotonic one.
    #[must_use]
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// What the wall clock shows at the start, as time since 1970. The default is the first second
    /// of 2026.
    #[must_use]
    pub fn epoch(mut self, epoch: Duration) -> Self {
        self.epoch = epoch;
        self
    }

    /// The wall clock of objects is that of the environment: what clients of a
    /// listener expect.
    #[must_use]
    pub fn wall_clock(mut self) -> Self {
        self.epoch = self.env.clock.unix();
        self
    }

    /// How many changes of each resource are kept for watches and lists of the past. The default is
    /// 100,000; older ones are expired (410).
    #[must_use]
    pub fn history(mut self, changes: usize) -> Self {
        self.kept = changes;
        self
    }

    /// Which objects are there from the start.
    #[must_use]
    pub fn bootstrap(mut self, bootstrap: Bootstrap) -> Self {
        self.bootstrap = bootstrap;
        self
    }

    /// What the server does on its own. The default is nothing.
    #[must_use]
    pub fn behaviors(mut self, behaviors: Behaviors) -> Self {
        self.behaviors = behaviors;
        self
    }

    /// Starts it.
    pub fn build(self) -> ApiServer {
        let rng = self.env.rng.child("apiserver");
        let core = Core {
            store: Store::new(self.kept),
            kinds: Kinds::default(),
            admission: Admission::default(),
            services: Services::default(),
            tokens: Tokens::new(rng.child("tokens")),
            faults: Faults::default(),
            requests: Requests::default(),
            recorder: Recorder::default(),
            behavior: Behavior::default(),
            epoch: Mutex::new(self.epoch.saturating_sub(self.env.clock.now())),
            clock: self.env.clock,
            moment: Mutex::default(),
            restarts: tokio::sync::watch::channel(0).0,
            rng: Mutex::new(rng),
        };
        start(&core, self.bootstrap);
        behavior::set(&core, self.behaviors);
        ApiServer { core: Arc::new(core) }
    }
}

/// Puts the objects there that a cluster has from the start.
fn start(core: &Core, objects: Bootstrap) {
    let now = core.timestamp();
    let objects = match objects {
        Bootstrap::Minimal => {
            [bootstrap::namespaces(&now), bootstrap::kubernetes_service(&now)].concat()
        }
        Bootstrap::Full => bootstrap::all(&now),
    };
    for mut object in objects {
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("/apiVersion"), text("/kind"));
        let info = resources::of(api_version).iter().find(|info| info.kind == kind);
        let Some(kind) =
            info.and_then(|info| core.kinds.find(&info.group, &info.version, &info.plural))
        else {
            continue;
        };
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        let key =
            if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        if &*kind.table == "services" {
            core.services.take(&held_by(&object));
        }
        object::set_meta(&mut object, "uid", core.uid());
        // Nobody else writes yet.
        let _ = core.store.write(&kind.table, &key, None, |revision| seal(object, revision));
    }
}
