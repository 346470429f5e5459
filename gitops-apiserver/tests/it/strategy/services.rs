//! Addresses and ports that are really allocated, beside the real server.

use super::lab::{Lab, lab, like, unmanaged, writer};
use gitops_apiserver::builtin::strategy::services::{
    ServiceRange, allocate_create, allocate_update, held_by,
};
use gitops_apiserver::builtin::{defaults, strategy, types};
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// Both servers, and the last answer of theirs to each name.
struct Both {
    lab: Lab,
    range: ServiceRange,
}

impl Both {
    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/services", self.lab.namespace)
    }

    async fn create(&mut self, name: &str, spec: Value) -> Option<Value> {
        let object = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec,
        });
        let theirs = self.lab.send("POST", &self.path(), &object).await;
        let filled = theirs.as_ref().map_or(object.clone(), |theirs| like(&object, theirs));
        let mut ours = decoded(&filled);
        match (allocate_create(&mut ours, &self.range, false), &theirs) {
            (Err(ours), Err((code, message))) => {
                assert_eq!((ours.code, &ours.message), (*code, message), "{object}");
                None
            }
            (Ok(mut allocation), Ok(theirs)) => {
                let writer = writer(time(theirs), true);
                strategy::prepare_create("v1", "Service", &mut ours, &writer);
                assert_eq!(masked(&stored(&ours)), masked(theirs), "{object}");
                // From here on, what they have is what is taken.
                allocation.taken = held_by(theirs);
                self.range.apply(&allocation);
                Some(theirs.clone())
            }
            (ours, theirs) => panic!("{object}: {ours:?} {theirs:?}"),
        }
    }

    async fn update(&mut self, old: &Value, new: Value) -> Value {
        let url = format!("{}/{}", self.path(), old["metadata"]["name"].as_str().unwrap());
        let theirs = self.lab.send("PUT", &url, &new).await.unwrap();
        let mut ours = decoded(&new);
        let mut allocation = allocate_update(&mut ours, old, &self.range, false).unwrap();
        let writer = writer(time(&theirs), true);
        strategy::prepare_update("v1", "Service", "", &mut ours, old, &writer);
        let mut shown = masked(&stored(&ours));
        if shown["spec"]["type"] == "ExternalName" {
            // It is stored, and no answer shows it.
            shown["spec"].as_object_mut().unwrap().remove("internalTrafficPolicy");
        }
        assert_eq!(shown, masked(&theirs), "{new}");
        let before = held_by(old);
        allocation.taken = held_by(&theirs);
        let gone = |all: &[String]| {
            let taken = &allocation.taken.addresses;
            all.iter().filter(|one| !taken.contains(one)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(allocation.freed.addresses, gone(&before.addresses), "{new}");
        self.range.apply(&allocation);
        theirs
    }

    async fn delete(&mut self, service: &Value) {
        let url = format!("{}/{}", self.path(), service["metadata"]["name"].as_str().unwrap());
        self.lab.send("DELETE", &url, &json!({})).await.unwrap();
        self.range.free(&held_by(service));
    }
}

fn decoded(object: &Value) -> Value {
    let mut object = types::kind("v1", "Service").unwrap().decode(object).unwrap().object;
    defaults::apply("v1", "Service", &mut object, "");
    object
}

fn stored(object: &Value) -> Value {
    let mut stored = types::kind("v1", "Service").unwrap().stored(object);
    defaults::apply("v1", "Service", &mut stored, "");
    stored
}

fn time(object: &Value) -> &str {
    object["metadata"]["creationTimestamp"].as_str().unwrap()
}

/// With the same address and port for all that are drawn.
fn masked(object: &Value) -> Value {
    let mut object = unmanaged(object.clone());
    let spec = object["spec"].as_object_mut().unwrap();
    if spec.get("clusterIP").is_some_and(|ip| ip != "None") {
        spec.insert("clusterIP".to_owned(), json!("IP"));
        spec.insert("clusterIPs".to_owned(), json!(["IP"]));
    }
    if spec.contains_key("healthCheckNodePort") {
        spec.insert("healthCheckNodePort".to_owned(), json!("port"));
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if port.get("nodePort").is_some() {
            port["nodePort"] = json!("port");
        }
    }
    object
}

async fn both(prefix: &str) -> Option<Both> {
    let lab = lab(prefix).await?;
    Some(Both { lab, range: ServiceRange::new(Ipv4Addr::new(10, 0, 0, 0), 16) })
}

#[tokio::test]
async fn what_is_taken_is_refused_and_free_again_later() {
    let Some(mut both) = both("taken").await else { return };
    let at = |ip: &str| json!({"clusterIP": ip, "ports": [{"port": 1}]});
    let first = both.create("a", at("10.0.3.7")).await.unwrap();
    assert_eq!(both.create("b", at("10.0.3.7")).await, None);
    for wrong in ["10.9.0.1", "10.0.0.0", "10.0.255.255", "fd00::1", "nonsense"] {
        assert_eq!(both.create("c", at(wrong)).await, None, "{wrong}");
    }
    both.delete(&first).await;
    assert!(both.create("b", at("10.0.3.7")).await.is_some());

    let port =
        |number: i64| json!({"type": "NodePort", "ports": [{"port": 1, "nodePort": number}]});
    let first = both.create("d", port(31_999)).await.unwrap();
    assert_eq!(both.create("e", port(31_999)).await, None);
    assert_eq!(both.create("e", port(29_999)).await, None);
    let twice = json!([
        {"name": "a", "port": 1, "nodePort": 31_998}, {"name": "b", "port": 2, "nodePort": 31_998},
    ]);
    assert_eq!(both.create("e", json!({"type": "NodePort", "ports": twice})).await, None);
    both.delete(&first).await;
    assert!(both.create("e", port(31_999)).await.is_some());
}

#[tokio::test]
async fn a_service_changes_its_type() {
    let Some(mut both) = both("types").await else { return };
    let ports = json!([{"name": "a", "port": 1}, {"name": "b", "port": 2}]);
    let mut now = both.create("a", json!({"ports": ports})).await.unwrap();
    let local = json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local"});
    for change in [
        json!({"type": "NodePort"}),
        local.clone(),
        json!({"externalTrafficPolicy": "Cluster"}),
        local,
        json!({"allocateLoadBalancerNodePorts": false, "type": "LoadBalancer"}),
        json!({"type": "ClusterIP"}),
        json!({"type": "ExternalName", "externalName": "a.b"}),
        json!({"type": "ClusterIP", "externalName": null}),
        json!({"type": "NodePort", "ports": [{"name": "b", "port": 2}, {"name": "c", "port": 3}]}),
        json!({"ports": [{"name": "c", "port": 3}]}),
        json!({"ipFamilyPolicy": "PreferDualStack"}),
        json!({"ipFamilyPolicy": "SingleStack", "sessionAffinity": "ClientIP"}),
        json!({"clusterIP": null, "clusterIPs": null, "ipFamilies": null, "ipFamilyPolicy": null}),
    ] {
        let mut new = now.clone();
        for (name, value) in change.as_object().unwrap() {
            new["spec"][name] = value.clone();
        }
        now = both.update(&now, new).await;
    }
}

#[test]
fn free_addresses_are_given_out_in_order_above_the_part_for_those_who_ask() {
    let mut range = ServiceRange::default();
    let mut given = Vec::new();
    for name in ["a", "b", "c"] {
        let mut service = decoded(&json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"type": "NodePort", "ports": [{"port": 1}]},
        }));
        let allocation = allocate_create(&mut service, &range, false).unwrap();
        range.apply(&allocation);
        given.push((
            service["spec"]["clusterIP"].clone(),
            service["spec"]["ports"][0]["nodePort"].clone(),
        ));
    }
    let all = [("10.0.1.1", 30_000), ("10.0.1.2", 30_001), ("10.0.1.3", 30_002)];
    assert_eq!(given, all.map(|(ip, port)| (json!(ip), json!(port))));
}

#[test]
fn a_full_range_says_so() {
    let mut range = ServiceRange::new(Ipv4Addr::new(10, 0, 0, 0), 30);
    for (name, fits) in [("a", true), ("b", true), ("c", false)] {
        let mut service = decoded(&json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"ports": [{"port": 1}]},
        }));
        let allocation = allocate_create(&mut service, &range, false);
        assert_eq!(allocation.is_ok(), fits, "{name}");
        if let Ok(allocation) = allocation {
            range.apply(&allocation);
        }
    }
}
