//! What is asked for.

use super::User;
use crate::status::{Status, quote};

/// A request, as authorization sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// `get`, `list`, `create`…; for paths the method in small letters.
    pub verb: String,
    /// What it is done to.
    pub target: Target,
}

/// What something is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Objects. Parts that a request doesn't have are empty.
    Object {
        /// API group.
        group: String,
        /// Plural of the resource.
        resource: String,
        /// Such as `status`.
        subresource: String,
        /// Namespace; for a Namespace itself, its own name.
        namespace: String,
        /// Name; of lists and watches, the one that a field selector demands.
        name: String,
    },
    /// A path that is no resource, such as `/version`.
    Path(String),
}

impl Attributes {
    /// Something that is done to an object.
    pub fn object(verb: &str, group: &str, resource: &str, namespace: &str, name: &str) -> Self {
        let target = Target::Object {
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: String::new(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        Attributes { verb: verb.to_owned(), target }
    }

    /// Something that is done to a path.
    pub fn path(verb: &str, path: &str) -> Self {
        Attributes { verb: verb.to_owned(), target: Target::Path(path.to_owned()) }
    }

    /// The same of a part of the object.
    #[must_use]
    pub fn below(mut self, part: &str) -> Self {
        if let Target::Object { subresource, .. } = &mut self.target {
            part.clone_into(subresource);
        }
        self
    }

    /// The namespace; empty if there is none.
    pub fn namespace(&self) -> &str {
        match &self.target {
            Target::Object { namespace, .. } => namespace,
            Target::Path(_) => "",
        }
    }

    /// The refusal for a user who may not, with a reason that may be empty.
    pub fn forbidden(&self, user: &User, reason: &str) -> Status {
        let message = self.message(&user.name);
        // Nothing that looks like HTML.
        let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let why = if reason.is_empty() { message } else { format!("{message}: {reason}") };
        match &self.target {
            Target::Object { group, resource, name, .. } => {
                Status::forbidden(group, resource, name, &why)
            }
            Target::Path(_) => Status::forbidden("", "", "", &why),
        }
    }

    fn message(&self, user: &str) -> String {
        let (user, verb) = (quote(user), &self.verb);
        match &self.target {
            Target::Path(path) => format!("User {user} cannot {verb} path {}", quote(path)),
            Target::Object { group, resource, subresource, namespace, .. } => {
                let resource = match &**subresource {
                    "" => quote(resource),
                    subresource => quote(&format!("{resource}/{subresource}")),
                };
                let place = match &**namespace {
                    "" => "at the cluster scope".to_owned(),
                    namespace => format!("in the namespace {}", quote(namespace)),
                };
                let group = quote(group);
                format!(
                    "User {user} cannot {verb} resource {resource} in API group {group} {place}"
                )
            }
        }
    }
}
