//! Stages given by a closure.

use gitops_core::{
    async_trait,
    error::Result,
    model::{Desired, Document, Health, Live, Object, ObjectId, Snapshot},
    stage::{Assessor, Order, Place, Renderer},
};
use std::fmt;

macro_rules! debug {
    ($name:ident) => {
        impl<F> fmt::Debug for $name<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

/// A renderer from a closure that makes objects of a snapshot.
///
/// ```
/// use gitops_core::model::{Object, ObjectId};
/// use gitops_testkit::fake::FakeRenderer;
///
/// // One object a file in the root.
/// let renderer = FakeRenderer::new(|snapshot| {
///     let names = snapshot.list("")?.into_iter().map(|entry| entry.name);
///     Ok(names.map(|name| Object::new(ObjectId::new("", "File", "", &name), &name.into())).collect())
/// });
/// ```
#[derive(Clone)]
pub struct FakeRenderer<F>(F);

debug!(FakeRenderer);

impl<F> FakeRenderer<F>
where
    F: Fn(&Snapshot) -> Result<Vec<Object>> + Send + Sync + 'static,
{
    /// Renders by this closure.
    pub fn new(render: F) -> Self {
        FakeRenderer(render)
    }
}

#[async_trait]
impl<F> Renderer for FakeRenderer<F>
where
    F: Fn(&Snapshot) -> Result<Vec<Object>> + Send + Sync + 'static,
{
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        Desired::new(snapshot.revision().clone(), (self.0)(snapshot)?)
    }
}

/// An assessor from a closure.
#[derive(Clone)]
pub struct FakeAssessor<F>(F);

debug!(FakeAssessor);

impl<F: Fn(&ObjectId, &Live) -> Health + Send + Sync + 'static> FakeAssessor<F> {
    /// Assesses by this closure.
    pub fn new(assess: F) -> Self {
        FakeAssessor(assess)
    }
}

impl<F: Fn(&ObjectId, &Live) -> Health + Send + Sync + 'static> Assessor for FakeAssessor<F> {
    fn assess(&self, id: &ObjectId, live: &Live) -> Health {
        (self.0)(id, live)
    }
}

/// An order from a closure over ids.
#[derive(Clone)]
pub struct FakeOrder<F>(F);

debug!(FakeOrder);

impl<F: Fn(&ObjectId) -> Place + Send + Sync + 'static> FakeOrder<F> {
    /// Orders by this closure.
    pub fn new(place: F) -> Self {
        FakeOrder(place)
    }
}

impl<F: Fn(&ObjectId) -> Place + Send + Sync + 'static> Order for FakeOrder<F> {
    fn place(&self, id: &ObjectId, _: Option<&Document>) -> Result<Place> {
        Ok((self.0)(id))
    }
}
