//! Empty lists and maps. JSON leaves most of them out, and in a few places the server tells them from
//! none: where it compares to the letter, where it shows what it refuses, and where one thing must
//! not stand beside another.

use super::reflect::{Field, Struct, Type};
use serde_json::{Map, Value};

/// Structs in which every one counts, as compared by `reflect.DeepEqual`.
const WITHIN: [&str; 3] = ["MutatingWebhook", "NetworkPolicySpec", "ValidatingWebhook"];

/// A struct, and the pointer from it.
const FIELDS: [(&str, &str); 20] = [
    ("ConfigMap", "/binaryData"),
    ("DaemonSet", "/spec/template/metadata/labels"),
    ("Deployment", "/spec/template/metadata/labels"),
    ("Ingress", "/spec/rules"),
    ("MutatingWebhookConfiguration", "/webhooks"),
    ("PersistentVolumeClaim", "/spec/accessModes"),
    ("PersistentVolumeClaim", "/spec/resources/requests"),
    ("PersistentVolumeClaimTemplate", "/metadata/finalizers"),
    ("PersistentVolumeClaimTemplate", "/metadata/managedFields"),
    ("PersistentVolumeClaimTemplate", "/metadata/ownerReferences"),
    ("PodSpec", "/resources/claims"),
    ("ReplicaSet", "/spec/template/metadata/labels"),
    ("ResourceClaimTemplateSpec", "/metadata/finalizers"),
    ("ResourceClaimTemplateSpec", "/metadata/managedFields"),
    ("ResourceClaimTemplateSpec", "/metadata/ownerReferences"),
    ("ResourceSliceSpec", "/devices"),
    ("ResourceSliceSpec", "/sharedCounters"),
    ("Secret", "/data"),
    ("StatefulSet", "/spec/template/metadata/labels"),
    ("ValidatingWebhookConfiguration", "/webhooks"),
];

/// Where a value is, and the value.
pub(super) type Placed = (String, Value);

/// Those that count, of a struct as it is filled. O(size).
pub(super) fn that_count(of: &Struct, filled: &Value) -> Vec<Placed> {
    let mut found = Vec::new();
    collect(of, filled, "", false, &mut found);
    found
}

/// Puts them back, as far as what they are in is there.
pub(super) fn put_back(object: &mut Value, placed: Vec<Placed>) {
    for (pointer, empty) in placed {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(map)) = object.pointer_mut(parent) {
            map.insert(name.to_owned(), empty);
        }
    }
}

fn collect(of: &Struct, filled: &Value, at: &str, all: bool, found: &mut Vec<Placed>) {
    let all = all || WITHIN.contains(&of.short_name());
    for (_, pointer) in FIELDS.iter().filter(|(within, _)| *within == of.short_name()) {
        if let Some(value) = filled.pointer(pointer).filter(|value| is_empty(value)) {
            found.push((format!("{at}{pointer}"), value.clone()));
        }
    }
    let Value::Object(map) = filled else { return };
    for field in &of.fields {
        let Some(value) = map.get(field.name) else { continue };
        let at = format!("{at}/{}", field.name);
        if all && contains(field) && is_empty(value) {
            found.push((at, value.clone()));
        } else {
            collect_within(&field.ty, value, &at, all, found);
        }
    }
}

fn collect_within(ty: &Type, value: &Value, at: &str, all: bool, found: &mut Vec<Placed>) {
    match (ty.underlying(), value) {
        (Type::Struct(of), value) => {
            if let Some(of) = of.get() {
                collect(&of, value, at, all, found);
            }
        }
        (Type::List(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                collect_within(item, value, &format!("{at}/{index}"), all, found);
            }
        }
        _ => {}
    }
}

/// An object without those that JSON leaves out; `None` if it has none. An empty list of owners, which
/// resets them, stays. O(size).
pub(super) fn without(of: &Struct, object: &Value) -> Option<Value> {
    has_left_out(of, object).then(|| {
        let mut object = object.clone();
        leave_out(of, &mut object);
        object
    })
}

fn has_left_out(of: &Struct, object: &Value) -> bool {
    let Value::Object(map) = object else { return false };
    map.iter().any(|(name, value)| {
        of.field(name).is_some_and(|field| is_dropped(field, value) || below(&field.ty, value))
    })
}

fn below(ty: &Type, value: &Value) -> bool {
    match (ty.underlying(), value) {
        (Type::Struct(of), value) => of.get().is_some_and(|of| has_left_out(&of, value)),
        (Type::List(item), Value::Array(items)) => items.iter().any(|value| below(item, value)),
        _ => false,
    }
}

fn leave_out(of: &Struct, object: &mut Value) {
    let Value::Object(map) = object else { return };
    map.retain(|name, value| of.field(name).is_none_or(|field| !is_dropped(field, value)));
    for (name, value) in map {
        if let Some(field) = of.field(name) {
            leave_out_within(&field.ty, value);
        }
    }
}

fn leave_out_within(ty: &Type, value: &mut Value) {
    match (ty.underlying(), value) {
        (Type::Struct(of), value) => {
            if let Some(of) = of.get() {
                leave_out(&of, value);
            }
        }
        (Type::List(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| leave_out_within(item, value));
        }
        _ => {}
    }
}

fn is_dropped(field: &Field, value: &Value) -> bool {
    field.name != "managedFields" && is_left_out(field, value)
}

/// Whether a field is an empty list or map that is not written.
pub(super) fn is_left_out(field: &Field, value: &Value) -> bool {
    field.omit_empty && contains(field) && (value.is_null() || is_empty(value))
}

fn contains(field: &Field) -> bool {
    matches!(field.ty.underlying(), Type::List(_) | Type::Map(..))
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}
