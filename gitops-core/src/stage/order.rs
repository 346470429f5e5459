//! Which objects come before which.

use crate::{
    error::Result,
    model::{Document, ObjectId},
};
use std::sync::Arc;

/// The place of an object among the waves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The wave: lower ranks are applied first and pruned last.
    pub rank: i64,
    /// The order within a wave, ascending; ties go by id.
    pub step: u32,
    /// Whether later ranks wait until this object is healthy.
    pub barrier: bool,
    /// Objects that must be applied and healthy before this one, whatever their rank.
    pub after: Vec<ObjectId>,
}

/// Says where objects go: synchronous and pure.
///
/// ```
/// use gitops_core::{error::Result, model::*, stage::{Order, Place}};
///
/// /// Schemas before everything else.
/// struct SchemasFirst;
///
/// impl Order for SchemasFirst {
///     fn place(&self, id: &ObjectId, _: Option<&Document>) -> Result<Place> {
///         let schema = id.kind() == "Schema";
///         Ok(Place { rank: if schema { 0 } else { 1 }, barrier: schema, ..Place::default() })
///     }
/// }
/// ```
pub trait Order: Send + Sync + 'static {
    /// The place of an object; its document is the desired one, or the live one when it is to be
    /// pruned, where known.
    ///
    /// # Errors
    /// `InvalidObject` when the document asks for something that can't be read.
    fn place(&self, id: &ObjectId, document: Option<&Document>) -> Result<Place>;
}

impl<T: Order + ?Sized> Order for Arc<T> {
    fn place(&self, id: &ObjectId, document: Option<&Document>) -> Result<Place> {
        (**self).place(id, document)
    }
}

/// Everything in one wave.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flat;

impl Order for Flat {
    fn place(&self, _: &ObjectId, _: Option<&Document>) -> Result<Place> {
        Ok(Place::default())
    }
}
