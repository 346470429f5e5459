use super::*;
use serde_json::json;

fn id(group: &str, kind: &str) -> ObjectId {
    ObjectId::new(group, kind, "", "x")
}

fn annotated(key: &str, value: serde_json::Value) -> Document {
    Document::new(&json!({"metadata": {"annotations": {key: value}}}))
}

fn place(group: &str, kind: &str, wave: Option<&str>) -> Place {
    let document = wave.map(|wave| annotated(SYNC_WAVE, wave.into()));
    KindOrder::new().place(&id(group, kind), document.as_ref()).unwrap()
}

#[test]
fn definitions_and_namespaces_come_before_any_wave_and_are_waited_for() {
    let lowest = place("", "ConfigMap", Some("-2147483648"));
    for first in [
        place("", "Namespace", None),
        place("", "Namespace", Some("7")),
        place("apiextensions.k8s.io", "CustomResourceDefinition", None),
    ] {
        assert!(first.rank < lowest.rank && first.barrier, "{first:?}");
    }
    // Kinds of the same name in other groups are not what they seem.
    assert_eq!(place("example.com", "Namespace", None).rank, 0);
}

#[test]
fn waves_come_before_kinds_and_are_waited_for_when_named() {
    let early = place("apps", "Deployment", Some("-1"));
    let plain = place("", "ConfigMap", None);
    let late = place("", "ConfigMap", Some(" 1 "));
    assert!(early.rank < plain.rank && plain.rank < late.rank);
    assert!(early.barrier && !plain.barrier && late.barrier);
}

#[test]
fn webhook_configurations_come_after_the_rest_of_their_wave_only() {
    let webhook =
        |wave| place("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", wave);
    let rest = place("example.com", "Widget", None);
    assert!(rest.rank < webhook(None).rank);
    assert!(webhook(None).rank < place("", "ConfigMap", Some("1")).rank);
    assert!(webhook(Some("-1")).rank < rest.rank);
}

#[test]
fn waiting_between_waves_makes_everything_a_barrier_and_lets_webhooks_join() {
    let order = KindOrder::new().wait_between_waves();
    let rest = order.place(&id("apps", "Deployment"), None).unwrap();
    let webhook = id("admissionregistration.k8s.io", "MutatingWebhookConfiguration");
    let webhook = order.place(&webhook, None).unwrap();
    assert!(rest.barrier && webhook.barrier);
    assert_eq!(rest.rank, webhook.rank);
    assert!(rest.step < webhook.step);
}

#[test]
fn within_a_rank_what_is_referred_to_comes_first() {
    let kinds = [
        (RBAC, "ClusterRole"),
        ("storage.k8s.io", "StorageClass"),
        (RBAC, "ClusterRoleBinding"),
        ("", "ServiceAccount"),
        ("", "ConfigMap"),
        ("", "Service"),
        ("apps", "Deployment"),
        ("apiregistration.k8s.io", "APIService"),
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ];
    let steps: Vec<u32> = kinds.iter().map(|(group, kind)| place(group, kind, None).step).collect();
    assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
    assert_eq!(
        place("gateway.networking.k8s.io", "GatewayClass", None).step,
        place("node.k8s.io", "RuntimeClass", None).step,
    );
    // A custom resource that bears a built-in kind's name is a custom resource.
    let knative = place("serving.knative.dev", "Service", None).step;
    assert_eq!(knative, place("example.com", "Anything", None).step);
}

const RBAC: &str = "rbac.authorization.k8s.io";

#[test]
fn sync_wave_wins_over_hook_weight() {
    let document = Document::new(&json!({"metadata": {"annotations": {
        SYNC_WAVE: "2", HOOK_WEIGHT: "9",
    }}}));
    let place = |document| KindOrder::new().place(&id("", "Pod"), Some(&document)).unwrap();
    assert_eq!(place(document), place(annotated(SYNC_WAVE, "2".into())));
    assert_eq!(place(annotated(HOOK_WEIGHT, "2".into())), place(annotated(SYNC_WAVE, "2".into())));
}

#[test]
fn what_cannot_be_read_is_an_error_on_the_object() {
    for document in [
        annotated(SYNC_WAVE, "soon".into()),
        annotated(SYNC_WAVE, "".into()),
        annotated(SYNC_WAVE, "2147483648".into()),
        annotated(SYNC_WAVE, 1.into()),
        annotated(HOOK_WEIGHT, "1.5".into()),
        annotated(DEPENDS_ON, "".into()),
        annotated(DEPENDS_ON, "apps/Deployment".into()),
        annotated(DEPENDS_ON, "/namespaces//ConfigMap/x".into()),
        annotated(DEPENDS_ON, "//x".into()),
        annotated(DEPENDS_ON, "/ConfigMap/a,".into()),
    ] {
        let error = KindOrder::new().place(&id("", "Pod"), Some(&document)).unwrap_err();
        assert_eq!(error.reason(), reason::INVALID_OBJECT);
        assert_eq!(error.object(), Some(&id("", "Pod")));
        assert!(error.advice().is_some(), "{error}");
    }
}

#[test]
fn dependencies_are_read_once_each() {
    let text = " /Namespace/a ,apps/namespaces/b/Deployment/c,/Namespace/a\n";
    let expected = vec![
        ObjectId::new("", "Namespace", "", "a"),
        ObjectId::new("apps", "Deployment", "b", "c"),
    ];
    assert_eq!(depends_on(text).unwrap(), expected);
    let place =
        KindOrder::new().place(&id("", "Pod"), Some(&annotated(DEPENDS_ON, text.into()))).unwrap();
    assert_eq!(place.after, expected);
}

#[test]
fn the_user_has_the_last_word() {
    let order = KindOrder::new().adjust(|id, document, place| Place {
        rank: place.rank + 10,
        barrier: id.kind() == "Pod" && document.is_none(),
        ..place
    });
    let place = order.place(&id("", "Pod"), None).unwrap();
    assert_eq!((place.rank, place.barrier), (10, true));
}

#[test]
fn documents_without_metadata_are_fine() {
    for value in [json!({}), json!({"metadata": null}), json!({"metadata": {"annotations": null}})]
    {
        let place = KindOrder::new().place(&id("", "Pod"), Some(&Document::new(&value)));
        assert_eq!(place.unwrap().after, vec![]);
    }
}
