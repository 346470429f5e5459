//! Law: the diff is empty if and only if applying changes nothing.

use crate::{
    law_lab::{Lab, OURS, workload},
    law_mutations::{of_desired, sample},
};
use gitops_core::{
    error::{Error, Retry, Stage},
    model::{
        Delta, Desired, Document, Inventory, Live, Object, ObjectId, Observation, Observed, Owner,
        Predicted, Revision,
    },
    reason,
    stage::Differ as _,
};
use gitops_kube::{diff::ManagedFields, fingerprint::fingerprint};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use serde_json::Value;

#[tokio::test]
async fn diff_is_empty_iff_apply_is_a_noop() {
    let Some(objects) = workload("kube-prometheus") else { return };
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let mut lab = Lab::new(server.client().await.unwrap()).await;
    lab.prepare(&objects).await;
    let (mut empty, mut drifted, mut refused, mut wrong) = (0, 0, 0, Vec::new());
    for object in objects.iter().filter(|object| object["kind"] != "CustomResourceDefinition") {
        let path = lab.path(object).unwrap();
        lab.apply(&path, object, OURS).await.unwrap();
        let first = lab.get(&path).await.unwrap();
        for mutation in sample(of_desired(object, &first), 12) {
            let mut late = 0;
            let (live, predicted, applied) = loop {
                let live = lab.get(&path).await.unwrap();
                let predicted = lab.predict(&path, &mutation.object).await;
                let mut stated = mutation.object.clone();
                stated["metadata"]["resourceVersion"] = version(&live).clone();
                match lab.apply(&path, &stated, OURS).await {
                    // One of the server's own controllers wrote in between: that version is gone.
                    Err((409, _)) => late += 1,
                    applied => break (live, predicted, applied),
                }
                assert!(late < 100, "{path} is never left alone");
            };
            let delta = delta(&mutation.object, Some(&live), predicted.ok());
            let place = format!("{path}: {}", mutation.what);
            match (delta, applied) {
                (Delta::Refused(_), Err(_)) => refused += 1,
                (Delta::InSync, Ok(after)) if version(&after) == version(&live) => empty += 1,
                (Delta::Drifted(fields), Ok(after)) if version(&after) != version(&live) => {
                    drifted += 1;
                    if fields.is_empty() {
                        wrong.push(format!("{place}: drifted in no field"));
                    }
                }
                (delta, applied) => {
                    wrong.push(format!("{place}: {delta:?}, applied: {:?}", applied.map(|_| ())));
                }
            }
            lab.apply(&path, object, OURS).await.unwrap();
        }
    }
    println!("empty {empty}, drifted {drifted}, refused {refused}, wrong {}", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(empty > 100 && drifted > 400);
}

fn version(object: &Value) -> &Value {
    &object["metadata"]["resourceVersion"]
}

/// What the differ says of one object that nothing is remembered of. No prediction: a refusal.
pub(crate) fn delta(desired: &Value, live: Option<&Value>, predicted: Option<Value>) -> Delta {
    let id = ObjectId::new("", "any", "", "one");
    let desired = Object::new(id.clone(), desired);
    let live = live.map(|live| {
        let print = fingerprint(live, OURS);
        Live {
            version: version(live).as_str().unwrap().into(),
            uid: None,
            state: print.state,
            memo: print.memo,
            owner: Owner::Ours,
            terminating: false,
            retain: None,
            protected: false,
            document: Document::new(live),
        }
    });
    let predicted = predicted.map_or_else(
        || Predicted::Refused(Error::new(Stage::Observe, Retry::Never, reason::INVALID, "refused")),
        |document| Predicted::Document(Document::new(&document)),
    );
    let observation = Observation { live, predicted: Some(predicted) };
    let observed = Observed::everything([(id.clone(), observation)].into());
    let desired = Desired::new(Revision::new("main", "1"), [desired]).unwrap();
    let diff = ManagedFields::default().diff(&desired, &observed, &Inventory::default()).unwrap();
    diff.get(&id).unwrap().clone()
}
