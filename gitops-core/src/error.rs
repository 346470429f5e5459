//! One error type for every stage: what failed, where, and what happens next.

use crate::model::{ObjectId, Origin};
use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

/// The stage of a pass in which an error arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[non_exhaustive]
pub enum Stage {
    /// Resolving or fetching a revision.
    Source,
    /// Turning files into objects.
    Render,
    /// Reading the live system.
    Observe,
    /// Comparing desired with observed.
    Diff,
    /// Ordering the work and judging it.
    Plan,
    /// Writing one change.
    Apply,
    /// Loading or saving the inventory.
    Inventory,
    /// Assessing health or waiting for it.
    Health,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Source => "source",
            Stage::Render => "render",
            Stage::Observe => "observe",
            Stage::Diff => "diff",
            Stage::Plan => "plan",
            Stage::Apply => "apply",
            Stage::Inventory => "inventory",
            Stage::Health => "health",
        })
    }
}

/// What the controller does after an error. Retrying lives there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Transient: try again after the app's exponential back-off.
    Backoff,
    /// The far side named a time (HTTP `Retry-After`): not before it has passed.
    After(Duration),
    /// A race was lost: observe and plan again at once. Repeated races degrade to `Backoff`.
    Replan,
    /// Nothing will change until an input does. The app is still looked at on its next interval
    /// or trigger: terminal does not mean forgotten.
    Never,
}

/// An error of any stage, cheap to clone.
///
/// `Display` says stage, object, place in the repository, message and advice, and never repeats
/// the source: print the chain with [`chain`].
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    stage: Stage,
    retry: Retry,
    reason: &'static str,
    message: String,
    advice: Option<String>,
    object: Option<ObjectId>,
    origin: Option<Origin>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    related: Vec<Error>,
}

/// The result of every stage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with its retry class, a stable CamelCase reason (see [`crate::reason`]) and a
    /// message that says what is wrong, without secrets.
    pub fn new(
        stage: Stage,
        retry: Retry,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Error(Arc::new(Inner {
            stage,
            retry,
            reason,
            message: message.into(),
            advice: None,
            object: None,
            origin: None,
            source: None,
            related: Vec::new(),
        }))
    }

    /// Joins several errors found together into one: the first one speaks, the rest are in
    /// [`related`](Self::related). `None` for an empty list.
    pub fn join(errors: Vec<Error>) -> Option<Error> {
        let mut errors = errors.into_iter();
        let mut first = errors.next()?;
        let rest: Vec<Error> = errors.collect();
        first.inner().related.extend(rest);
        Some(first)
    }

    /// Adds what the reader should do next, as a sentence without a full stop.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.inner().advice = Some(advice.into());
        self
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner().source = Some(Arc::from(source.into()));
        self
    }

    /// Says which object it is about.
    #[must_use]
    pub fn on(mut self, object: &ObjectId) -> Self {
        self.inner().object = Some(object.clone());
        self
    }

    /// Says where in the repository it comes from.
    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.inner().origin = Some(origin.clone());
        self
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// The stage that failed.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// What the controller does next.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The stable CamelCase reason: condition reason, metric label and event reason at once.
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do next, where there is something.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The object concerned.
    pub fn object(&self) -> Option<&ObjectId> {
        self.0.object.as_ref()
    }

    /// The file and line concerned.
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// Further errors found in the same step.
    pub fn related(&self) -> &[Error] {
        &self.0.related
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.stage)?;
        match (&self.0.object, &self.0.origin) {
            (Some(object), Some(origin)) => write!(f, "{object} ({origin}): ")?,
            (Some(object), None) => write!(f, "{object}: ")?,
            (None, Some(origin)) => write!(f, "{origin}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.0.message)?;
        if let Some(advice) = &self.0.advice {
            write!(f, "; {advice}")?;
        }
        if !self.0.related.is_empty() {
            write!(f, " (and {} more)", self.0.related.len())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("reason", &inner.reason)
            .field("retry", &inner.retry)
            .field("display", &self.to_string())
            .field("source", &inner.source)
            .field("related", &inner.related)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// The error and its sources on one line, `a: because b: because c` style, for logs and terminals.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let line = source.to_string();
        // Some libraries repeat their source in Display; don't stutter.
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        next = source.source();
    }
    text
}

const _: () = {
    const fn shareable<T: Send + Sync + Clone + 'static>() {}
    shareable::<Error>();
};
