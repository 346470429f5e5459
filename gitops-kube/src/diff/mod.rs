//! Comparing by field ownership and by the server's own prediction: [`ManagedFields`].

mod bookkeeping;
mod changes;
mod differ;
mod mask;

pub use bookkeeping::settled;
pub use changes::{CHANGES_SHOWN, TEXT_SHOWN, changes, wanted};
pub use differ::ManagedFields;
pub use mask::{Mask, masked};

#[cfg(test)]
mod tests;
