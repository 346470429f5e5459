//! The set itself: a trie.

use super::PathElement;
use std::collections::BTreeMap;

/// A set of paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    steps: BTreeMap<PathElement, Node>,
}

/// What a set says about one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Whether the path itself is in the set. A leaf always is.
    pub member: bool,
    /// The paths below it.
    pub children: Fields,
}

impl Node {
    /// Whether the path is in the set and nothing below it is.
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    pub(crate) fn merge(&mut self, other: Node) {
        self.member |= other.member;
        for (step, node) in other.children.steps {
            self.children.entry(step).merge(node);
        }
    }
}

impl Fields {
    /// Whether there is no path in it.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What it says about the paths that start with this step.
    pub fn get(&self, step: &PathElement) -> Option<&Node> {
        self.steps.get(step)
    }

    pub(super) fn get_key_value(&self, step: &PathElement) -> Option<(&PathElement, &Node)> {
        self.steps.get_key_value(step)
    }

    /// The node of a field.
    pub fn field(&self, name: &str) -> Option<&Node> {
        self.steps.get(&PathElement::field(name))
    }

    /// The first steps, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&PathElement, &Node)> {
        self.steps.iter()
    }

    /// What it says about a path.
    pub fn at(&self, path: &[PathElement]) -> Option<&Node> {
        let (last, parents) = path.split_last()?;
        let mut fields = self;
        for step in parents {
            fields = &fields.get(step)?.children;
        }
        fields.get(last)
    }

    /// Whether this very path is in the set.
    pub fn contains(&self, path: &[PathElement]) -> bool {
        self.at(path).is_some_and(|node| node.member)
    }

    /// Adds a path. The empty path is no member of any set and changes nothing.
    pub fn insert(&mut self, path: &[PathElement]) {
        if let Some((first, rest)) = path.split_first() {
            let node = self.entry(first.clone());
            match rest {
                [] => node.member = true,
                rest => node.children.insert(rest),
            }
        }
    }

    pub(crate) fn entry(&mut self, step: PathElement) -> &mut Node {
        self.steps.entry(step).or_default()
    }

    /// All paths in the set, parents before children. O(size).
    pub fn paths(&self) -> Vec<Vec<PathElement>> {
        let mut out = Vec::new();
        self.walk(&mut Vec::new(), &mut |path, node| {
            if node.member {
                out.push(path.to_vec());
            }
        });
        out
    }

    /// The paths in the set with no path of the set below them. O(size).
    pub fn leaves(&self) -> Vec<Vec<PathElement>> {
        let mut out = Vec::new();
        self.walk(&mut Vec::new(), &mut |path, node| {
            if node.is_leaf() {
                out.push(path.to_vec());
            }
        });
        out
    }

    fn walk(&self, path: &mut Vec<PathElement>, visit: &mut impl FnMut(&[PathElement], &Node)) {
        for (step, node) in &self.steps {
            path.push(step.clone());
            visit(path, node);
            node.children.walk(path, visit);
            path.pop();
        }
    }

    /// The paths that are in either set. O(size of both).
    #[must_use]
    pub fn union(mut self, other: &Fields) -> Self {
        for (step, node) in &other.steps {
            self.entry(step.clone()).merge(node.clone());
        }
        self
    }

    /// The paths that are in this set and not in the other; children of a path in the other set
    /// stay. O(size of both).
    #[must_use]
    pub fn difference(&self, other: &Fields) -> Self {
        self.minus(other, false)
    }

    /// As [`difference`](Self::difference), but a path of the other set takes all below it away.
    #[must_use]
    pub fn recursive_difference(&self, other: &Fields) -> Self {
        self.minus(other, true)
    }

    fn minus(&self, other: &Fields, whole: bool) -> Self {
        let mut out = Fields::default();
        for (step, node) in &self.steps {
            let kept = match other.get(step) {
                None => node.clone(),
                Some(gone) if gone.member && whole => continue,
                Some(gone) => Node {
                    member: node.member && !gone.member,
                    children: node.children.minus(&gone.children, whole),
                },
            };
            if kept.member || !kept.children.is_empty() {
                out.steps.insert(step.clone(), kept);
            }
        }
        out
    }
}
