//! Completing field sets with the fields that lead to their paths.

use super::{Schema, TypeRef};
use crate::fields::{Fields, Node, PathElement};

impl Schema {
    /// The set with every *declared* field on the way to one of its paths: `.spec.replicas` makes
    /// `.spec` a member too, since a struct's field exists as soon as something is in it. Keys of
    /// maps and items of lists aren't added: they can be owned. O(size).
    #[must_use]
    pub fn with_declared(&self, fields: &Fields, of: &TypeRef) -> Fields {
        let atom = self.resolve(of).unwrap_or_default();
        let mut out = Fields::default();
        for (step, node) in fields.iter() {
            if node.children.is_empty() {
                out.put(step.clone(), node.clone());
                continue;
            }
            let (declared, below) = match (step, &atom.map, &atom.list) {
                (PathElement::Field(name), Some(map), _) => {
                    (map.fields.contains_key(name), map.type_of(name))
                }
                (PathElement::Key(_), _, Some(list)) => (false, Some(&list.element)),
                _ => (false, None),
            };
            let nothing = TypeRef::default();
            let children = self.with_declared(&node.children, below.unwrap_or(&nothing));
            out.put(step.clone(), Node { member: node.member || declared, children });
        }
        out
    }
}
