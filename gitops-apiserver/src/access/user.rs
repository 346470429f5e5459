//! Who asks.

use std::collections::BTreeMap;

/// Who sends a request, as authentication found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Name, such as `system:serviceaccount:default:builder`.
    pub name: String,
    /// Stable id; may be empty.
    pub uid: String,
    /// Groups, such as `system:authenticated`.
    pub groups: Vec<String>,
    /// What else is known.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// Who may do everything.
    pub fn admin() -> Self {
        User {
            name: "admin".to_owned(),
            groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
            ..User::default()
        }
    }

    /// Who says nothing of who they are.
    pub fn anonymous() -> Self {
        User {
            name: "system:anonymous".to_owned(),
            groups: vec!["system:unauthenticated".to_owned()],
            ..User::default()
        }
    }
}
