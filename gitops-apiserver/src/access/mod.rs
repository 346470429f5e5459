//! Who may do what: users, roles, reviews.
//!
//! What is allowed is a function of the request and of the role objects, which [`Roles`] looks up; who
//! asks, of a token and of the objects that it needs.

mod accounts;
mod aggregation;
mod attributes;
mod authorize;
mod escalation;
mod gate;
mod impersonation;
mod reviews;
mod rules;
mod stored;
mod tokens;
mod user;

pub(crate) use accounts::{Bound, Claims, ISSUER, Reference};
pub use aggregation::aggregated;
pub use attributes::{Attributes, Target};
pub use authorize::{Decision, Roles, authorize, demand};
pub use escalation::{RoleWrite, check_escalation};
pub(crate) use gate::pass;
pub use impersonation::impersonate;
pub use reviews::{Holder, Review, review};
pub use tokens::Authenticated;
pub(crate) use tokens::Tokens;
pub use user::User;
