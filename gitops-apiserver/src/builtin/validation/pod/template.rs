//! Pods as templates.

use super::{annotations, spec};
use crate::builtin::validation::spot::{Spot, below};

/// A template of pods.
pub(in crate::builtin::validation) fn template(at: &Spot) {
    // Problems of labels and annotations have the place of a template without metadata.
    metadata(at);
    specific(at);
    spec(&at.at("spec"), None, false);
    annotations::seccomp_agrees(at);
    annotations::app_armor_agrees(at);
    let ephemeral = at.at("spec.ephemeralContainers");
    if !ephemeral.empty() {
        ephemeral.forbidden("ephemeral containers not allowed in pod template");
    }
}

/// The labels and annotations of a template, which StatefulSets look at twice.
pub(in crate::builtin::validation) fn template_metadata(at: &Spot) {
    metadata(at);
    specific(at);
}

fn metadata(at: &Spot) {
    let labels = below(at.value(), "metadata.labels");
    crate::builtin::validation::rules::labels(&at.at("labels").with(labels));
    let annotations = below(at.value(), "metadata.annotations");
    crate::builtin::validation::metadata::annotations(&at.at("annotations").with(annotations));
}

/// Annotations that mean something, which are told in the same place.
fn specific(at: &Spot) {
    let annotations = below(at.value(), "metadata.annotations");
    annotations::of_pod(&at.at("annotations").with(annotations), below(at.value(), "spec"));
}
