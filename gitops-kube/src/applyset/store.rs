//! The store: reads and writes a set's parent.

use super::{
    ADDITIONAL_NAMESPACES, CONTAINS_GROUP_KINDS, ID, Parent, TOOLING, Tooling,
    codec::{self, Encoded},
    contents::Contents,
    members, shard,
    state::{ENTRIES, HEADER, State},
};
use async_trait::async_trait;
use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::{Inventory, InventoryEntry, Version},
    reason,
    stage::{InventoryStore, Stored},
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::{Value, json};
use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// The field manager of the parent's data and of shards.
const DATA_MANAGER: &str = "gitops-kube-inventory";

/// Part of a request's size that entries may take: ConfigMaps and Secrets hold 1 MiB, and a Secret
/// is a third larger on the wire.
const PART_LIMIT: usize = 640 * 1024;

/// Keeps an app's inventory in an ApplySet (see the [module](super)).
///
/// Saving costs one write and no read as a rule (the first save looks for parts left behind); one more when the kinds or namespaces of the members change,
/// and one for each changed part of a set that is too large for one object. Nothing is written
/// where nothing changes.
///
/// Loading reads the parent and, of a large set, its parts. A set that kubectl (or an older version of this
/// store) worked on last is also searched for members: those that are not in the inventory yet are
/// taken into it with their incarnation, so that they are pruned when they are not desired.
///
/// A parent that is no ApplySet, or another tool's, is refused with `OwnedByOther`.
pub struct ApplySetStore {
    client: Client,
    parent: Parent,
    tooling: Tooling,
    part_limit: usize,
    /// The parent as this store last saw it, which saves reading it again before a save.
    seen: Mutex<Option<State>>,
    /// Whether parts that an earlier process may have left behind were looked for.
    swept: AtomicBool,
}

impl ApplySetStore {
    /// A store in this parent, under kubectl's name.
    pub fn new(client: Client, parent: Parent) -> Self {
        ApplySetStore {
            client,
            parent,
            tooling: Tooling::default(),
            part_limit: PART_LIMIT,
            seen: Mutex::new(None),
            swept: AtomicBool::new(false),
        }
    }

    /// Keeps the set under another tool's name.
    #[must_use]
    pub fn tooling(mut self, tooling: Tooling) -> Self {
        self.tooling = tooling;
        self
    }

    /// Splits the entries into parts of at most this many bytes (640 KiB unless set), for servers
    /// that take less than usual.
    #[must_use]
    pub fn part_limit(mut self, bytes: usize) -> Self {
        self.part_limit = bytes;
        self
    }

    /// The parent.
    pub fn parent(&self) -> &Parent {
        &self.parent
    }

    fn api(&self) -> Api<DynamicObject> {
        self.parent.api(self.client.clone())
    }

    /// Reads the parent.
    async fn read(&self) -> Result<Option<State>> {
        let object = self.api().get_opt(&self.parent.name).await;
        let object = object.map_err(|error| self.failed("read", error))?;
        object.map(|object| State::read(&object, &self.parent, &self.tooling)).transpose()
    }

    /// The entries that a parent's header names.
    async fn entries(&self, state: &State) -> Result<Inventory> {
        let Some(header) = &state.header else {
            return Ok(Inventory::default());
        };
        let place = self.parent.to_string();
        if let Some(text) = &state.inline {
            return codec::decode(header, std::slice::from_ref(text), &place);
        }
        let api = self.api();
        let mut parts = Vec::new();
        for part in &header.parts {
            // A part that is gone may belong to an inventory that was replaced meanwhile.
            let text = shard::read(&api, &self.parent, part).await?;
            parts.push(text.unwrap_or_default());
        }
        match codec::decode(header, &parts, &place) {
            Ok(inventory) => Ok(inventory),
            Err(error) => match self.read().await? {
                Some(now) if now.version == state.version => Err(error),
                _ => Err(self.moved()),
            },
        }
    }

    /// The parent at `base`: as last seen, or read again.
    async fn at(&self, base: &Version) -> Result<State> {
        let seen = self.seen().take().filter(|state| state.version == *base);
        let state = match seen {
            Some(state) => Some(state),
            None => self.read().await?.filter(|state| state.version == *base),
        };
        state.ok_or_else(|| self.moved())
    }

    /// Creates the parent of an empty set. The annotations follow, in a request of their own (they
    /// belong to the field manager that kubectl expects), and the entries after them: entries that
    /// were stored already would be acted on before the parent names their kinds.
    async fn create(&self) -> Result<State> {
        let empty = codec::encode(&Inventory::default(), self.part_limit)?;
        let mut object = DynamicObject::new(&self.parent.name, &self.parent.kind.resource())
            .within(&self.parent.namespace)
            .data(json!({"data": self.data(&empty)}));
        object.labels_mut().insert(ID.to_owned(), self.parent.id());
        let params =
            PostParams { field_manager: Some(DATA_MANAGER.to_owned()), ..PostParams::default() };
        match self.api().create(&params, &object).await {
            Ok(object) => State::read(&object, &self.parent, &self.tooling),
            Err(kube::Error::Api(status)) if status.code == 404 => {
                let (parent, namespace) = (&self.parent, &self.parent.namespace);
                let message = format!(
                    "can't create the inventory {parent}: there is no namespace {namespace:?}"
                );
                let reason = reason::INVALID_CONFIGURATION;
                // Not a matter of waiting: no pass writes anything before there is an inventory.
                Err(Error::new(Stage::Inventory, Retry::Never, reason, message)
                    .advise("create it, or keep the inventory in another namespace"))
            }
            Err(error) => Err(self.failed("create", error)),
        }
    }

    /// Says in labels and annotations what the members are, as kubectl does.
    async fn announce(&self, state: &State, contents: &Contents) -> Result<State> {
        let object = json!({
            "apiVersion": "v1",
            "kind": self.parent.kind.name(),
            "metadata": {
                "name": self.parent.name,
                "namespace": self.parent.namespace,
                "resourceVersion": state.version.as_str(),
                "labels": {ID: self.parent.id()},
                "annotations": {
                    TOOLING: self.tooling.stamp(),
                    CONTAINS_GROUP_KINDS: contents.kinds_text(),
                    ADDITIONAL_NAMESPACES: contents.namespaces_text(),
                },
            },
        });
        let params = PatchParams::apply(&self.tooling.field_manager()).force();
        self.patch(&params, &Patch::Apply(object)).await
    }

    /// Replaces header and entries.
    async fn replace(&self, state: &State, encoded: &Encoded) -> Result<State> {
        let patch = json!({
            "metadata": {"resourceVersion": state.version.as_str()},
            "data": self.data(encoded),
        });
        let params =
            PatchParams { field_manager: Some(DATA_MANAGER.to_owned()), ..PatchParams::default() };
        self.patch(&params, &Patch::Merge(patch)).await
    }

    async fn patch(&self, params: &PatchParams, patch: &Patch<Value>) -> Result<State> {
        let object = self.api().patch(&self.parent.name, params, patch).await;
        let object = object.map_err(|error| self.failed("write", error))?;
        State::read(&object, &self.parent, &self.tooling)
    }

    fn data(&self, encoded: &Encoded) -> Value {
        let encode = |text: &str| Value::from(self.parent.kind.encode(text));
        let entries = match &encoded.parts[..] {
            [only] => encode(only),
            _ => Value::Null,
        };
        json!({HEADER: encode(&encoded.header.text()), ENTRIES: entries})
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<State>> {
        // The lock is never held while anything can panic; what it guards is a cache.
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn failed(&self, verb: &str, error: kube::Error) -> Error {
        match error {
            kube::Error::Api(status) if status.code == 409 => self.moved(),
            error => self.parent.failed(&format!("{verb} the inventory {}", self.parent), error),
        }
    }

    fn moved(&self) -> Error {
        let message = format!("{} was written by somebody else meanwhile", self.parent);
        Error::new(Stage::Inventory, Retry::Replan, reason::INVENTORY_CONFLICT, message)
    }
}

#[async_trait]
impl InventoryStore for ApplySetStore {
    async fn load(&self) -> Result<Stored> {
        let Some(state) = self.read().await? else {
            return Ok(Stored::default());
        };
        let mut inventory = self.entries(&state).await?;
        if state.tooling != Some(self.tooling.stamp()) || state.header.is_none() {
            let (id, home) = (self.parent.id(), &self.parent.namespace);
            let (contents, resources) = (state.contents(), &state.resources);
            let found = members::list(&self.client, &id, &contents, resources, home).await?;
            for (id, uid) in found {
                let known = inventory.get(&id).and_then(|entry| entry.uid.as_ref());
                if known != Some(&uid) {
                    inventory.insert(id, InventoryEntry { uid: Some(uid), verified: None });
                }
            }
        }
        let version = Some(state.version.clone());
        *self.seen() = Some(state);
        Ok(Stored { inventory, version })
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        let encoded = codec::encode(inventory, self.part_limit)?;
        let latest = Contents::of(inventory, &self.parent.namespace);
        let mut state = match base {
            Some(base) => self.at(base).await?,
            None => self.create().await?,
        };
        let api = self.api();
        let sharded = encoded.parts.len() > 1;
        let swept = self.swept.load(Ordering::Relaxed);
        let before = match sharded || state.sharded() || !swept {
            true => shard::list(&api, &self.parent).await?,
            false => Vec::new(),
        };
        if sharded {
            let kept = state.header.as_ref().filter(|_| state.sharded());
            let kept = kept.map_or(&[][..], |header| &header.parts[..]);
            for (digest, text) in encoded.header.parts.iter().zip(&encoded.parts) {
                if !kept.contains(digest) {
                    let part = (digest, text.as_str());
                    let (owner, base) = (&state.uid, &state.version);
                    shard::write(&api, &self.parent, owner, base, part, DATA_MANAGER).await?;
                }
            }
        }

        // The protocol of KEP-3659: name a superset before any object is created, and the exact
        // contents once the rest is known to be gone.
        let superset = state.contents().union(&latest);
        if !state.says(&superset, &self.tooling) {
            state = self.announce(&state, &superset).await?;
        }
        if state.header.as_ref() != Some(&encoded.header) || state.sharded() != sharded {
            state = self.replace(&state, &encoded).await?;
        }
        if superset != latest {
            state = self.announce(&state, &latest).await?;
        }

        let version = state.version.clone();
        *self.seen() = Some(state);
        if !before.is_empty() {
            let used: Vec<String> = match sharded {
                true => encoded.header.parts.iter().map(|p| shard::name(&self.parent, p)).collect(),
                false => Vec::new(),
            };
            for found in before.iter().filter(|found| !used.contains(&found.name)) {
                // The save has gone through; what is left over is removed by the next one.
                if let Err(error) = shard::remove(&api, &self.parent, found).await {
                    tracing::debug!(shard = found.name, %error, "unused inventory part stays");
                }
            }
        }
        self.swept.store(true, Ordering::Relaxed);
        Ok(version)
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        self.seen().take();
        let api = self.api();
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                resource_version: Some(base.as_str().to_owned()),
                uid: None,
            }),
            ..DeleteParams::background()
        };
        match api.delete(&self.parent.name, &params).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_not_found() => {}
            Err(error) => return Err(self.failed("remove", error)),
        }
        // The garbage collector would remove them too, where there is one.
        for found in shard::list(&api, &self.parent).await? {
            if let Err(error) = shard::remove(&api, &self.parent, &found).await {
                tracing::debug!(shard = found.name, %error, "unused inventory part stays");
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ApplySetStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplySetStore")
            .field("parent", &self.parent)
            .field("tooling", &self.tooling)
            .finish_non_exhaustive()
    }
}
