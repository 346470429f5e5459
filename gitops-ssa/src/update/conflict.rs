//! Fields that others own.

use crate::fields::{Fields, PathElement, dotted};
use std::{collections::BTreeMap, fmt};

/// A field that another manager owns and an apply would change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The manager.
    pub manager: String,
    /// The field.
    pub path: Vec<PathElement>,
}

/// At least one conflict, by manager, and by path as the server lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts(Vec<Conflict>);

impl Conflicts {
    pub(super) fn new(sets: &BTreeMap<String, Fields>) -> Self {
        let mut out = Vec::new();
        for (manager, fields) in sets {
            each(fields, &mut Vec::new(), &mut |path| {
                out.push(Conflict { manager: manager.clone(), path: path.to_vec() });
            });
        }
        Conflicts(out)
    }

    /// The conflicts.
    pub fn iter(&self) -> impl Iterator<Item = &Conflict> {
        self.0.iter()
    }

    /// The fields in conflict, whoever owns them.
    pub fn fields(&self) -> Fields {
        self.0.iter().map(|conflict| &*conflict.path).collect()
    }

    /// The conflicts outside a set; `None` if that holds all of them.
    #[must_use]
    pub fn outside(&self, fields: &Fields) -> Option<Self> {
        let left = self.0.iter().filter(|conflict| !fields.contains(&conflict.path));
        let left: Vec<_> = left.cloned().collect();
        (!left.is_empty()).then_some(Conflicts(left))
    }

    /// The server's message, with managers in the words of `name`.
    pub(crate) fn message(&self, name: impl Fn(&str) -> String) -> String {
        if let [conflict] = &*self.0 {
            let (name, path) = (name(&conflict.manager), dotted(&conflict.path));
            return format!("conflict with {name}: {path}");
        }
        let mut lines = Vec::new();
        let mut last = None;
        for conflict in &self.0 {
            if last != Some(&conflict.manager) {
                lines.push(format!("conflicts with {}:", name(&conflict.manager)));
                last = Some(&conflict.manager);
            }
            lines.push(format!("- {}", dotted(&conflict.path)));
        }
        lines.join("\n")
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Visits paths in the server's order: those of a level before those of the levels below it.
fn each(fields: &Fields, path: &mut Vec<PathElement>, visit: &mut impl FnMut(&[PathElement])) {
    for (step, _) in fields.iter().filter(|(_, node)| node.member) {
        path.push(step.clone());
        visit(path);
        path.pop();
    }
    for (step, node) in fields.iter() {
        path.push(step.clone());
        each(&node.children, path, visit);
        path.pop();
    }
}

impl fmt::Display for Conflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(|manager| format!("{manager:?}")))
    }
}
