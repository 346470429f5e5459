//! Which kinds the server serves: cached, refreshed on a miss, never guessed.

mod kinds;

pub(crate) use kinds::{Kinds, Lookup, changes_kinds, declared, is_definition, split};

use crate::{
    Resource,
    error::{Ask, Failure, judge},
    transport::{Send, Transport},
};
use gitops_core::{Error, Result, Stage};
use kube::client::APIGroupDiscoveryList;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A kind that is still unknown is asked for again at most this often, so that a typo in a
/// repository does not hammer the server: a miss within it gets the answer of the last look.
const REFRESH: Duration = Duration::from_secs(10);

/// For so long a definition that we applied is believed before the server's discovery shows it.
const BELIEF: Duration = Duration::from_secs(30);

/// Content negotiation for the aggregated form (GA in Kubernetes 1.30): two requests for all.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// The cache of the server's kinds.
pub(crate) struct Discovery {
    transport: Transport,
    state: Mutex<State>,
    /// Held while asking, so that many misses cost one look.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    kinds: Option<Arc<Kinds>>,
    /// When the server was last asked, on the clock of the environment.
    at: Duration,
    /// Set when a definition was written: the next look must ask.
    stale: bool,
    /// Kinds of definitions that we applied, with when.
    learned: Vec<(Resource, Duration)>,
}

impl Discovery {
    pub(crate) fn new(transport: Transport) -> Self {
        Discovery { transport, state: Mutex::default(), asking: tokio::sync::Mutex::new(()) }
    }

    /// The kinds as last seen; asks when nothing was seen yet or a definition was written since.
    pub(crate) async fn kinds(&self, stage: Stage) -> Result<Arc<Kinds>> {
        match self.cached() {
            Some(kinds) => Ok(kinds),
            None => self.ask(stage, |state| state.kinds.is_some() && !state.stale).await,
        }
    }

    /// The kinds after a miss: asked for anew, unless that was done within [`REFRESH`].
    pub(crate) async fn refreshed(&self, stage: Stage) -> Result<Arc<Kinds>> {
        let now = self.transport.env.clock.now();
        self.ask(stage, |state| {
            state.kinds.is_some() && !state.stale && now.saturating_sub(state.at) < REFRESH
        })
        .await
    }

    /// Forgets what is cached: a definition was written, or a kind was found gone.
    pub(crate) fn invalidate(&self) {
        self.lock().stale = true;
    }

    /// Takes the kinds of a definition that was just applied for served, until the server's own
    /// discovery, which follows a moment later, shows them.
    pub(crate) fn learn(&self, definition: &Value) {
        let now = self.transport.env.clock.now();
        let mut state = self.lock();
        state.stale = true;
        for resource in kinds::defined(definition) {
            if let Some(kinds) = &mut state.kinds {
                Arc::make_mut(kinds).believe(&resource);
            }
            state.learned.retain(|(known, _)| *known != resource);
            state.learned.push((resource, now));
        }
    }

    fn cached(&self) -> Option<Arc<Kinds>> {
        let state = self.lock();
        if state.stale { None } else { state.kinds.clone() }
    }

    async fn ask(&self, stage: Stage, fresh: impl Fn(&State) -> bool) -> Result<Arc<Kinds>> {
        let _alone = self.asking.lock().await;
        {
            // Somebody else may have asked while we waited.
            let state = self.lock();
            if let (true, Some(kinds)) = (fresh(&state), &state.kinds) {
                return Ok(kinds.clone());
            }
        }
        // What is written from now on is not in the answer.
        self.lock().stale = false;
        let asked = async {
            let core = self.groups("/api").await?;
            let named = self.groups("/apis").await?;
            Ok::<_, Failure>(Kinds::new(core, named))
        };
        match asked.await {
            Ok(kinds) => Ok(self.keep(kinds)),
            Err(failure) => {
                self.lock().stale = true;
                Err(self.error(stage, failure))
            }
        }
    }

    fn keep(&self, mut kinds: Kinds) -> Arc<Kinds> {
        let now = self.transport.env.clock.now();
        let mut state = self.lock();
        state
            .learned
            .retain(|(resource, at)| !kinds.serves(resource) && now.saturating_sub(*at) < BELIEF);
        for (resource, _) in &state.learned {
            kinds.believe(resource);
        }
        let kinds = Arc::new(kinds);
        state.at = now;
        state.kinds = Some(kinds.clone());
        kinds
    }

    async fn groups(&self, path: &str) -> Result<APIGroupDiscoveryList, Failure> {
        let send = Send { accept: AGGREGATED, ..Send::get(path.to_owned()) };
        let value = self.transport.send(send).await?.json()?;
        if value.get("kind").and_then(Value::as_str) != Some("APIGroupDiscoveryList") {
            let why = "it is no aggregated discovery, which Kubernetes has since 1.26";
            return Err(Failure::Garbled(why.to_owned()));
        }
        serde_json::from_value(value).map_err(|error| Failure::Garbled(error.to_string()))
    }

    fn error(&self, stage: Stage, failure: Failure) -> Error {
        let what = "read which kinds the server serves".to_owned();
        judge(&Ask { stage, what, write: false, secret: false, object: None }, failure)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
