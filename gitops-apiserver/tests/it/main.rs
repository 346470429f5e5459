//! Tests of the public seams, beside the real server where it is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod access;
mod behavior;
mod clients;
mod custom;
mod defaults;
mod discovery;
mod every_kind;
mod fuzz;
mod histories;
mod kubectl;
mod names;
mod patch;
mod protobuf;
mod semantics;
mod server;
mod strategy;
mod table;
mod types;
mod validation;
mod warnings;
mod workloads;
