//! JSON patch, merge patch, strategic merge patch.

mod corpus;
mod random;
mod real_server;
mod schema;
