//! Who may do what: users, roles, reviews.

mod tokens;
mod user;

pub(crate) use tokens::Tokens;
pub use user::User;
