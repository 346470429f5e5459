//! What the server's own controllers do.

pub(crate) mod definitions;
