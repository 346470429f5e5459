//! Webhooks of admission, and what of requests they match; policies match by the same rules.

use super::rules::{self, below_text};
use super::spot::{Rule, Spot, below};
use crate::names::{LabelSelector, three_segments, webhook_service, webhook_url};
use serde_json::Value;

pub(super) const CREATED: &[Rule] =
    &[("", |at| configuration(at, &Value::Null)), ("metadata.name", not_static)];

/// Names that belong to what the server reads from files.
pub(super) fn not_static(name: &Spot) {
    let reserved = ".static.k8s.io";
    if name.text().ends_with(reserved) {
        name.invalid(&format!("names ending with \"{reserved}\" are reserved for static manifest-based configurations and cannot be managed via the API"));
    }
}

/// The webhooks of a configuration. What was wrong with all of the old ones may stay wrong.
pub(super) fn configuration(at: &Spot, old: &Value) {
    let old: Vec<&Value> = below(old, "webhooks").as_array().into_iter().flatten().collect();
    let names = || old.iter().map(|hook| below_text(hook, "name"));
    let was = Was {
        free_of_effects: old.iter().all(|hook| HARMLESS.contains(&below_text(hook, "sideEffects"))),
        reviewable: old.iter().all(|hook| {
            let versions = below(hook, "admissionReviewVersions");
            rules::same(versions, &Value::Null) || knows_review(versions)
        }),
        unique: names()
            .enumerate()
            .all(|(index, name)| !names().take(index).any(|one| one == name)),
        bad_selector: old.iter().any(|hook| {
            ["namespaceSelector", "objectSelector"]
                .iter()
                .any(|name| !LabelSelector::check(below(hook, name), false, "").is_empty())
        }),
    };
    let mut names: Vec<&str> = Vec::new();
    let hooks = at.at("webhooks");
    let list = hooks.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, hook) in list.iter().enumerate() {
        let item = hooks.index(index);
        webhook(&item, &was);
        review_versions(&item.at("admissionReviewVersions"), was.reviewable);
        let name = below_text(hook, "name");
        if was.unique && !name.is_empty() {
            if names.contains(&name) {
                item.at("name").duplicate(name);
            } else {
                names.push(name);
            }
        }
    }
}

/// What was right with all old webhooks, and is asked of new ones only then.
struct Was {
    free_of_effects: bool,
    reviewable: bool,
    unique: bool,
    bad_selector: bool,
}

const HARMLESS: &[&str] = &["None", "NoneOnDryRun"];
const EFFECTS: &[&str] = &["None", "NoneOnDryRun", "Some", "Unknown"];

fn webhook(at: &Spot, was: &Was) {
    let name = at.at("name");
    name.add(three_segments(&name.path(), name.text()));
    at.at("rules").each(operations_and_rule);
    at.at("failurePolicy").one_of_if_given(FAILURE_POLICIES);
    at.at("matchPolicy").one_of_if_given(MATCH_POLICIES);
    let (effects, allowed) =
        (at.at("sideEffects"), if was.free_of_effects { HARMLESS } else { EFFECTS });
    if effects.given() {
        effects.one_of(allowed);
    } else {
        effects.required(&format!("must specify one of {}", allowed.join(", ")));
    }
    at.at("timeoutSeconds").given_then(|at| {
        if !(1..=30).contains(&at.number()) {
            at.invalid("the timeout value must be between 1 and 30 seconds");
        }
    });
    for name in ["namespaceSelector", "objectSelector"] {
        let selector = at.at(name);
        let problems = LabelSelector::check(selector.value(), was.bad_selector, &selector.path());
        selector.add(problems);
    }
    at.at("reinvocationPolicy").one_of_if_given(REINVOCATION_POLICIES);
    let client = at.at("clientConfig");
    let (url, service) = (client.at("url"), client.at("service"));
    match (url.given(), service.given()) {
        (true, false) => url.add(webhook_url(url.text(), &url.path())),
        (false, true) => service.add(webhook_service(service.value(), &service.path())),
        _ => client.required("exactly one of url or service is required"),
    }
    match_conditions(&at.at("matchConditions"));
}

pub(super) const FAILURE_POLICIES: &[&str] = &["Fail", "Ignore"];
pub(super) const REINVOCATION_POLICIES: &[&str] = &["IfNeeded", "Never"];
const MATCH_POLICIES: &[&str] = &["Equivalent", "Exact"];
const OPERATIONS: &[&str] = &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const REVIEWS: &[&str] = &["v1", "v1beta1"];

fn knows_review(versions: &Value) -> bool {
    let mut versions = versions.as_array().into_iter().flatten().filter_map(Value::as_str);
    versions.any(|version| REVIEWS.contains(&version))
}

fn review_versions(at: &Spot, known: bool) {
    if at.empty() {
        return at.required(&format!("must specify one of {}", REVIEWS.join(", ")));
    }
    let mut seen: Vec<&Value> = Vec::new();
    let list = at.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, version) in list.iter().enumerate() {
        let item = at.index(index);
        if seen.contains(&version) {
            item.invalid("duplicate version");
            continue;
        }
        seen.push(version);
        item.in_format(super::format::label_1035);
    }
    if known && !knows_review(at.value()) {
        at.invalid(&format!("must include at least one of {}", REVIEWS.join(", ")));
    }
}

/// Conditions on requests. Their expressions are not compiled.
pub(super) fn match_conditions(at: &Spot) {
    if at.len() > 64 {
        at.too_many(64);
    }
    let mut names: Vec<&Value> = Vec::new();
    let list = at.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, condition) in list.iter().enumerate() {
        let item = at.index(index);
        if item.at("expression").text().trim().is_empty() {
            item.at("expression").required("");
        }
        let name = item.at("name");
        name.required_in_format(super::format::label_key);
        if !name.empty() {
            if names.contains(&below(condition, "name")) {
                name.duplicate(name.text());
            } else {
                names.push(below(condition, "name"));
            }
        }
    }
}

/// What a policy matches.
pub(super) fn match_resources(at: &Spot) {
    at.at("matchPolicy").given_or_required(|at| at.one_of(MATCH_POLICIES));
    at.at("namespaceSelector").given_or_required(rules::label_selector);
    at.at("objectSelector").given_or_required(rules::label_selector);
    for list in ["resourceRules", "excludeResourceRules"] {
        at.at(list).each(|item| {
            let mut seen: Vec<String> = Vec::new();
            for name in item.at("resourceNames").items() {
                name.in_format(super::format::path_segment);
                if seen.iter().any(|one| one == name.text()) {
                    name.duplicate(name.text());
                } else {
                    seen.push(name.text().to_owned());
                }
            }
            operations_and_rule(item);
        });
    }
}

fn has_star(at: &Spot) -> bool {
    at.len() > 1 && at.items().any(|item| item.text() == "*")
}

fn operations_and_rule(at: &Spot) {
    let operations = at.at("operations");
    rules::required(&operations);
    if has_star(&operations) {
        operations.invalid("if '*' is present, must not specify other operations");
    }
    operations.each(|item| item.one_of(OPERATIONS));
    let (groups, versions) = (at.at("apiGroups"), at.at("apiVersions"));
    rules::required(&groups);
    if has_star(&groups) {
        groups.invalid("if '*' is present, must not specify other API groups");
    }
    rules::required(&versions);
    if has_star(&versions) {
        versions.invalid("if '*' is present, must not specify other API versions");
    }
    versions.each(rules::required);
    resources(&at.at("resources"));
    at.at("scope").one_of_if_given(&["*", "Cluster", "Namespaced"]);
}

/// Resources and subresources: stars must leave something to the rest.
fn resources(at: &Spot) {
    rules::required(at);
    let mut all_of: Vec<String> = Vec::new();
    let mut of_all: Vec<String> = Vec::new();
    let (mut everything, mut star, mut plain) = (false, false, false);
    for item in at.items() {
        let text = item.text();
        everything |= text == "*/*";
        star |= text == "*";
        let Some((resource, subresource)) = text.split_once('/') else {
            if text.is_empty() {
                item.required("");
            } else {
                // The last one counts.
                plain = text != "*";
            }
            continue;
        };
        if all_of.iter().any(|one| one == resource) {
            item.invalid(&format!("if '{resource}/*' is present, must not specify {text}"));
        }
        if of_all.iter().any(|one| one == subresource) {
            item.invalid(&format!("if '*/{subresource}' is present, must not specify {text}"));
        }
        if subresource == "*" {
            all_of.push(resource.to_owned());
        }
        if resource == "*" {
            of_all.push(subresource.to_owned());
        }
    }
    if at.len() > 1 && everything {
        at.invalid("if '*/*' is present, must not specify other resources");
    }
    if star && plain {
        at.invalid("if '*' is present, must not specify other resources without subresources");
    }
}
