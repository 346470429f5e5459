//! Sets of paths that are left out of account: fields that a request may not own.

use super::{Fields, Node, PathElement};
use std::collections::BTreeMap;

/// Which paths of a set count.
///
/// The server calls these *reset fields*: `status` in a write to the object itself, all but
/// `status` in a write to the status subresource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All but these paths and what is below them.
    Exclude(Fields),
    /// Only paths that match the pattern.
    Include(Pattern),
}

impl Filter {
    /// The part of the set that counts. O(size).
    #[must_use]
    pub fn apply(&self, fields: &Fields) -> Fields {
        match self {
            Filter::Exclude(gone) => fields.recursive_difference(gone),
            Filter::Include(pattern) => pattern.select(fields),
        }
    }
}

/// A step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// Any step.
    Any,
    /// This step only.
    One(PathElement),
}

/// Paths with wildcards: matched are all paths that start like one of them, and the paths that
/// lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Everything from here on.
    All,
    /// Steps and what must follow them. `Any` hides the others, as in the server.
    Steps(BTreeMap<Match, Pattern>),
}

impl Pattern {
    /// The pattern of all paths that start so.
    #[must_use]
    pub fn prefix(steps: &[Match]) -> Self {
        steps
            .iter()
            .rev()
            .fold(Pattern::All, |rest, step| Pattern::Steps(BTreeMap::from([(step.clone(), rest)])))
    }

    /// What either pattern matches.
    #[must_use]
    pub fn or(self, other: Pattern) -> Self {
        match (self, other) {
            (Pattern::Steps(mut ours), Pattern::Steps(theirs)) => {
                for (step, rest) in theirs {
                    let merged = match ours.remove(&step) {
                        Some(mine) => mine.or(rest),
                        None => rest,
                    };
                    ours.insert(step, merged);
                }
                Pattern::Steps(ours)
            }
            _ => Pattern::All,
        }
    }

    fn select(&self, fields: &Fields) -> Fields {
        let Pattern::Steps(steps) = self else {
            return fields.clone();
        };
        let mut out = Fields::default();
        for (step, node) in fields.iter() {
            let rest = steps.get(&Match::Any).or_else(|| steps.get(&Match::One(step.clone())));
            if let Some(rest) = rest {
                let children = rest.select(&node.children);
                out.put(step.clone(), Node { member: node.member, children });
            }
        }
        out
    }
}
