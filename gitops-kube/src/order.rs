//! Where Kubernetes objects go in the order of work.
//!
//! | rank | what | later ranks wait for it |
//! |---|---|---|
//! | first of all, whatever wave they ask for | CustomResourceDefinitions and Namespaces | yes |
//! | of its wave | everything else | if it names its wave, or with [`KindOrder::wait_between_waves`] |
//! | after the rest of its wave | webhook configurations | like the rest |
//!
//! *Definitions and namespaces* come before every wave, since nothing that needs them can exist
//! before them; Argo CD moves them up to their first dependant for the same reason. They are pruned
//! last.
//!
//! *Waves* are integers from `argocd.argoproj.io/sync-wave`, else from `helm.sh/hook-weight`, else 0.
//!
//! *Webhook configurations* come last: one whose server isn't running yet refuses the very objects
//! that would start it. They don't wait for the rest to be healthy, since some servers are ready
//! only once their configuration is there.
//!
//! *Within a rank* objects go by kind: what others refer to comes first ([`Place::step`]).
//!
//! *Dependencies* in `config.kubernetes.io/depends-on` (cli-utils' syntax, read by [`depends_on`])
//! come on top, whatever the ranks.

mod annotations;
mod depends_on;
mod kinds;

pub use depends_on::{DEPENDS_ON, depends_on};

use annotations::Annotations;
use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::{Document, ObjectId},
    reason,
    stage::{Order, Place},
};
use kinds::Tier;
use std::{fmt, sync::Arc};

/// Argo CD's annotation that names an object's wave: a whole number, lower ones first.
pub const SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
/// Helm's annotation that orders hooks, which counts as a wave where no [`SYNC_WAVE`] is given.
pub const HOOK_WEIGHT: &str = "helm.sh/hook-weight";

/// Below every wave's rank: where definitions and namespaces go.
const FIRST: i64 = (i32::MIN as i64 - 1) * RANKS_PER_WAVE;
/// Each wave has a rank for its objects and one for its webhook configurations.
const RANKS_PER_WAVE: i64 = 2;

type Adjust = Arc<dyn Fn(&ObjectId, Option<&Document>, Place) -> Place + Send + Sync>;

/// The order by kind, wave and dependency (see the [module](self)).
///
/// ```
/// use gitops_core::{model::ObjectId, stage::Order};
/// use gitops_kube::order::KindOrder;
///
/// let order = KindOrder::new().adjust(|id, _, mut place| {
///     // Databases before whatever else is in their wave, and it waits for them.
///     if id.group() == "db.example.com" {
///         (place.step, place.barrier) = (0, true);
///     }
///     place
/// });
/// let namespace = order.place(&ObjectId::new("", "Namespace", "", "shop"), None)?;
/// let service = order.place(&ObjectId::new("", "Service", "shop", "web"), None)?;
/// assert!(namespace.rank < service.rank && namespace.barrier);
/// # Ok::<(), gitops_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct KindOrder {
    wait: bool,
    adjust: Option<Adjust>,
}

impl KindOrder {
    /// The order as described in the [module](self).
    pub fn new() -> Self {
        KindOrder::default()
    }

    /// Makes every wave wait until all objects of earlier waves are healthy, as Argo CD does, also
    /// those that don't name a wave. Webhook configurations then go last in the rank of the rest,
    /// so that they don't wait for their own wave.
    #[must_use]
    pub fn wait_between_waves(mut self) -> Self {
        self.wait = true;
        self
    }

    /// Lets `adjust` change the place that an object would get. It must be pure.
    #[must_use]
    pub fn adjust(
        mut self,
        adjust: impl Fn(&ObjectId, Option<&Document>, Place) -> Place + Send + Sync + 'static,
    ) -> Self {
        self.adjust = Some(Arc::new(adjust));
        self
    }
}

impl Order for KindOrder {
    fn place(&self, id: &ObjectId, document: Option<&Document>) -> Result<Place> {
        let annotations = match document {
            Some(document) => Annotations::read(id, document)?,
            None => Annotations::default(),
        };
        let wave = wave(id, &annotations)?;
        let rank = i64::from(wave.unwrap_or(0)) * RANKS_PER_WAVE;
        let tier = kinds::tier(id);
        let place = Place {
            rank: match tier {
                Tier::First => FIRST,
                Tier::Rest => rank,
                Tier::Last => rank + i64::from(!self.wait),
            },
            step: kinds::step(id),
            barrier: tier == Tier::First || self.wait || wave.is_some(),
            after: match annotations.get(DEPENDS_ON) {
                Some(text) => depends_on(text).map_err(|error| error.on(id))?,
                None => Vec::new(),
            },
        };
        Ok(match &self.adjust {
            Some(adjust) => adjust(id, document, place),
            None => place,
        })
    }
}

impl fmt::Debug for KindOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KindOrder")
            .field("wait", &self.wait)
            .field("adjusted", &self.adjust.is_some())
            .finish()
    }
}

/// The wave that the object names, if it does.
fn wave(id: &ObjectId, annotations: &Annotations) -> Result<Option<i32>> {
    for key in [SYNC_WAVE, HOOK_WEIGHT] {
        if let Some(text) = annotations.get(key) {
            return text.trim().parse().map(Some).map_err(|_| {
                let message = format!("annotation {key} is {text:?}, not a whole number");
                Error::new(Stage::Plan, Retry::Never, reason::INVALID_OBJECT, message)
                    .on(id)
                    .advise("waves are whole numbers in quotes, such as \"-1\" or \"5\"")
            });
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
