//! Who may do what: users, roles, reviews.

mod user;

pub use user::User;
