//! What runs the stages; you configure it.
//!
//! A [`Pipeline`] is one app: [`Stages`] (required, a struct literal) and [`Options`] (a builder).
//! Its [`pass`](Pipeline::pass) knows the order: load the inventory, resolve and render, observe,
//! diff, [`plan`], guard, write the inventory ahead, apply wave by wave, prune, save, assess. All
//! decisions are functions from data to data: [`plan`], [`arrange`], the guards,
//! [`Scheduler`], [`Backoff`].
//!
//! A [`Controller`] runs pipelines ([`Apps`]), or anything that is [`Reconcile`], when streams of
//! [`Trigger`]s say so.

mod adoption;
mod apps;
mod backoff;
mod controller;
mod event;
mod guard;
mod options;
mod pass;
mod permit;
mod pipeline;
mod planner;
mod reconcile;
mod scheduler;
mod trigger;
mod wave;

pub use adoption::AdoptionPolicy;
pub use apps::Apps;
pub use backoff::Backoff;
pub use controller::{Controller, Handle, Report};
pub use event::{Event, Lost, Recorder, events};
pub use guard::PrunePolicy;
pub use options::{Options, Stages};
pub use pass::Pass;
pub use permit::Permit;
pub use pipeline::Pipeline;
pub use planner::{Decision, Situation, plan};
pub use reconcile::{Action, Reconcile};
pub use scheduler::Scheduler;
pub use trigger::{Reason, Trigger, interval, once, revisions};
pub use wave::{Group, arrange};
