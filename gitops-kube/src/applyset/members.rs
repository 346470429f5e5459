//! Looking up the members of a set by their label.

use super::{PART_OF, contents::Contents};
use crate::error::api_error;
use gitops_core::{
    error::{Result, Stage},
    model::{ObjectId, Uid},
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DynamicObject, ListParams},
    core::discovery::{ApiCapabilities, ApiResource, Scope},
    discovery::{self, ApiGroup},
    error::DiscoveryError,
};
use std::collections::{BTreeMap, BTreeSet};

/// How many objects are read a request.
const PAGE: u32 = 500;

/// The members of a set that bear its label, of the kinds (or, in old sets, resources) and in the namespaces that its parent
/// names, as kubectl looks for them: metadata only, one list a kind and namespace.
///
/// A kind that the server doesn't know has no objects. Objects that a controller made of a member
/// and that inherited its label are no members: nobody applied them.
///
/// # Errors
/// Any failure to look: an answer is never partial.
pub(super) async fn list(
    client: &Client,
    id: &str,
    contents: &Contents,
    resources: &[String],
    home: &str,
) -> Result<BTreeMap<ObjectId, Uid>> {
    let kinds = contents.kinds.iter().map(|text| Wanted::kind(text));
    let wanted: BTreeSet<Wanted<'_>> =
        kinds.chain(resources.iter().map(|text| Wanted::resource(text))).collect();
    let mut groups: BTreeMap<&str, Option<ApiGroup>> = BTreeMap::new();
    let mut members = BTreeMap::new();
    for wanted in wanted {
        let group = match groups.get(wanted.group) {
            Some(group) => group,
            None => {
                let found = find(client, wanted.group).await?;
                groups.entry(wanted.group).or_insert(found)
            }
        };
        let Some((resource, capabilities)) = group.as_ref().and_then(|group| wanted.of(group))
        else {
            continue;
        };
        if capabilities.scope == Scope::Cluster {
            let api = Api::all_with(client.clone(), &resource);
            gather(&api, id, &resource, &mut members).await?;
        } else {
            let away = contents.namespaces.iter().map(String::as_str);
            for namespace in away.chain([home]) {
                let api = Api::namespaced_with(client.clone(), namespace, &resource);
                gather(&api, id, &resource, &mut members).await?;
            }
        }
    }
    Ok(members)
}

/// A kind or resource of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted<'a> {
    group: &'a str,
    name: &'a str,
    plural: bool,
}

impl<'a> Wanted<'a> {
    fn kind(text: &'a str) -> Self {
        let (name, group) = text.split_once('.').unwrap_or((text, ""));
        Wanted { group, name, plural: false }
    }

    fn resource(text: &'a str) -> Self {
        Wanted { plural: true, ..Wanted::kind(text) }
    }

    /// In the version that the server prefers, else in any.
    fn of(&self, group: &ApiGroup) -> Option<(ApiResource, ApiCapabilities)> {
        let matches = |(resource, _): &(ApiResource, ApiCapabilities)| {
            self.name == if self.plural { &resource.plural } else { &resource.kind }
        };
        let versions = group.preferred_version().into_iter().chain(group.versions());
        versions
            .flat_map(|version| group.versioned_resources(version))
            .filter(|(_, capabilities)| capabilities.supports_operation(discovery::verbs::LIST))
            .find(matches)
    }
}

async fn find(client: &Client, group: &str) -> Result<Option<ApiGroup>> {
    match discovery::group(client, group).await {
        Ok(found) => Ok(Some(found)),
        Err(kube::Error::Discovery(DiscoveryError::MissingApiGroup(_))) => Ok(None),
        Err(error) => {
            Err(api_error(Stage::Inventory, &format!("discover API group {group:?}"), false, error))
        }
    }
}

async fn gather(
    api: &Api<DynamicObject>,
    id: &str,
    resource: &ApiResource,
    members: &mut BTreeMap<ObjectId, Uid>,
) -> Result<()> {
    let mut params = ListParams::default().labels(&format!("{PART_OF}={id}")).limit(PAGE);
    loop {
        let what = format!("list {} of the ApplySet", resource.plural);
        let page = api
            .list_metadata(&params)
            .await
            .map_err(|error| api_error(Stage::Inventory, &what, false, error))?;
        for object in page.items {
            let made = object.owner_references().iter().any(|owner| owner.controller == Some(true));
            if let (false, Some(name), Some(uid)) = (made, &object.meta().name, object.uid()) {
                let namespace = object.namespace().unwrap_or_default();
                let id = ObjectId::new(&resource.group, &resource.kind, &namespace, name);
                members.insert(id, Uid::new(uid));
            }
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(()),
        }
    }
}
