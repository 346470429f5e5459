//! Discovery and what stands behind it, beside the real server.

mod answers;
mod bootstrap;
mod definitions;
mod hostile;
mod kubectl;
mod lab;
mod openapi;
mod resources;
mod wire;
