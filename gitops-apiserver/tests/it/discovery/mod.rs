//! Discovery and what stands behind it, beside the real server.

mod answers;
mod definitions;
mod lab;
mod resources;
