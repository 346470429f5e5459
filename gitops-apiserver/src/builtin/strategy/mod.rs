//! What the server sets, keeps and drops when a built-in kind is written.
//!
//! After the registries of Kubernetes 1.37: [`rules`] says how each resource is written,
//! [`prepare_create`] and [`prepare_update`] do to an object what happens before it is checked and
//! stored.

pub mod admission;
mod binding;
mod conditions;
mod convert;
mod devices;
mod eviction;
mod jobs;
mod kinds;
mod pods;
mod prepare;
mod qos;
mod resources;
mod rules;
mod same;
mod scale;
pub mod services;
mod table;

pub use binding::{bind, check_binding};
use convert::carried_of;
pub(crate) use convert::drop_carried;
pub use convert::{convert, storage_version};
pub(crate) use devices::device_id;
pub use eviction::{Evicted, evict, mark_evicted};
pub(crate) use kinds::{bare, read};
pub(crate) use pods::app_armor;
pub use prepare::{Writer, keep_system_fields, prepare_create, prepare_update};
pub(crate) use qos::class as quality_of_service;
pub use rules::{Dependents, Generation, Rules, Status, reset_fields, rules};
pub(crate) use same::same;
pub use scale::{apply_scale, scale_of};
