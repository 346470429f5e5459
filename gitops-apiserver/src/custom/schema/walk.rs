//! Going over a schema.

use super::{Additional, Items, JsonSchema};

impl JsonSchema {
    /// Whether this node or one below, of any sort, is as `test` asks.
    pub(crate) fn any(&self, test: &mut dyn FnMut(&JsonSchema) -> bool) -> bool {
        if test(self) {
            return true;
        }
        let mut found = false;
        self.each_child(&mut |child| found = found || child.any(test));
        found
    }

    /// The nodes right below, in the server's order.
    fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a JsonSchema)) {
        match &self.items {
            Some(Items::One(schema)) => visit(schema),
            Some(Items::Many(schemas)) => schemas.iter().for_each(&mut *visit),
            None => {}
        }
        if let Some(limits) = &self.limits {
            limits.all_of.iter().for_each(&mut *visit);
            limits.any_of.iter().for_each(&mut *visit);
            limits.one_of.iter().for_each(&mut *visit);
            limits.not.iter().for_each(|schema| visit(schema));
        }
        self.properties.values().for_each(&mut *visit);
        self.additional().into_iter().for_each(&mut *visit);
        if let Some(other) = &self.unsupported {
            other.pattern_properties.values().for_each(&mut *visit);
            if let Some(Additional::Schema(schema)) = &other.additional_items {
                visit(schema);
            }
            other.definitions.values().for_each(&mut *visit);
            other.dependencies.iter().flat_map(|all| all.values().flatten()).for_each(visit);
        }
    }
}
