//! Rules of roles.

use crate::status::quote;
use serde_json::Value;

/// A rule of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) verbs: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) urls: Vec<String>,
}

/// The rules of a role object.
pub(super) fn of(role: &Value) -> Vec<Rule> {
    let rules = role.get("rules").and_then(Value::as_array).into_iter().flatten();
    rules.map(Rule::read).collect()
}

fn has(list: &[String], one: &str) -> bool {
    list.iter().any(|known| known == one)
}

/// Whether a list has the wildcard or this.
fn allows(list: &[String], one: &str) -> bool {
    list.iter().any(|known| known == "*" || known == one)
}

/// Whether a URL of a rule covers a path.
fn url_covers(url: &str, path: &str) -> bool {
    url == path || (url.ends_with('*') && path.starts_with(url.trim_end_matches('*')))
}

impl Rule {
    pub(super) fn read(rule: &Value) -> Self {
        let list = |name: &str| {
            let list = rule.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|one| one.as_str().map(str::to_owned)).collect()
        };
        Rule {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            urls: list("nonResourceURLs"),
        }
    }

    /// Whether it allows a verb for a path.
    pub(super) fn allows_path(&self, verb: &str, path: &str) -> bool {
        allows(&self.verbs, verb) && self.urls.iter().any(|url| url == "*" || url_covers(url, path))
    }

    /// Whether it allows a verb for an object; `name` is empty for all objects.
    pub(super) fn allows_object(
        &self,
        verb: &str,
        group: &str,
        resource: &str,
        subresource: &str,
        name: &str,
    ) -> bool {
        let fits = |rule: &String| match subresource {
            "" => rule == "*" || rule == resource,
            _ => {
                rule == "*"
                    || *rule == format!("{resource}/{subresource}")
                    || rule.strip_prefix("*/") == Some(subresource)
            }
        };
        allows(&self.verbs, verb)
            && allows(&self.groups, group)
            && self.resources.iter().any(fits)
            && (self.names.is_empty() || has(&self.names, name))
    }

    /// Rules of one verb for one thing each, which together are this one.
    pub(super) fn parts(&self) -> Vec<Rule> {
        let mut parts = Vec::new();
        let names: Vec<Option<&String>> = match &*self.names {
            [] => vec![None],
            names => names.iter().map(Some).collect(),
        };
        for group in &self.groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    parts.extend(names.iter().map(|name| Rule {
                        verbs: vec![verb.clone()],
                        groups: vec![group.clone()],
                        resources: vec![resource.clone()],
                        names: name.iter().map(|name| (*name).clone()).collect(),
                        urls: Vec::new(),
                    }));
                }
            }
        }
        for url in &self.urls {
            parts.extend(self.verbs.iter().map(|verb| Rule {
                verbs: vec![verb.clone()],
                urls: vec![url.clone()],
                ..Rule::default()
            }));
        }
        parts
    }

    /// Whether it covers a rule that is a single [part](Self::parts).
    pub(super) fn covers(&self, part: &Rule) -> bool {
        let all = |ours: &[String], theirs: &[String]| theirs.iter().all(|one| has(ours, one));
        let resource = |path: &String| {
            let below = path.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
            has(&self.resources, path) || below.is_some_and(|below| has(&self.resources, &below))
        };
        let names =
            self.names.is_empty() || (!part.names.is_empty() && all(&self.names, &part.names));
        (has(&self.verbs, "*") || all(&self.verbs, &part.verbs))
            && (has(&self.groups, "*") || all(&self.groups, &part.groups))
            && (has(&self.resources, "*") || part.resources.iter().all(resource))
            && part.urls.iter().all(|path| self.urls.iter().any(|url| url_covers(url, path)))
            && names
    }

    /// As messages show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    pub(super) fn compact(&self) -> String {
        let parts = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        let shown = parts.iter().filter(|(_, list)| !list.is_empty());
        let shown: Vec<String> =
            shown.map(|(name, list)| format!("{name}:{}", quoted(list))).collect();
        format!("{{{}}}", shown.join(", "))
    }
}

/// Texts as `%q` prints a list: `["a" "b"]`.
pub(super) fn quoted(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|one| quote(one)).collect::<Vec<_>>().join(" "))
}
