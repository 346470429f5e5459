//! What the server serves at a path.

/// A resource at one API version, as discovery describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceInfo {
    /// API group; empty for the core group.
    pub group: String,
    /// API version, such as `v1`.
    pub version: String,
    /// Plural name, the path segment: `deployments`.
    pub plural: String,
    /// Singular name: `deployment`.
    pub singular: String,
    /// Kind: `Deployment`.
    pub kind: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Such as `deploy`.
    pub short_names: Vec<String>,
    /// Such as `all`.
    pub categories: Vec<String>,
    /// In the server's words and order: `create`, `delete`, `deletecollection`, `get`, `list`,
    /// `patch`, `update`, `watch`.
    pub verbs: Vec<String>,
    /// What hangs below its objects.
    pub subresources: Vec<SubresourceInfo>,
    /// Hash of the version objects are stored at; empty for definitions' resources that hide it.
    pub storage_version_hash: String,
}

/// What hangs below the objects of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubresourceInfo {
    /// The path segment: `status`, `scale`.
    pub name: String,
    /// API group of its kind.
    pub group: String,
    /// API version of its kind.
    pub version: String,
    /// Its kind: `Scale`.
    pub kind: String,
    /// What can be done with it.
    pub verbs: Vec<String>,
}

impl ResourceInfo {
    /// `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The subresource of this name.
    pub fn subresource(&self, name: &str) -> Option<&SubresourceInfo> {
        self.subresources.iter().find(|subresource| subresource.name == name)
    }
}
