//! What a Job selects: its own pods, by its UID.

use crate::builtin::defaults::field;
use serde_json::Value;

/// Labels of the template by which pods are found, in two generations of names.
const BY_NAME: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
const BY_UID: [&str; 2] = ["controller-uid", "batch.kubernetes.io/controller-uid"];

/// Sets labels and selector, unless that is done by hand. What is there stays: a clash is found
/// when the job is checked.
pub(super) fn created(job: &mut Value, labels_given: bool) {
    if field::flag(job, "spec.manualSelector") {
        return;
    }
    let name = field::text(job, "metadata.name").to_owned();
    let uid = field::text(job, "metadata.uid").to_owned();
    // The defaults have given the Job its template's labels; to the server they are one map. Where
    // the template had none, the Job gets its labels when it comes back from storage.
    let shared = !labels_given && !field::is_empty(job, "spec.template.metadata.labels");
    if let Some(labels) = field::map_mut(job, "spec.template.metadata.labels") {
        for (labelled, value) in
            BY_NAME.map(|of| (of, &name)).into_iter().chain(BY_UID.map(|of| (of, &uid)))
        {
            labels.entry(labelled).or_insert_with(|| value.clone().into());
        }
    }
    if shared {
        let labels = field::get(job, "spec.template.metadata.labels").cloned();
        field::put(job, "metadata.labels", labels);
    }
    if let Some(selected) = field::map_mut(job, "spec.selector.matchLabels") {
        let [_, uid_label] = BY_UID;
        selected.entry(uid_label).or_insert_with(|| uid.into());
    }
}
