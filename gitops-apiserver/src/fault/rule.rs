//! Which requests go wrong.

use crate::request::{Call, Path};
use gitops_core::env::Rng;
use http::header;

/// Conditions on requests; all that are set must hold. [`Rule::any`] has none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    verb: Option<String>,
    resource: Option<String>,
    subresource: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    user: Option<String>,
    agent: Option<String>,
    path: Option<String>,
    first: u64,
    last: Option<u64>,
    probability: Option<f64>,
}

impl Rule {
    /// Every request.
    pub fn any() -> Self {
        Rule::default()
    }

    /// Requests of a verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
    /// `deletecollection`.
    pub fn verb(verb: &str) -> Self {
        Rule { verb: Some(verb.to_owned()), ..Rule::default() }
    }

    /// Requests of a path that is no resource's, and those below it: `/apis`, `/openapi`.
    pub fn path(path: &str) -> Self {
        Rule { path: Some(path.to_owned()), ..Rule::default() }
    }

    /// Of a resource, by its plural.
    #[must_use]
    pub fn resource(self, plural: &str) -> Self {
        Rule { resource: Some(plural.to_owned()), ..self }
    }

    /// Of a subresource; empty for the object itself.
    #[must_use]
    pub fn subresource(self, name: &str) -> Self {
        Rule { subresource: Some(name.to_owned()), ..self }
    }

    /// In a namespace.
    #[must_use]
    pub fn namespace(self, name: &str) -> Self {
        Rule { namespace: Some(name.to_owned()), ..self }
    }

    /// Of an object. Creations have no name in their path: they never meet this.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        Rule { name: Some(name.to_owned()), ..self }
    }

    /// By a user.
    #[must_use]
    pub fn user(self, name: &str) -> Self {
        Rule { user: Some(name.to_owned()), ..self }
    }

    /// By a client whose `User-Agent` begins like this.
    #[must_use]
    pub fn agent(self, start: &str) -> Self {
        Rule { agent: Some(start.to_owned()), ..self }
    }

    /// Only the nth that meets the other conditions, from 1.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Rule { first: nth, last: Some(nth), ..self }
    }

    /// Only the first so many that meet the other conditions.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Rule { first: 1, last: Some(times), ..self }
    }

    /// Only so many of all, between 0 and 1, as the server's seed will have it.
    #[must_use]
    pub fn probability(self, probability: f64) -> Self {
        Rule { probability: Some(probability), ..self }
    }

    pub(super) fn meets(&self, call: &Call) -> bool {
        let is =
            |wanted: &Option<String>, have: &str| wanted.as_deref().is_none_or(|one| one == have);
        let agent = call.header(header::USER_AGENT);
        if !is(&self.user, &call.user.name)
            || self.agent.as_deref().is_some_and(|one| !agent.starts_with(one))
        {
            return false;
        }
        match &call.path {
            Path::Other(path) => {
                let below = |wanted: &str| {
                    path.strip_prefix(wanted)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                let of_resource =
                    [&self.verb, &self.resource, &self.subresource, &self.namespace, &self.name];
                of_resource.iter().all(|one| one.is_none())
                    && self.path.as_deref().is_none_or(below)
            }
            Path::Resource(address) => {
                self.path.is_none()
                    && is(&self.verb, call.verb())
                    && is(&self.resource, &address.resource)
                    && is(&self.subresource, &address.subresource)
                    && is(&self.namespace, &address.namespace)
                    && is(&self.name, &address.name)
            }
        }
    }

    /// Whether the `met`th request that meets the conditions goes wrong.
    pub(super) fn strikes(&self, met: u64, rng: &mut Rng) -> bool {
        if met < self.first || self.last.is_some_and(|last| met > last) {
            return false;
        }
        match self.probability {
            None => true,
            #[allow(clippy::cast_precision_loss, reason = "53 random bits are exact")]
            Some(probability) => {
                ((rng.next_u64() >> 11) as f64) < probability * (1u64 << 53) as f64
            }
        }
    }
}
