//! Names, selectors, quantities.

mod corpus;
mod real_server;
