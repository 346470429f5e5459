//! What is refused, beside what the real server refuses.

mod bases;
mod broken;
mod crowded;
mod device_bases;
mod lab;
mod mixed;
mod mutations;
mod rare;
mod selectors;
mod sizes;
mod statuses;
mod workloads;
