//! The role objects of a server.

use super::Roles;
use crate::store::{Range, Store};
use serde_json::Value;

impl Roles for Store {
    fn role(&self, namespace: &str, name: &str) -> Option<Value> {
        read(self, "roles", &format!("{namespace}/{name}"))
    }

    fn cluster_role(&self, name: &str) -> Option<Value> {
        read(self, "clusterroles", name)
    }

    fn role_bindings(&self, namespace: &str) -> Vec<Value> {
        all(self, "rolebindings", &format!("{namespace}/"))
    }

    fn cluster_role_bindings(&self) -> Vec<Value> {
        all(self, "clusterrolebindings", "")
    }
}

fn table(plural: &str) -> String {
    format!("rbac.authorization.k8s.io/{plural}")
}

fn read(store: &Store, plural: &str, key: &str) -> Option<Value> {
    serde_json::from_slice(&store.get(&table(plural), key)?.bytes).ok()
}

fn all(store: &Store, plural: &str, prefix: &str) -> Vec<Value> {
    let page = store.list(&table(plural), Range { prefix, ..Range::default() });
    page.items.iter().filter_map(|(_, stored)| serde_json::from_slice(&stored.bytes).ok()).collect()
}
