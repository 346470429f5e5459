//! Files in, objects out.

use crate::{
    error::Result,
    model::{Desired, Snapshot},
};
use async_trait::async_trait;
use std::sync::Arc;

/// Turns the files of a snapshot into the complete set of desired objects.
///
/// **Contract.** Pure: what it reads, it reads through the snapshot, which records it; the same
/// read-set gives the same output. All or nothing: one bad file, no objects. Every object carries
/// its [`Origin`](crate::model::Origin). Long renders yield to the executor between files.
///
/// # Errors
/// `PathNotFound`, `InvalidSyntax` (with file, line and column), `InvalidObject`,
/// `DuplicateObject` (both places), `TooLarge`; all with retry class `Never`, since only another
/// revision can help.
///
/// ```
/// use gitops_core::{error::Result, model::*, stage::Renderer};
///
/// /// One object a file of the `flags` directory.
/// struct Flags;
///
/// #[async_trait::async_trait]
/// impl Renderer for Flags {
///     async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
///         let mut objects = Vec::new();
///         for entry in snapshot.list("flags")? {
///             let path = format!("flags/{}", entry.name);
///             let text = String::from_utf8_lossy(&snapshot.read(&path)?).into_owned();
///             let id = ObjectId::new("", "Flag", "", &entry.name);
///             objects.push(Object::new(id, &text.into()).at(Origin::new(path, 1)));
///         }
///         Desired::new(snapshot.revision().clone(), objects)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Renderer: see gitops_core::stage::Renderer"
)]
#[async_trait]
pub trait Renderer: Send + Sync + 'static {
    /// Renders the snapshot.
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired>;
}

#[async_trait]
impl<T: Renderer + ?Sized> Renderer for Arc<T> {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        (**self).render(snapshot).await
    }
}
