//! Discovery and what stands behind it, beside the real server.

mod lab;
mod resources;
