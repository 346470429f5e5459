//! What controllers say of a definition in its status.

use super::strategy::status;
use crate::{
    custom::{definition::Names, validate},
    status::quote,
};
use serde_json::{Value, json};

/// Whether a definition asks for other names than it has: only then the others matter to
/// [`accept_names`].
pub(crate) fn names_are_open(definition: &Value) -> bool {
    names_at(definition, "/spec/names") != names_at(definition, "/status/acceptedNames")
}

fn names_at(object: &Value, at: &str) -> Names {
    Names::read(object.pointer(at).unwrap_or(&Value::Null))
}

/// Reserves the names that a definition asks for, unless other definitions of its group hold
/// them, and says so by the condition `NamesAccepted`; a definition that is not established yet
/// gets that condition too. `others` are the other definitions of the cluster; `now` is a time in
/// RFC 3339, whole seconds. Returns whether the status changed. O(number of others).
///
/// To be called after each change of a definition, and for the others of a group after the names
/// of one changed or it is gone.
pub fn accept_names(definition: &mut Value, others: &[&Value], now: &str) -> bool {
    let wanted = names_at(definition, "/spec/names");
    let accepted = names_at(definition, "/status/acceptedNames");
    if wanted == accepted {
        return false;
    }
    let group = |object: &Value| object.pointer("/spec/group").cloned();
    let mut taken = Taken::default();
    for other in others.iter().filter(|other| group(other) == group(definition)) {
        taken.add(names_at(other, "/status/acceptedNames"));
    }
    // The server counts a definition's own names too.
    taken.add(accepted.clone());
    let (names, conflict) = taken.settle(&wanted, &accepted);
    let (state, reason, message) = match conflict {
        Some((reason, message)) => ("False", reason, message),
        None => ("True", "NoConflicts", "no conflicts found".to_owned()),
    };
    let old = find(definition, "NamesAccepted");
    let same = |name: &str, value: &str| {
        old.is_some_and(|old| old.get(name).and_then(Value::as_str) == Some(value))
    };
    if names == accepted
        && same("status", state)
        && same("reason", reason)
        && same("message", &message)
    {
        return false;
    }
    if let Some(status) = status(definition) {
        status.insert("acceptedNames".to_owned(), names_value(&names));
    }
    set(definition, "NamesAccepted", state, reason, &message, now);
    let (established, known) = match find(definition, "Established") {
        Some(old) => (old.get("status").and_then(Value::as_str) == Some("True"), true),
        None => (false, false),
    };
    if !established && state == "True" {
        let message = "the initial names have been accepted";
        set(definition, "Established", "False", "Installing", message, now);
    } else if !known {
        let message = "not all names are accepted";
        set(definition, "Established", "False", "NotAccepted", message, now);
    }
    true
}

/// Establishes a definition whose names are accepted. Returns whether its status changed.
pub fn establish(definition: &mut Value, now: &str) -> bool {
    let is_true = |kind| {
        let condition = find(definition, kind);
        condition.and_then(|found| found.get("status")).and_then(Value::as_str) == Some("True")
    };
    if !is_true("NamesAccepted") || is_true("Established") {
        return false;
    }
    let bundle = definition.pointer("/spec/conversion/webhook/clientConfig/caBundle");
    let invalid = bundle.and_then(Value::as_str).is_some_and(|bundle| {
        !bundle.is_empty() && !super::validation::is_certificate_bundle(bundle)
    });
    let before = definition.get("status").cloned();
    if invalid {
        let message = "The conversion webhook CABundle is invalid";
        set(definition, "Established", "False", "InvalidCABundle", message, now);
    } else {
        let message = "the initial names have been accepted";
        set(definition, "Established", "True", "InitialNamesAccepted", message, now);
    }
    definition.get("status") != before.as_ref()
}

/// Says, of definitions in the groups of Kubernetes itself, whether they were approved. Returns
/// whether the status changed.
pub fn judge_approval(definition: &mut Value, now: &str) -> bool {
    let Some((approval, reason)) = Approval::of(definition) else { return false };
    let (state, word) = match approval {
        Approval::Approved => ("True", "ApprovedAnnotation"),
        Approval::Bypassed => ("False", "UnapprovedAnnotation"),
        Approval::Missing => ("False", "MissingAnnotation"),
        Approval::Invalid => ("False", "InvalidAnnotation"),
    };
    let kind = "KubernetesAPIApprovalPolicyConformant";
    let before = definition.get("status").cloned();
    set(definition, kind, state, word, &reason, now);
    definition.get("status") != before.as_ref()
}

/// Whether a definition in a protected group may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approval {
    Approved,
    Bypassed,
    Missing,
    Invalid,
}

/// The annotation that definitions in protected groups must have.
pub(super) const APPROVED: &str = "api-approved.kubernetes.io";

impl Approval {
    /// With the reason; `None` if the group needs none.
    pub(super) fn of(definition: &Value) -> Option<(Approval, String)> {
        let group = definition.pointer("/spec/group").and_then(Value::as_str)?;
        let protected = ["k8s.io", "kubernetes.io"].iter().any(|domain| {
            group.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        if !protected {
            return None;
        }
        let annotations = definition.pointer("/metadata/annotations");
        let text = annotations.and_then(|all| all.get(APPROVED)).and_then(Value::as_str);
        let text = text.unwrap_or_default();
        let needed = format!("protected groups must have approval annotation {}", quote(APPROVED));
        let see = "see https://github.com/kubernetes/enhancements/pull/1111";
        Some(if text.is_empty() {
            (Approval::Missing, format!("{needed}, {see}"))
        } else if text.starts_with("unapproved") {
            (Approval::Bypassed, format!("not approved: {}", quote(text)))
        } else if validate::is_absolute_url(text) {
            (Approval::Approved, format!("approved in {text}"))
        } else {
            let what = "with either a URL or a reason starting with \"unapproved\"";
            (Approval::Invalid, format!("{needed} {what}, {see}"))
        })
    }
}

pub(super) fn find<'a>(definition: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = definition.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().find(|one| one.get("type").and_then(Value::as_str) == Some(kind))
}

/// Sets a condition. Its time changes with its status only.
pub(super) fn set(
    definition: &mut Value,
    kind: &str,
    state: &str,
    reason: &str,
    message: &str,
    now: &str,
) {
    let old = find(definition, kind);
    let unchanged = old.filter(|old| old.get("status").and_then(Value::as_str) == Some(state));
    let time =
        unchanged.and_then(|old| old.get("lastTransitionTime")).filter(|time| !time.is_null());
    let time = time.cloned().unwrap_or_else(|| now.into());
    let condition = json!({
        "type": kind, "status": state, "reason": reason, "message": message,
        "lastTransitionTime": time,
    });
    let Some(status) = status(definition) else { return };
    let conditions = status.entry("conditions").or_insert(Value::Null);
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Some(conditions) = conditions.as_array_mut() else { return };
    let is_it = |one: &&mut Value| one.get("type").and_then(Value::as_str) == Some(kind);
    match conditions.iter_mut().find(is_it) {
        Some(old) => *old = condition,
        None => conditions.push(condition),
    }
}

/// Names that definitions of a group hold.
#[derive(Default)]
struct Taken {
    resources: Vec<String>,
    kinds: Vec<String>,
}

impl Taken {
    fn add(&mut self, names: Names) {
        self.resources.extend([names.plural, names.singular]);
        self.resources.extend(names.short_names);
        self.kinds.extend([names.kind, names.list_kind]);
    }

    /// The names that a definition gets, and the last conflict.
    fn settle(&self, wanted: &Names, held: &Names) -> (Names, Option<(&'static str, String)>) {
        let mut names = held.clone();
        let mut conflict = None;
        let in_use = |name: &str| format!("{} is already in use", quote(name));
        let mut one = |wanted: &String, held: &mut String, taken: &[String], reason| {
            if wanted != held && taken.contains(wanted) {
                conflict = Some((reason, in_use(wanted)));
            } else {
                held.clone_from(wanted);
            }
        };
        one(&wanted.plural, &mut names.plural, &self.resources, "PluralConflict");
        one(&wanted.singular, &mut names.singular, &self.resources, "SingularConflict");
        let mut used: Vec<String> = Vec::new();
        for name in &wanted.short_names {
            if !held.short_names.contains(name) && self.resources.contains(name) {
                let text = in_use(name);
                if !used.contains(&text) {
                    used.push(text);
                }
            }
        }
        if used.is_empty() {
            names.short_names.clone_from(&wanted.short_names);
        }
        one(&wanted.kind, &mut names.kind, &self.kinds, "KindConflict");
        one(&wanted.list_kind, &mut names.list_kind, &self.kinds, "ListKindConflict");
        names.categories.clone_from(&wanted.categories);
        // A later conflict of kinds hides that of short names.
        let kinds = |reason| matches!(reason, "KindConflict" | "ListKindConflict");
        if !used.is_empty() && !conflict.as_ref().is_some_and(|(reason, _)| kinds(*reason)) {
            let text = match &*used {
                [one] => one.clone(),
                _ => format!("[{}]", used.join(", ")),
            };
            conflict = Some(("ShortNamesConflict", text));
        }
        (names, conflict)
    }
}

fn names_value(names: &Names) -> Value {
    let mut value = json!({"plural": names.plural, "kind": names.kind});
    if let Some(map) = value.as_object_mut() {
        let texts = [("singular", &names.singular), ("listKind", &names.list_kind)];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            map.insert(name.to_owned(), text.clone().into());
        }
        let lists = [("shortNames", &names.short_names), ("categories", &names.categories)];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            map.insert(name.to_owned(), list.clone().into());
        }
    }
    value
}
