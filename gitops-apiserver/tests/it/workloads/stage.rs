//! The order in which objects come: later ones need, or get in the way of, earlier ones.

use super::{
    documents::Document,
    places::{Place, Places, is_definition},
    visit::text,
};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Definitions,
    Namespaces,
    Rest,
    /// Webhooks, policies and servers of other APIs: the real server would ask them about the rest.
    Extensions,
}

pub(super) const STAGES: [Stage; 4] =
    [Stage::Definitions, Stage::Namespaces, Stage::Rest, Stage::Extensions];

impl Stage {
    pub(super) fn of(object: &Value) -> Self {
        let group = text(&object["apiVersion"]).split('/').next().unwrap_or_default();
        match group {
            _ if is_definition(object) => Stage::Definitions,
            "v1" if object["kind"] == "Namespace" => Stage::Namespaces,
            "admissionregistration.k8s.io" | "apiregistration.k8s.io" => Stage::Extensions,
            _ => Stage::Rest,
        }
    }

    /// Whether the objects stay, because later stages need them.
    pub(super) fn stays(self) -> bool {
        matches!(self, Stage::Definitions | Stage::Namespaces)
    }
}

/// An object to be written.
#[derive(Debug, Clone)]
pub(super) struct Case<'d> {
    pub(super) workload: &'static str,
    pub(super) object: &'d Value,
    pub(super) place: Place,
    pub(super) stage: Stage,
}

impl<'d> Case<'d> {
    pub(super) fn all(documents: &'d [Document], places: &Places) -> Vec<Self> {
        let pairs = documents
            .iter()
            .flat_map(|document| document.objects.iter().map(|object| (document.workload, object)));
        let cases = pairs.map(|(workload, object)| Case {
            workload,
            object,
            place: places.of(object),
            stage: Stage::of(object),
        });
        cases.collect()
    }

    pub(super) fn label(&self) -> String {
        format!("{} {} {}", self.workload, text(&self.object["kind"]), self.place.path)
    }
}

/// The cases of a stage, those of one place together, in their order.
pub(super) fn by_place<'c, 'd>(cases: &'c [Case<'d>], stage: Stage) -> Vec<Vec<&'c Case<'d>>> {
    let mut groups: BTreeMap<&str, Vec<&Case<'d>>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.stage == stage) {
        groups.entry(&case.place.path).or_default().push(case);
    }
    groups.into_values().collect()
}
