//! JSON patch, merge patch, strategic merge patch.

mod corpus;
mod real_server;
mod schema;
