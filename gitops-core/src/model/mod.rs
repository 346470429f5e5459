//! The nouns, in the order data flows: plain data, no I/O, no clock.
//!
//! [`Revision`] → [`Snapshot`] → [`Object`]s in [`Desired`] → [`Observed`] → [`Diff`] → [`Plan`]
//! of [`Change`]s → [`Outcome`]s, with the [`Inventory`] as memory and [`Health`] and [`Status`]
//! for people.

mod change;
mod desired;
mod diff;
mod digest;
mod document;
mod health;
mod id;
mod inventory;
mod object;
mod observed;
mod origin;
mod plan;
mod revision;
mod snapshot;
mod status;

pub use change::{Action, Applied, Base, Cause, Change, Effect, Outcome};
pub use desired::Desired;
pub use diff::{Delta, Diff, FieldChange};
pub use digest::{Digest, ParseDigestError};
pub use document::{Document, canonical};
pub use health::{Health, HealthStatus};
pub use id::{AppId, ContentId, Cursor, ObjectId, ParseObjectIdError, Uid, Version};
pub use inventory::{Entry as InventoryEntry, Inventory, Verified};
pub use object::Object;
pub use observed::{Coverage, Live, Observation, Observed, Owner, Predicted};
pub use origin::Origin;
pub use plan::{Plan, Retained, Wave};
pub use revision::Revision;
pub use snapshot::{Entry, EntryKind, ReadSet, Snapshot, Tree};
pub use status::{Condition, ConditionKind, Status};

/// The text with control and bidirectional-override characters escaped, so that nothing from a
/// repository or a server can steer a terminal.
pub fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    let hostile = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(hostile) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hostile(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out.into()
}
