//! What the server does on its own, beside a real control plane where that can tell.

mod determinism;
mod garbage;
mod jobs;
mod kubectl;
mod lab;
mod namespaces;
mod real;
mod workloads;
