//! Paths: `/apis/apps/v1/namespaces/default/deployments/web/status`.

use percent_encoding::percent_decode_str;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Path {
    /// Objects, or a part of one.
    Resource(Address),
    /// Anything else, such as `/version`.
    Other(String),
}

/// A path to objects. Parts that a path doesn't have are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: String,
    pub(crate) resource: String,
    pub(crate) name: String,
    pub(crate) subresource: String,
    /// More than the server interprets.
    pub(crate) rest: bool,
    /// The deprecated form with `watch` in the path.
    pub(crate) watch: bool,
}

impl Path {
    /// Reads the path of a URL, as the server's `RequestInfoFactory` does.
    pub(crate) fn parse(path: &str) -> Path {
        let decoded = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let other = || Path::Other(decoded.clone());
        let trimmed = decoded.trim_matches('/');
        let mut parts = trimmed.split('/').map(str::to_owned).collect::<Vec<_>>().into_iter();
        let count = parts.len();
        let mut address = Address::default();
        match parts.next().as_deref() {
            Some("api") if count >= 3 => {}
            Some("apis") if count >= 4 => address.group = parts.next().unwrap_or_default(),
            _ => return other(),
        }
        address.version = parts.next().unwrap_or_default();
        let mut parts: Vec<String> = parts.collect();
        if parts.first().is_some_and(|first| first == "watch") {
            if parts.len() < 2 {
                return other();
            }
            parts.remove(0);
            address.watch = true;
        }
        if parts.first().is_some_and(|first| first == "namespaces") && parts.len() > 1 {
            let of_namespace =
                matches!(parts.get(2).map(String::as_str), Some("status" | "finalize"));
            if parts.len() > 2 && !of_namespace {
                address.namespace = parts.remove(1);
                parts.remove(0);
            }
        }
        let mut parts = parts.into_iter();
        address.resource = parts.next().unwrap_or_default();
        address.name = parts.next().unwrap_or_default();
        address.subresource = parts.next().unwrap_or_default();
        address.rest = parts.next().is_some();
        Path::Resource(address)
    }
}

impl Address {
    /// Where the objects are stored that it names.
    pub(crate) fn key(&self, name: &str) -> String {
        if self.namespace.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.namespace)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(path: &str) -> Address {
        match Path::parse(path) {
            Path::Resource(address) => address,
            Path::Other(other) => panic!("{other} is no resource"),
        }
    }

    #[test]
    fn parts_are_where_they_belong() {
        let pod = address("/api/v1/namespaces/ns/pods/a%20b/log");
        assert_eq!((&*pod.namespace, &*pod.resource, &*pod.name), ("ns", "pods", "a b"));
        assert_eq!(pod.subresource, "log");
        let status = address("/api/v1/namespaces/ns/status");
        assert_eq!((&*status.resource, &*status.name), ("namespaces", "ns"));
        assert_eq!((&*status.namespace, &*status.subresource), ("", "status"));
        let all = address("/apis/apps/v1/deployments");
        assert_eq!((&*all.group, &*all.version, &*all.resource), ("apps", "v1", "deployments"));
        assert!(address("/api/v1/watch/namespaces/ns/pods").watch);
        assert!(matches!(Path::parse("/apis/apps/v1"), Path::Other(_)));
        assert!(matches!(Path::parse("/version"), Path::Other(_)));
    }
}
