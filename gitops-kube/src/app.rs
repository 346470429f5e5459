//! The settings of one app.

mod memory;
mod owner;
mod payload;
mod yielding;

pub(crate) use memory::Memory;
pub(crate) use owner::{marks, precious, retained};
pub(crate) use payload::Payload;
pub(crate) use yielding::give_way;

use crate::{applyset::Parent, migrate::Takeover};
use gitops_core::{
    Error, Result, Retry, Stage,
    engine::AdoptionPolicy,
    model::AppId,
    reason,
};

pub(crate) use crate::applyset::PART_OF;

/// One app: what it is called and how it meets what others own.
///
/// ```
/// use gitops_kube::{App, ConflictPolicy};
///
/// let app = App::new("shop", "shop-prod").conflicts(ConflictPolicy::Fail);
/// assert_eq!(app.field_manager, "gitops-shop");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct App {
    /// The app's name.
    pub id: AppId,
    /// The default namespace of its objects.
    pub namespace: String,
    /// The object that its ApplySet is tracked by, and that holds its inventory.
    parent: Parent,
    /// The id of that set: the value of its members' `part-of` label.
    apply_set: String,
    /// The field manager of all its writes, at most 128 characters. One for each app: two apps
    /// under one manager would overwrite each other silently.
    pub field_manager: String,
    /// What happens when another manager owns a field that is wanted.
    pub conflicts: ConflictPolicy,
    /// What may be taken over. The engine's own
    /// [`Options::adoption`](gitops_core::engine::Options::adoption) decides on what was observed:
    /// set both alike. This one settles the race in which an object appears after that.
    pub adoption: AdoptionPolicy,
    /// What happens to fields that the server does not know.
    pub validation: FieldValidation,
    /// Whose plain writes are folded into ours before an apply, so that what leaves the repository
    /// leaves the object. Default: kubectl's ([`Takeover::usual`]).
    pub takeovers: Vec<Takeover>,
}

/// What happens when another manager owns a field that is wanted, with another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictPolicy {
    /// It is taken: the repository is right.
    #[default]
    Force,
    /// The object is not written, and the error names the fields and their managers.
    Fail,
    /// It is left to them, and the rest of the object is written.
    Yield,
}

/// What the server does with fields that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldValidation {
    /// It refuses the object (kubectl's default): a typo is an error.
    #[default]
    Strict,
    /// It drops them and goes on.
    Ignore,
}

impl App {
    /// An app with default policies and its inventory in the ConfigMap `<id>-inventory` of its
    /// namespace.
    pub fn new(id: impl Into<AppId>, namespace: impl Into<String>) -> Self {
        let (id, namespace): (AppId, String) = (id.into(), namespace.into());
        let parent = Parent::config_map(&namespace, format!("{id}-inventory"));
        App {
            apply_set: parent.id(),
            parent,
            field_manager: format!("gitops-{id}"),
            id,
            namespace,
            conflicts: ConflictPolicy::default(),
            adoption: AdoptionPolicy::default(),
            validation: FieldValidation::default(),
            takeovers: Takeover::usual(),
        }
    }

    /// Sets [`conflicts`](Self::conflicts).
    #[must_use]
    pub fn conflicts(self, conflicts: ConflictPolicy) -> Self {
        App { conflicts, ..self }
    }

    /// Sets [`adoption`](Self::adoption).
    #[must_use]
    pub fn adoption(self, adoption: AdoptionPolicy) -> Self {
        App { adoption, ..self }
    }

    /// Sets [`validation`](Self::validation).
    #[must_use]
    pub fn validation(self, validation: FieldValidation) -> Self {
        App { validation, ..self }
    }

    /// Sets [`field_manager`](Self::field_manager).
    #[must_use]
    pub fn field_manager(self, manager: impl Into<String>) -> Self {
        App { field_manager: manager.into(), ..self }
    }

    /// Tracks the app's objects by another object, such as the parent of a set that kubectl made.
    #[must_use]
    pub fn tracked_by(self, parent: Parent) -> Self {
        App { apply_set: parent.id(), parent, ..self }
    }

    /// The object that its ApplySet is tracked by, and that holds its inventory.
    pub fn parent(&self) -> &Parent {
        &self.parent
    }

    /// The id of its ApplySet: the value of the label
    /// [`PART_OF`](crate::applyset::PART_OF) on its objects.
    pub fn apply_set(&self) -> &str {
        &self.apply_set
    }

    /// Sets [`takeovers`](Self::takeovers).
    #[must_use]
    pub fn takeovers(self, takeovers: Vec<Takeover>) -> Self {
        App { takeovers, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |message: String| {
            Err(Error::new(Stage::Plan, Retry::Never, reason::INVALID_CONFIGURATION, message))
        };
        let manager = self.field_manager.chars().count();
        if manager == 0 || manager > 128 {
            return wrong(format!("a field manager has 1 to 128 characters, this one {manager}"));
        }
        if self.id.as_str().is_empty() || self.namespace.is_empty() {
            return wrong("an app needs a name and a namespace".to_owned());
        }
        Ok(())
    }
}
