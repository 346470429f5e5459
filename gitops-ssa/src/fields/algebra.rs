//! Operations on whole sets beyond union and difference.

use super::{Fields, Node, PathElement};

impl Fields {
    /// The paths that are in both sets. O(size of the smaller, with a lookup in the other).
    #[must_use]
    pub fn intersection(&self, other: &Fields) -> Self {
        let mut out = Fields::default();
        for (step, node) in self.iter() {
            let Some(theirs) = other.get(step) else { continue };
            out.put(
                step.clone(),
                Node {
                    member: node.member && theirs.member,
                    children: node.children.intersection(&theirs.children),
                },
            );
        }
        out
    }

    /// The set of the paths with nothing below them: what of each path says something by itself.
    #[must_use]
    pub fn leaf_set(&self) -> Self {
        let mut out = Fields::default();
        for (step, node) in self.iter() {
            let node = if node.is_leaf() {
                node.clone()
            } else {
                Node { member: false, children: node.children.leaf_set() }
            };
            out.put(step.clone(), node);
        }
        out
    }

    /// The paths that start with this step, without it.
    #[must_use]
    pub fn below(&self, step: &PathElement) -> Option<&Fields> {
        self.get(step).map(|node| &node.children).filter(|children| !children.is_empty())
    }

    /// How many paths are in the set. O(size).
    pub fn len(&self) -> usize {
        self.iter().map(|(_, node)| usize::from(node.member) + node.children.len()).sum()
    }

    /// The set with one path in it.
    #[must_use]
    pub fn of(path: &[PathElement]) -> Self {
        let mut out = Fields::default();
        out.insert(path);
        out
    }

    /// Adds a node unless it says nothing.
    pub(crate) fn put(&mut self, step: PathElement, node: Node) {
        if node.member || !node.children.is_empty() {
            self.entry(step).merge(node);
        }
    }
}

impl<'a> FromIterator<&'a [PathElement]> for Fields {
    fn from_iter<I: IntoIterator<Item = &'a [PathElement]>>(paths: I) -> Self {
        let mut out = Fields::default();
        for path in paths {
            out.insert(path);
        }
        out
    }
}
