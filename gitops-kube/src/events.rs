//! What the engine does, as Kubernetes Events that `kubectl get events` and `kubectl describe` show.
//!
//! Events regard the app's inventory object (see [`crate::applyset`]), in whose namespace they are; the
//! object that was changed is in their message and, where it is a single one, in `related`. A change of an
//! object says nothing about its incarnation and version, which an event *about* it would need.
//!
//! Changes of one kind that come together are one event. An event that is told again is counted
//! in its `series`, and an app that tells too much is heard less: at most [`BURST`] events at once and
//! one more every [`REFILL`] (client-go's limits).

mod ledger;
mod report;

use crate::{applyset::Parent, error::api_error};
use futures::{Stream, StreamExt};
use gitops_core::{
    Stage,
    engine::{Event, Lost},
    env::{Clock, Env, Rng},
    error::chain,
    model::AppId,
};
use k8s_openapi::{
    api::{core::v1::ObjectReference, events::v1 as k8s},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
    jiff::{SignedDuration, Timestamp},
};
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use ledger::{Ledger, Verdict};
use report::Report;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// How many events an app may tell at once.
pub const BURST: u32 = 25;
/// How long it takes until an app that has told [`BURST`] events may tell another.
pub const REFILL: Duration = Duration::from_secs(300);

/// How many events are looked at together.
const BATCH: usize = 1024;

type Home = Box<dyn Fn(&AppId) -> Option<Parent> + Send + Sync>;

/// Publishes events of the engine in a cluster.
///
/// ```no_run
/// # async fn example(client: kube::Client, env: gitops_core::env::Env) {
/// use gitops_core::engine::events;
/// use gitops_kube::{applyset::Parent, events::Publisher};
///
/// let (recorder, stream) = events(1024);
/// let publisher = Publisher::new(client, "shop-controller", &env, |app| {
///     Some(Parent::config_map("gitops", app.as_str()))
/// });
/// // Give `recorder` to the pipelines, and run this beside the controller.
/// publisher.publish(stream).await;
/// # drop(recorder);
/// # }
/// ```
pub struct Publisher {
    client: Client,
    controller: String,
    home: Home,
    clock: Arc<dyn Clock>,
    rng: Rng,
    ledger: Ledger,
    /// The incarnations of the inventories, where they are known.
    uids: BTreeMap<AppId, String>,
}

impl Publisher {
    /// A publisher under this name (`reportingController`, a name such as `shop-controller` or
    /// `example.com/shop`). `home` says where an app's inventory is; the events of apps without
    /// one are not published.
    pub fn new(
        client: Client,
        controller: impl Into<String>,
        env: &Env,
        home: impl Fn(&AppId) -> Option<Parent> + Send + Sync + 'static,
    ) -> Self {
        Publisher {
            client,
            controller: controller.into(),
            home: Box::new(home),
            clock: env.clock.clone(),
            rng: env.rng.child("kubernetes-events"),
            ledger: Ledger::default(),
            uids: BTreeMap::new(),
        }
    }

    /// Publishes what the stream tells, until it ends. What can't be published is logged and left: no
    /// event is worth holding anything up. Dropping the future loses the events that wait.
    pub async fn publish(mut self, events: impl Stream<Item = Result<Event, Lost>>) {
        let mut batches = std::pin::pin!(events.ready_chunks(BATCH));
        while let Some(batch) = batches.next().await {
            for lost in batch.iter().filter_map(|event| event.as_ref().err()) {
                tracing::warn!(%lost, "events are not published");
            }
            let events = batch.iter().filter_map(|event| event.as_ref().ok());
            for report in report::fold(events.filter_map(report::tell)) {
                let Some(home) = (self.home)(&report.app) else { continue };
                if let Err(error) = self.send(&home, report).await {
                    // kube's own Display would show the whole Status as a dump.
                    let what = format!("write an event in namespace {}", home.namespace);
                    let error = chain(&api_error(Stage::Apply, &what, false, error));
                    tracing::warn!(error, "an event could not be published");
                }
            }
        }
    }

    async fn send(&mut self, home: &Parent, mut report: Report) -> kube::Result<()> {
        let api: Api<k8s::Event> = Api::namespaced(self.client.clone(), &home.namespace);
        let now = MicroTime(unix(self.clock.unix()));
        match self.ledger.judge(&report, self.clock.now()) {
            Verdict::Drop => Ok(()),
            Verdict::Again { name, count } => {
                let series = k8s::EventSeries { count, last_observed_time: now };
                let patch = Patch::Merge(serde_json::json!({"series": series}));
                match api.patch(&name, &PatchParams::default(), &patch).await {
                    // It has expired meanwhile.
                    Err(kube::Error::Api(status)) if status.is_not_found() => {
                        self.ledger.forget(&report);
                        Ok(())
                    }
                    result => result.map(drop),
                }
            }
            Verdict::New { unheard } => {
                // The limit is part of what a reader has to know.
                let key = report.clone();
                if unheard > 0 {
                    report.unheard(unheard);
                }
                let regarding = self.regarding(&report.app, home).await;
                let event = self.event(home, regarding, &report, now);
                let name = event.name_any();
                api.create(&PostParams::default(), &event).await?;
                self.ledger.sent(&key, name, self.clock.now());
                Ok(())
            }
        }
    }

    /// The inventory object. `kubectl describe` looks for its incarnation, so it is looked up once.
    async fn regarding(&mut self, app: &AppId, home: &Parent) -> ObjectReference {
        if !self.uids.contains_key(app) {
            let live = home.api(self.client.clone()).get_metadata_opt(&home.name).await;
            if let Some(uid) = live.ok().flatten().and_then(|live| live.uid()) {
                self.uids.insert(app.clone(), uid);
            }
        }
        ObjectReference {
            api_version: Some("v1".into()),
            kind: Some(home.kind.name().into()),
            namespace: Some(home.namespace.clone()),
            name: Some(home.name.clone()),
            uid: self.uids.get(app).cloned(),
            ..ObjectReference::default()
        }
    }

    fn event(
        &mut self,
        home: &Parent,
        regarding: ObjectReference,
        report: &Report,
        now: MicroTime,
    ) -> k8s::Event {
        let about: String = home.name.chars().take(200).collect();
        k8s::Event {
            metadata: ObjectMeta {
                namespace: Some(home.namespace.clone()),
                name: Some(format!("{about}.{:016x}", self.rng.next_u64())),
                ..ObjectMeta::default()
            },
            type_: Some(if report.warning { "Warning" } else { "Normal" }.into()),
            reason: Some(report.reason.into()),
            action: Some(report.action.into()),
            note: Some(report.note()),
            regarding: Some(regarding),
            related: report.related(),
            event_time: Some(now),
            reporting_controller: Some(self.controller.clone()),
            reporting_instance: Some(self.controller.clone()),
            ..k8s::Event::default()
        }
    }
}

/// Wall-clock time as the API has it.
fn unix(since: Duration) -> Timestamp {
    let since = SignedDuration::try_from(since).unwrap_or_default();
    Timestamp::from_duration(since).unwrap_or_default()
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("controller", &self.controller).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
