use super::*;

const US: &str = "ours";

fn entry(manager: &str, operation: &str, fields: Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields})
}

fn live(managed: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"},
        "metadata": {
            "name": "a", "resourceVersion": "7", "managedFields": managed,
            "annotations": {LAST_APPLIED: "{}", "kept": "1"},
        },
    })
}

fn usual(managed: Value) -> Option<Migration> {
    migrate(&live(managed), US, &Takeover::usual())
}

#[test]
fn plain_writes_of_kubectl_and_ourselves_become_part_of_our_apply() {
    let status = {
        let mut entry = entry("kubectl-edit", "Update", json!({"f:status": {}}));
        entry["subresource"] = "status".into();
        entry
    };
    let stays = [
        entry("helm", "Apply", json!({"f:data": {"f:h": {}}})),
        entry("kubectl", "Apply", json!({"f:data": {"f:k": {}}})),
        status,
        entry("controller", "Update", json!({"f:data": {"f:c": {}}})),
    ];
    let mut all = vec![
        entry(
            "kubectl-client-side-apply",
            "Update",
            json!({"f:data": {"f:a": {}}, "f:metadata": {"f:annotations": {".": {}, format!("f:{LAST_APPLIED}"): {}}}}),
        ),
        entry(US, "Update", json!({"f:data": {"f:b": {}}})),
        entry("before-first-apply", "Update", json!({"f:data": {".": {}}})),
        entry(US, "Apply", json!({"f:data": {"f:d": {}}})),
    ];
    all.extend(stays.clone());
    let migration = usual(all.into()).unwrap();
    let result = migration.managed_fields.as_array().unwrap();
    assert_eq!(result[1..], stays);
    assert_eq!(
        result[0],
        entry(
            US,
            "Apply",
            json!({
                "f:data": {".": {}, "f:a": {}, "f:b": {}, "f:d": {}},
                "f:metadata": {"f:annotations": {}},
            })
        )
    );
    assert_eq!(*migration.annotations, [LAST_APPLIED.into()]);
}

#[test]
fn without_an_apply_of_ours_one_is_made() {
    let migration =
        usual(json!([entry("kubectl-create", "Update", json!({"f:data": {"f:a": {}}}))])).unwrap();
    assert_eq!(
        migration.managed_fields,
        json!([entry(US, "Apply", json!({"f:data": {"f:a": {}}}))])
    );
}

#[test]
fn nothing_to_fold_is_nothing_to_do() {
    assert_eq!(usual(json!([])), None);
    assert_eq!(usual(json!([entry(US, "Apply", json!({"f:data": {}}))])), None);
    assert_eq!(usual(json!([entry("controller", "Update", json!({"f:data": {}}))])), None);
    assert_eq!(migrate(&Value::Null, US, &Takeover::usual()), None);
    // Only one's own, unless told to take more.
    let foreign = live(json!([entry("kubectl-edit", "Update", json!({"f:data": {}}))]));
    assert_eq!(migrate(&foreign, US, &[]), None);
    let named = [Takeover::Named("kubectl-edit".into())];
    assert!(migrate(&foreign, US, &named).is_some());
}

#[test]
fn the_applies_of_a_retired_tool_are_taken_over_too() {
    let all = json!([
        entry("kustomize-controller", "Apply", json!({"f:data": {"f:a": {}}})),
        entry("helm", "Apply", json!({"f:data": {"f:h": {}}})),
        entry(US, "Apply", json!({"f:data": {"f:b": {}}})),
    ]);
    assert_eq!(usual(all.clone()), None);
    let named = [Takeover::Named("kustomize-controller".into())];
    assert_eq!(migrate(&live(all.clone()), US, &named), None);
    let retired = [Takeover::Retired("kustomize-controller".into()), Takeover::Retired(US.into())];
    let migration = migrate(&live(all), US, &retired).unwrap();
    assert_eq!(
        migration.managed_fields,
        json!([
            entry(US, "Apply", json!({"f:data": {"f:a": {}, "f:b": {}}})),
            entry("helm", "Apply", json!({"f:data": {"f:h": {}}})),
        ])
    );
}

#[test]
fn a_damaged_set_is_left_alone() {
    assert_eq!(usual(json!([entry("kubectl-edit", "Update", json!({"x": {}}))])), None);
}

#[test]
fn doing_it_twice_is_doing_it_once() {
    let first = live(json!([entry(US, "Update", json!({"f:data": {"f:a": {}}}))]));
    let migration = migrate(&first, US, &[]).unwrap();
    let mut value = first.clone();
    json_patch::patch(&mut value, &migration.patch(&first).unwrap()).unwrap();
    assert_eq!(value["metadata"]["annotations"], json!({"kept": "1"}));
    assert_eq!(value["data"], first["data"]);
    assert_eq!(migrate(&value, US, &[]), None);
    // Another version of the object is not touched.
    value["metadata"]["resourceVersion"] = "8".into();
    json_patch::patch(&mut value, &migration.patch(&first).unwrap()).unwrap_err();
}
