//! Names of a definition.

use crate::{
    custom::{definition::Names, path},
    names::label_1035,
    status::FieldError,
};
use serde_json::Value;

/// Names that must be given in a spec.
pub(super) fn required(names: &Value, at: &str) -> Vec<FieldError> {
    let names = Names::read(names);
    let needed = [
        ("plural", &names.plural),
        ("singular", &names.singular),
        ("kind", &names.kind),
        ("listKind", &names.list_kind),
    ];
    let missing = needed.into_iter().filter(|(_, name)| name.is_empty());
    missing.map(|(name, _)| FieldError::required(&path::child(at, name), "")).collect()
}

/// The form of names that are given.
pub(super) fn validate(names: &Value, at: &str) -> Vec<FieldError> {
    let names = Names::read(names);
    let mut errors = Vec::new();
    let mut check = |field: String, name: &str, mixed: bool| {
        let problems = label_1035(&if mixed { name.to_lowercase() } else { name.to_owned() });
        if !problems.is_empty() {
            let mut detail = problems.join(",");
            if mixed {
                detail = format!("may have mixed case, but should otherwise match: {detail}");
            }
            errors.push(FieldError::invalid(&field, name, &detail));
        }
    };
    let singles = [
        ("plural", &names.plural, false),
        ("singular", &names.singular, false),
        ("kind", &names.kind, true),
        ("listKind", &names.list_kind, true),
    ];
    for (field, name, mixed) in singles.into_iter().filter(|(_, name, _)| !name.is_empty()) {
        check(path::child(at, field), name, mixed);
    }
    for (index, name) in names.short_names.iter().enumerate() {
        check(path::index(&path::child(at, "shortNames"), index), name, false);
    }
    let same = !names.kind.is_empty() && names.kind == names.list_kind;
    let mut categories = Vec::new();
    for (index, name) in names.categories.iter().enumerate() {
        let problems = label_1035(name);
        if !problems.is_empty() {
            let field = path::index(&path::child(at, "categories"), index);
            categories.push(FieldError::invalid(&field, name.as_str(), &problems.join(",")));
        }
    }
    if same {
        let detail = "kind and listKind may not be the same";
        let field = path::child(at, "listKind");
        errors.push(FieldError::invalid(&field, names.list_kind.as_str(), detail));
    }
    errors.extend(categories);
    errors
}
