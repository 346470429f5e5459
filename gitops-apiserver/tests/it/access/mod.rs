//! Roles, escalation, impersonation and reviews, beside the real server.

mod decisions;
mod lab;
mod refusals;
