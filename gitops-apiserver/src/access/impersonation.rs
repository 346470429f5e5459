//! Acting as another user: the headers `Impersonate-*`.
//!
//! A requestor needs the verb `impersonate` for each part of the user it wants to be, or, what the
//! server tries first, the narrower verbs of KEP-5284: `impersonate:MODE` for the parts and
//! `impersonate-on:MODE:VERB` for the request itself. The refusal is that of the mode tried first;
//! the server, which remembers the mode that a requestor last had success with, may begin with
//! another one.

use super::{Attributes, Roles, Target, User, demand};
use crate::{
    names,
    status::{Status, quote},
};
use http::{HeaderMap, header::HeaderName};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

const AUTHENTICATION: &str = "authentication.k8s.io";
const EXTRA: &str = "impersonate-extra-";
/// So many checks that a wildcard is tried first.
const MANY: usize = 4;

/// Who a request is to be treated as coming from: the requestor unless its headers say otherwise.
///
/// # Errors
/// 400 for headers without `Impersonate-User`, 403 if the requestor may not.
pub fn impersonate(
    roles: &dyn Roles,
    requestor: &User,
    request: &Attributes,
    headers: &HeaderMap,
) -> Result<User, Status> {
    let Some(wanted) = wanted(headers)? else { return Ok(requestor.clone()) };
    let mut first = None;
    for mode in Mode::ALL.iter().filter(|mode| mode.fits(&wanted, requestor)) {
        match mode.check(roles, requestor, request, &wanted) {
            Ok(user) => return Ok(user),
            Err(status) => first = first.or(Some(status)),
        }
    }
    Err(first.unwrap_or_else(|| Status::unclassified("all impersonation modes failed")))
}

/// The user that headers ask for.
fn wanted(headers: &HeaderMap) -> Result<Option<User>, Status> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let first = |name: &'static str| {
        headers.get(HeaderName::from_static(name)).map(&text).unwrap_or_default()
    };
    let mut user = User {
        name: first("impersonate-user"),
        uid: first("impersonate-uid"),
        groups: headers.get_all("impersonate-group").iter().map(&text).collect(),
        extra: BTreeMap::new(),
    };
    for (name, value) in headers {
        if let Some(key) = name.as_str().strip_prefix(EXTRA) {
            // Keys may be percent-encoded, as headers can't hold all of them.
            let key = percent_decode_str(key).decode_utf8_lossy().into_owned();
            user.extra.entry(key).or_default().push(text(value));
        }
    }
    if !user.name.is_empty() {
        return Ok(Some(user));
    }
    if user == User::default() {
        return Ok(None);
    }
    let shown = printed(&user);
    Err(Status::bad_request(format!("requested {shown} without impersonating a user name")))
}

/// A user as `%#v` prints it.
fn printed(user: &User) -> String {
    let list = |list: &[String]| {
        format!("[]string{{{}}}", list.iter().map(|one| quote(one)).collect::<Vec<_>>().join(", "))
    };
    let groups =
        if user.groups.is_empty() { "[]string(nil)".to_owned() } else { list(&user.groups) };
    let extra: Vec<String> =
        user.extra.iter().map(|(key, values)| format!("{}:{}", quote(key), list(values))).collect();
    let extra = match &*extra {
        [] => "map[string][]string(nil)".to_owned(),
        extra => format!("map[string][]string{{{}}}", extra.join(", ")),
    };
    let (name, uid) = (quote(&user.name), quote(&user.uid));
    format!("&user.DefaultInfo{{Name:{name}, UID:{uid}, Groups:{groups}, Extra:{extra}}}")
}

fn node(user: &str) -> Option<&str> {
    let name = user.strip_prefix("system:node:")?;
    names::subdomain(name).is_empty().then_some(name)
}

fn service_account(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    let valid = names::label(namespace).is_empty() && names::subdomain(name).is_empty();
    valid.then_some((namespace, name))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    AssociatedNode,
    ArbitraryNode,
    ServiceAccount,
    UserInfo,
    Legacy,
}

impl Mode {
    const ALL: [Mode; 5] = [
        Mode::AssociatedNode,
        Mode::ArbitraryNode,
        Mode::ServiceAccount,
        Mode::UserInfo,
        Mode::Legacy,
    ];

    fn name(self) -> &'static str {
        match self {
            Mode::AssociatedNode => "associated-node",
            Mode::ArbitraryNode => "arbitrary-node",
            Mode::ServiceAccount => "serviceaccount",
            Mode::UserInfo => "user-info",
            Mode::Legacy => "",
        }
    }

    /// Whether it is about users such as this.
    fn fits(self, wanted: &User, requestor: &User) -> bool {
        let only_name =
            wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty();
        let (node, account) = (node(&wanted.name), service_account(&wanted.name));
        match self {
            Mode::AssociatedNode => {
                let of = requestor.extra.get("authentication.kubernetes.io/node-name");
                let of = of.map(Vec::as_slice);
                only_name
                    && service_account(&requestor.name).is_some()
                    && node.is_some_and(|node| matches!(of, Some([of]) if of == node))
            }
            Mode::ArbitraryNode => only_name && node.is_some(),
            Mode::ServiceAccount => only_name && account.is_some(),
            Mode::UserInfo => node.is_none() && account.is_none(),
            Mode::Legacy => true,
        }
    }

    fn check(
        self,
        roles: &dyn Roles,
        requestor: &User,
        request: &Attributes,
        wanted: &User,
    ) -> Result<User, Status> {
        let verb = match self {
            Mode::Legacy => "impersonate".to_owned(),
            mode => {
                let mut on = request.clone();
                on.verb = format!("impersonate-on:{}:{}", mode.name(), request.verb);
                demand(roles, requestor, &on)?;
                format!("impersonate:{}", mode.name())
            }
        };
        let check = Check { mode: self, roles, requestor, verb };
        let mut user = wanted.clone();
        check.name(wanted, &mut user)?;
        if !wanted.uid.is_empty() {
            check.demand(&check.part(AUTHENTICATION, "uids", &wanted.uid))?;
        }
        check.groups(&wanted.groups)?;
        check.extra(&wanted.extra)?;
        let group = match &*user.name {
            "system:anonymous" => "system:unauthenticated",
            _ if user.groups.iter().any(|group| group == "system:unauthenticated") => {
                return Ok(user);
            }
            _ => "system:authenticated",
        };
        if !user.groups.iter().any(|known| known == group) {
            user.groups.push(group.to_owned());
        }
        Ok(user)
    }
}

struct Check<'a> {
    mode: Mode,
    roles: &'a dyn Roles,
    requestor: &'a User,
    verb: String,
}

impl Check<'_> {
    fn demand(&self, asked: &Attributes) -> Result<(), Status> {
        demand(self.roles, self.requestor, asked)
    }

    fn part(&self, group: &str, resource: &str, name: &str) -> Attributes {
        Attributes::object(&self.verb, group, resource, "", name)
    }

    /// The group of users and groups.
    fn group(&self) -> &'static str {
        if self.mode == Mode::Legacy { "" } else { AUTHENTICATION }
    }

    fn name(&self, wanted: &User, user: &mut User) -> Result<(), Status> {
        let mut asked = self.part(self.group(), "users", &wanted.name);
        let Target::Object { resource, namespace, name, .. } = &mut asked.target else {
            return Ok(());
        };
        if self.mode != Mode::Legacy
            && let Some(node) = node(&wanted.name)
        {
            "nodes".clone_into(resource);
            // The server's answer is to hold for each node that an agent runs on.
            let shown = if self.mode == Mode::AssociatedNode { "*" } else { node };
            shown.clone_into(name);
            user.groups = vec!["system:nodes".to_owned()];
        }
        if let Some((of, account)) = service_account(&wanted.name) {
            "serviceaccounts".clone_into(resource);
            of.clone_into(namespace);
            account.clone_into(name);
            if wanted.groups.is_empty() {
                user.groups = vec![
                    "system:serviceaccounts".to_owned(),
                    format!("system:serviceaccounts:{of}"),
                ];
            }
        }
        self.demand(&asked)
    }

    fn groups(&self, groups: &[String]) -> Result<(), Status> {
        let asked = |name: &str| self.part(self.group(), "groups", name);
        if self.mode != Mode::Legacy && !groups.is_empty() {
            let refuse = |name: &str, why: &str| Err(asked(name).forbidden(self.requestor, why));
            if groups.iter().any(String::is_empty) {
                return refuse("", "impersonating the empty string group is not allowed");
            }
            if groups.iter().any(|group| group == "system:masters") {
                let why = "impersonating the system:masters group is not allowed";
                return refuse("system:masters", why);
            }
            if groups.len() >= MANY && self.demand(&asked("*")).is_ok() {
                return Ok(());
            }
        }
        groups.iter().try_for_each(|group| self.demand(&asked(group)))
    }

    fn extra(&self, extra: &BTreeMap<String, Vec<String>>) -> Result<(), Status> {
        let asked =
            |name: &str, key: &str| self.part(AUTHENTICATION, "userextras", name).below(key);
        if self.mode != Mode::Legacy && !extra.is_empty() {
            if let Some(why) = extra.iter().find_map(|(key, values)| bad_extra(key, values)) {
                return Err(asked("", "").forbidden(self.requestor, &why));
            }
            let values: usize = extra.values().map(Vec::len).sum();
            let many = extra.len() >= MANY || values >= MANY;
            if many && self.demand(&asked("*", "*")).is_ok() {
                return Ok(());
            }
        }
        for (key, values) in extra {
            values.iter().try_for_each(|value| self.demand(&asked(value, key)))?;
        }
        Ok(())
    }
}

/// What is wrong with a key and its values where the server is strict.
fn bad_extra(key: &str, values: &[String]) -> Option<String> {
    if key.is_empty() {
        return Some("impersonating the empty string key in extra is not allowed".to_owned());
    }
    let errors = names::domain_prefixed_path("extra.key", key);
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let shown = match &*errors {
        [] => None,
        [one] => Some(one.clone()),
        all => Some(format!("[{}]", all.join(", "))),
    };
    if let Some(shown) = shown {
        return Some(format!("impersonating an invalid key in extra is not allowed: {shown}"));
    }
    if key != key.to_lowercase() {
        let key = quote(key);
        return Some(format!("impersonating a non-lowercase key in extra is not allowed: {key}"));
    }
    let empty = values.iter().any(String::is_empty);
    empty.then(|| "impersonating the empty string value in extra is not allowed".to_owned())
}
