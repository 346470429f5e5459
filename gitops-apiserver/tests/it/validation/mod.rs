//! What is refused, beside what the real server refuses.

mod bases;
mod broken;
mod lab;
mod mutations;
mod rare;
mod statuses;
mod workloads;
