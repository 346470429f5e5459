//! How controllers write: as their clients do, through the same doors as everybody else.

use crate::{
    access::User,
    core::Core,
    kind::Kind,
    request::{Address, Call, DeleteOptions, Path, Query, WriteOptions},
    status::Status,
    write::{self, Made, Write},
};
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// One of the programs of a cluster, at work on a server. What it writes is defaulted, admitted,
/// validated and tracked as anybody's.
#[derive(Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) core: &'a Core,
    /// Its user's name.
    user: &'static str,
    /// Its name as a field manager.
    manager: &'static str,
}

impl<'a> Actor<'a> {
    /// A controller of kube-controller-manager, by the name of its service account.
    pub(crate) fn controller(core: &'a Core, account: &'static str) -> Self {
        Actor { core, user: account, manager: "kube-controller-manager" }
    }

    /// The kubelet.
    pub(crate) fn kubelet(core: &'a Core) -> Self {
        Actor { core, user: "system:node", manager: "kubelet" }
    }

    fn user(&self) -> User {
        let groups: &[&str] = match self.manager {
            "kubelet" => &["system:nodes", "system:authenticated"],
            _ => &[
                "system:serviceaccounts",
                "system:serviceaccounts:kube-system",
                "system:authenticated",
            ],
        };
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        User { name: self.user.to_owned(), uid: String::new(), groups, extra: BTreeMap::new() }
    }

    /// An object and its kind, by where it is stored.
    pub(crate) fn read(&self, table: &str, key: &str) -> Option<(Arc<Kind>, Value)> {
        let stored = self.core.store.get(table, key)?;
        let kind = self.core.kinds.of_table(table)?;
        let object = kind.read(&stored.bytes).ok()?;
        Some((kind, object))
    }

    fn write<T>(
        &self,
        method: Method,
        kind: &Kind,
        key: (&str, &str, &str),
        body: Option<&Value>,
        act: impl FnOnce(&mut Write<'_>) -> Result<T, Status>,
    ) -> Result<T, Status> {
        let (namespace, name, subresource) = key;
        let address = Address {
            group: kind.info.group.clone(),
            version: kind.info.version.clone(),
            namespace: namespace.to_owned(),
            resource: kind.info.plural.clone(),
            name: name.to_owned(),
            subresource: subresource.to_owned(),
            ..Address::default()
        };
        let body = body.map(|body| serde_json::to_vec(body).unwrap_or_default());
        let call = Call {
            method,
            path: Path::Resource(address.clone()),
            query: Query::default(),
            raw_query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.unwrap_or_default()),
            user: self.user(),
        };
        let field_manager = self.manager.to_owned();
        let options = WriteOptions { field_manager, ..WriteOptions::default() };
        act(&mut Write::new(self.core, &call, kind, &address, options))
    }

    fn made(&self, kind: &Kind, made: Made) -> Result<Value, Status> {
        match made {
            Made::Stored(stored) => kind.read(&stored.bytes),
            Made::Object(object) => Ok(object),
        }
    }

    /// Creates an object.
    pub(crate) fn create(&self, kind: &Kind, object: &Value) -> Result<Value, Status> {
        let namespace = crate::object::meta(object, "namespace");
        let written =
            self.write(Method::POST, kind, (namespace, "", ""), Some(object), write::create)?;
        self.made(kind, written.made)
    }

    /// Replaces an object, or a part of it, if it is still the one that was read.
    pub(crate) fn update(
        &self,
        kind: &Kind,
        object: &Value,
        subresource: &str,
    ) -> Result<Value, Status> {
        let key = (
            crate::object::meta(object, "namespace"),
            crate::object::meta(object, "name"),
            subresource,
        );
        let written = self.write(Method::PUT, kind, key, Some(object), write::update)?;
        self.made(kind, written.made)
    }

    /// Deletes an object.
    pub(crate) fn delete(
        &self,
        kind: &Kind,
        object: &Value,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let key =
            (crate::object::meta(object, "namespace"), crate::object::meta(object, "name"), "");
        self.write(Method::DELETE, kind, key, None, |write| write::delete(write, options))?;
        Ok(())
    }
}
