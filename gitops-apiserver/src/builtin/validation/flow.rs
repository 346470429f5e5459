//! How requests are put in lines: schemas of flows, and levels of priority.

use super::rules::{self, below_text};
use super::spot::{Rule, Spot, below};
use super::{format, internal};
use serde_json::Value;

pub(super) const SCHEMA: &[Rule] = &[("", schema)];
pub(super) const LEVEL: &[Rule] = &[("", level)];

fn schema(at: &Spot) {
    let spec = at.at("spec");
    let order = spec.at("matchingPrecedence");
    if order.number() <= 0 {
        order.invalid_as(order.number(), "must be a positive value");
    }
    if order.number() > 10_000 {
        order.invalid("must not be greater than 10000");
    }
    if order.number() == 1 && at.at("metadata.name").text() != "exempt" {
        order.invalid("only the schema named 'exempt' may have matchingPrecedence 1");
    }
    spec.at("distinguisherMethod").given_then(|method| {
        let ways = ["ByNamespace", "ByUser"];
        if !ways.contains(&below_text(method.value(), "type")) {
            let shown = internal::shown(method.value(), "flowcontrol.FlowDistinguisherMethod");
            method.at("type").unsupported(shown, &ways);
        }
    });
    let level = spec.at("priorityLevelConfiguration");
    let level = level.at("name");
    if level.empty() {
        level.required("must reference a priority level");
    } else {
        level.in_format(format::subdomain);
    }
    spec.at("rules").each(rule);
}

/// The two that every server has stay as they are.
pub(super) fn schema_fixed(new: &Spot, old: &Value) {
    let name = new.at("metadata.name").text();
    if matches!(name, "exempt" | "catch-all") {
        let (spec, before) = (new.at("spec"), below(old, "spec"));
        if !rules::same(spec.value(), before) {
            let why = format!("spec of '{name}' must equal the fixed value");
            spec.invalid_in_memory("flowcontrol.FlowSchemaSpec", &why);
        }
    }
}

fn rule(at: &Spot) {
    let subjects = at.at("subjects");
    if subjects.empty() {
        subjects.required("subjects must contain at least one value");
    }
    subjects.each(subject);
    let (resources, urls) = (at.at("resourceRules"), at.at("nonResourceRules"));
    if resources.empty() && urls.empty() {
        at.required("at least one of resourceRules and nonResourceRules has to be non-empty");
    }
    resources.each(resource_rule);
    urls.each(url_rule);
}

/// Kinds of subjects and their fields, in the order in which the server forbids them.
const SUBJECTS: &[(&str, &str)] =
    &[("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")];

fn subject(at: &Spot) {
    let kind = at.at("kind");
    let Some((_, field)) = SUBJECTS.iter().find(|(name, _)| *name == kind.text()) else {
        return kind.unsupported(kind.text(), &["Group", "ServiceAccount", "User"]);
    };
    let chosen = at.at(field);
    if !chosen.given() {
        chosen.required(&format!("{field} is required when subject kind is '{}'", kind.text()));
    } else {
        let name = chosen.at("name");
        if name.empty() {
            name.required("");
        } else if *field == "serviceAccount" && name.text() != "*" {
            name.in_format(format::subdomain);
        }
        if *field == "serviceAccount" {
            let namespace = chosen.at("namespace");
            if namespace.empty() {
                namespace.required("must specify namespace for service account");
            } else {
                namespace.in_format(format::label);
            }
        }
    }
    for (name, other) in SUBJECTS.iter().filter(|(_, other)| other != field) {
        if at.at(other).given() {
            let why = format!("{other} is forbidden when subject kind is not '{name}'");
            at.at(other).forbidden(&why);
        }
    }
}

const VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

fn has_star(at: &Spot) -> bool {
    at.items().any(|item| item.text() == "*")
}

fn verbs(at: &Spot) {
    if at.empty() {
        return at.required("verbs must contain at least one value");
    }
    if has_star(at) {
        if at.len() > 1 {
            at.invalid("if '*' is present, must not specify other verbs");
        }
    } else if at.items().any(|verb| !VERBS.contains(&verb.text())) {
        at.unsupported(at.value().clone(), VERBS);
    }
}

fn resource_rule(at: &Spot) {
    verbs(&at.at("verbs"));
    for (list, needed, alone) in
        [("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")]
    {
        let list = at.at(list);
        if list.empty() {
            list.required(&format!("resource rules must supply at least one {needed}"));
        } else if list.len() > 1 && has_star(&list) {
            list.invalid(&format!("if '*' is present, must not specify other {alone}"));
        }
    }
    let namespaces = at.at("namespaces");
    if namespaces.empty() && !at.at("clusterScope").flag() {
        namespaces.required(
            "resource rules that are not cluster scoped must supply at least one namespace",
        );
    } else if has_star(&namespaces) {
        if namespaces.len() > 1 {
            namespaces.invalid("if '*' is present, must not specify other namespaces");
        }
    } else {
        namespaces.each(|name| {
            for problem in format::label(name.text()) {
                name.invalid(&format!(
                    "each member of this list must be '*' or a DNS-1123 label; {problem}"
                ));
            }
        });
    }
}

fn url_rule(at: &Spot) {
    verbs(&at.at("verbs"));
    let urls = at.at("nonResourceURLs");
    if urls.empty() {
        urls.required("nonResourceURLs must contain at least one value");
    } else if has_star(&urls) {
        if urls.len() > 1 {
            urls.invalid("if '*' is present, must not specify other non-resource URLs");
        }
    } else {
        urls.each(url);
    }
}

/// A path, at whose end a star may stand.
fn url(at: &Spot) {
    let text = at.text();
    let problem = match text {
        "/" => return,
        "" => "must not be empty",
        _ if !text.starts_with('/') => "must start with slash",
        _ if text.contains(' ') => "must not contain white-space",
        _ if text.contains("//") => "must not contain double slash",
        _ if text.find('*').is_some_and(|at| !text.ends_with("/*") || at + 1 < text.len()) => {
            "wildcard can only do suffix matching"
        }
        _ => return,
    };
    at.invalid_as(text, problem);
}

fn level(at: &Spot) {
    let spec = at.at("spec");
    let kind = spec.at("type");
    let (limited, exempt) = (spec.at("limited"), spec.at("exempt"));
    if (at.at("metadata.name").text() == "exempt") != (kind.text() == "Exempt") {
        kind.invalid_as(kind.text(), "must be 'Exempt' if and only if `name` is 'exempt'");
    }
    match kind.text() {
        "Exempt" => exempt.given_then(|exempt| {
            shares(exempt);
            lendable(exempt);
        }),
        "Limited" => limited.given_then(|limited| {
            shares(limited);
            response(&limited.at("limitResponse"));
            lendable(limited);
            if limited.at("borrowingLimitPercent").number() < 0 {
                limited
                    .at("borrowingLimitPercent")
                    .invalid("if specified, must be a non-negative integer");
            }
        }),
        "" => {}
        _ => kind.one_of(&["Exempt", "Limited"]),
    }
}

/// What a level has follows from its type, and so does what happens beyond its limit.
pub(super) const LEVEL_DECLARED: &[Rule] = &[("spec", |spec| {
    let (kind, limited) = (spec.at("type"), spec.at("limited"));
    if kind.text() != "Exempt" && spec.at("exempt").given() {
        spec.at("exempt").forbidden("");
    }
    follows(&kind, "Limited", &limited);
    rules::required(&kind);
    limited.given_then(|limited| {
        let response = limited.at("limitResponse");
        follows(&response.at("type"), "Queue", &response.at("queuing"));
        rules::required(&response.at("type"));
    });
})];

/// A field that is there for one type, and for no other.
fn follows(kind: &Spot, name: &str, field: &Spot) {
    match (kind.text() == name, field.given()) {
        (true, false) => field.required(""),
        (false, true) => field.forbidden(""),
        _ => {}
    }
}

/// The two that every server has stay as they are, but for how much the exempt one lends.
pub(super) fn level_fixed(new: &Spot, old: &Value) {
    let name = new.at("metadata.name").text();
    let spec = new.at("spec");
    let (mut is, mut was) = (spec.value().clone(), below(old, "spec").clone());
    let but = match name {
        "exempt" => " except the 'spec.exempt' field",
        "catch-all" => "",
        _ => return,
    };
    if name == "exempt" {
        super::spot::put(&mut is, "exempt", Value::Null);
        super::spot::put(&mut was, "exempt", Value::Null);
    }
    if !rules::same(&is, &was) {
        let why = format!("spec of '{name}'{but} must equal the fixed value");
        spec.invalid_in_memory("flowcontrol.PriorityLevelConfigurationSpec", &why);
    }
}

fn shares(at: &Spot) {
    if at.at("nominalConcurrencyShares").number() < 0 {
        at.at("nominalConcurrencyShares").invalid("must be a non-negative integer");
    }
}

fn lendable(at: &Spot) {
    if !(0..=100).contains(&at.at("lendablePercent").number()) {
        at.at("lendablePercent").invalid("must be between 0 and 100, inclusive");
    }
}

fn response(at: &Spot) {
    let (kind, queuing) = (at.at("type"), at.at("queuing"));
    match kind.text() {
        "" | "Reject" => {}
        "Queue" => queuing.given_then(queues),
        _ => kind.one_of(&["Queue", "Reject"]),
    }
}

/// How many bits of a hash tell a flow's queues.
const HASH_BITS: f64 = 60.0;

fn queues(at: &Spot) {
    let (limit, queues, hand) = (at.at("queueLengthLimit"), at.at("queues"), at.at("handSize"));
    let most = 10_000_000;
    if limit.number() <= 0 {
        limit.invalid_as(limit.number(), "must be positive");
    }
    let (all, some) = (queues.number(), hand.number());
    if all <= 0 {
        queues.invalid_as(all, "must be positive");
    } else if all > most {
        queues.invalid(&format!("must not be greater than {most}"));
    }
    if some <= 0 {
        hand.invalid_as(some, "must be positive");
    } else if some > all {
        hand.invalid(&format!("should not be greater than queues ({all})"));
    // Both are of 32 bits.
    } else if ((all as f64).log2() * some as f64).ceil() > HASH_BITS {
        hand.invalid(&format!("required entropy bits of deckSize {all} and handSize {some} should not be greater than {HASH_BITS}"));
    }
}
