//! Which behaviours a server has.

use std::time::Duration;

/// What the server does on its own, beside answering requests: the work of the controllers, the
/// scheduler and the kubelets of a cluster.
///
/// Nothing of it needs a thread or a task. Each step has a time at which it is due, and is carried
/// out when somebody looks for the first time after that: with the next request, or by a watch that
/// is waiting. Its time stamps are those of the time it was due, so that nobody can tell.
///
/// By default there are [none](Self::none), as with a bare kube-apiserver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Behaviors {
    pub(crate) garbage_collection: bool,
    pub(crate) namespace_deletion: bool,
    pub(crate) namespace_contents: bool,
    pub(crate) workloads: Workloads,
    pub(crate) jobs: Jobs,
    pub(crate) definitions: Duration,
}

/// What becomes of Deployments, ReplicaSets, ReplicationControllers, StatefulSets, DaemonSets and
/// pods.
///
/// A pod's annotation [`READY_AFTER`], or that of the template it is made from, goes before this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Workloads {
    /// Nothing: they stay as they are written.
    #[default]
    Off,
    /// They roll out; pods run at once and become ready after a time.
    Ready {
        /// From when a pod is there until it is ready.
        after: Duration,
    },
    /// They roll out, but no pod becomes ready.
    Never,
}

/// What becomes of Jobs.
///
/// CronJobs are not modelled: nothing makes Jobs of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jobs {
    /// Nothing: they stay as they are written.
    #[default]
    Off,
    /// Their pods succeed after a time.
    Complete {
        /// From when a pod is there until it has ended.
        after: Duration,
    },
    /// Their pods fail after a time, and so do the Jobs when their `backoffLimit` is used up.
    Fail {
        /// From when a pod is there until it has ended.
        after: Duration,
    },
}

/// The annotation that says when a pod becomes ready: `never`, or a duration such as `5s`, `500ms`,
/// `2m`.
pub const READY_AFTER: &str = "apiserver.gitops.dev/ready-after";

impl Behaviors {
    /// None: objects stay as they are written. Definitions are established at once.
    pub fn none() -> Self {
        Self::default()
    }

    /// All, as in a cluster where everything works: ready at once.
    pub fn cluster() -> Self {
        Behaviors {
            garbage_collection: true,
            namespace_deletion: true,
            namespace_contents: true,
            workloads: Workloads::Ready { after: Duration::ZERO },
            jobs: Jobs::Complete { after: Duration::ZERO },
            definitions: Duration::ZERO,
        }
    }

    /// Deletes objects when all their owners are gone, and carries out the deletion policies
    /// `Foreground` and `Orphan`.
    #[must_use]
    pub fn garbage_collection(mut self, on: bool) -> Self {
        self.garbage_collection = on;
        self
    }

    /// Empties namespaces that are deleted, and removes them then.
    #[must_use]
    pub fn namespace_deletion(mut self, on: bool) -> Self {
        self.namespace_deletion = on;
        self
    }

    /// Gives each namespace the ServiceAccount `default` and the ConfigMap `kube-root-ca.crt`.
    #[must_use]
    pub fn namespace_contents(mut self, on: bool) -> Self {
        self.namespace_contents = on;
        self
    }

    /// What becomes of workloads and pods.
    #[must_use]
    pub fn workloads(mut self, workloads: Workloads) -> Self {
        self.workloads = workloads;
        self
    }

    /// What becomes of Jobs.
    #[must_use]
    pub fn jobs(mut self, jobs: Jobs) -> Self {
        self.jobs = jobs;
        self
    }

    /// How long after its creation a CustomResourceDefinition is looked at: until then it has no
    /// conditions, and what it defines is not served.
    #[must_use]
    pub fn definitions(mut self, after: Duration) -> Self {
        self.definitions = after;
        self
    }

    /// Whether nothing has to be looked at when objects are written.
    pub(crate) fn idle(&self) -> bool {
        !(self.garbage_collection
            || self.namespace_deletion
            || self.namespace_contents
            || self.workloads != Workloads::Off
            || self.jobs != Jobs::Off)
    }
}
