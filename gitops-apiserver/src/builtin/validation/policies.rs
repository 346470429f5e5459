//! Policies of admission and their bindings. Their expressions are not compiled.

use super::format;
use super::rules;
use super::spot::{Rule, Spot};
use super::webhooks::{
    FAILURE_POLICIES, REINVOCATION_POLICIES, match_conditions, match_resources, not_static,
};

/// What both kinds of policies have, before what they do.
const POLICY: &[Rule] = &[
    ("failurePolicy", |at| at.given_or_required(|at| at.one_of(FAILURE_POLICIES))),
    ("paramKind", |at| at.given_then(kind_of_parameters)),
    ("matchConstraints", |at| {
        at.given_or_required(|at| {
            match_resources(at);
            rules::required(&at.at("resourceRules"));
        });
    }),
];

pub(super) const VALIDATING: &[Rule] = &[("", validating), ("metadata.name", not_static)];
pub(super) const MUTATING: &[Rule] = &[("", mutating), ("metadata.name", not_static)];
pub(super) const VALIDATING_BINDING: &[Rule] =
    &[("", validating_binding), ("metadata.name", not_static)];
pub(super) const MUTATING_BINDING: &[Rule] =
    &[("", mutating_binding), ("metadata.name", not_static)];

/// A validating policy.
pub(super) fn validating(policy: &Spot) {
    let name = policy.at("metadata.name").text();
    let at = policy.at("spec");
    at.check(POLICY);
    match_conditions(&at.at("matchConditions"));
    at.at("variables").each(variable);
    let (validations, annotations) = (at.at("validations"), at.at("auditAnnotations"));
    if validations.empty() && annotations.empty() {
        let message = "validations or auditAnnotations must contain at least one item";
        validations.required(message);
        annotations.required(message);
        return;
    }
    validations.each(validation);
    if annotations.len() > 20 {
        annotations.invalid("must not have more than 20 auditAnnotations");
    }
    let mut keys: Vec<String> = Vec::new();
    for item in annotations.items() {
        let (key, expression) = (item.at("key"), item.at("valueExpression"));
        if name.is_empty() {
            key.invalid_as(key.text(), "requires metadata.name be non-empty");
        } else {
            let whole = format!("{name}/{}", key.text());
            for problem in format::label_key(&whole) {
                key.invalid_as(whole.as_str(), &problem);
            }
        }
        let text = expression.text().trim();
        if text.is_empty() {
            expression.required("valueExpression is not specified");
        } else if text.len() > 5 * 1024 {
            expression.required("must not exceed 5120 bytes in length");
        }
        if keys.iter().any(|one| one == key.text()) {
            key.duplicate(key.text());
        } else {
            keys.push(key.text().to_owned());
        }
    }
}

/// A mutating policy.
pub(super) fn mutating(policy: &Spot) {
    let at = policy.at("spec");
    at.check(POLICY);
    let matched = at.at("matchConstraints");
    nothing_deleted(&matched);
    match_conditions(&at.at("matchConditions"));
    at.at("variables").each(variable);
    let mutations = at.at("mutations");
    if mutations.empty() {
        mutations.required("mutations must contain at least one item");
    }
    mutations.each(mutation);
    at.at("reinvocationPolicy").required_one_of(REINVOCATION_POLICIES);
}

/// Nothing is left to be mutated of what is deleted.
fn nothing_deleted(matched: &Spot) {
    let place = matched.at("resourceRules");
    let place = place.at("operations");
    for rule in matched.at("resourceRules").items() {
        for operation in rule.at("operations").items() {
            place.with(operation.value()).one_of(&["*", "CONNECT", "CREATE", "UPDATE"]);
        }
    }
}

fn kind_of_parameters(at: &Spot) {
    let (version, kind) = (at.at("apiVersion"), at.at("kind"));
    let parts: Vec<&str> = version.text().split('/').collect();
    let lines = |text: &str, problems: Vec<String>| {
        if !problems.is_empty() {
            version.invalid_as(text, &problems.join(","));
        }
    };
    match *parts.as_slice() {
        [""] => version.required(""),
        [_, _, _, ..] => {
            version.invalid(&format!("unexpected GroupVersion string: {}", version.text()));
        }
        _ => {
            let (group, name) = version.text().split_once('/').unwrap_or(("", version.text()));
            if !group.is_empty() {
                lines(group, format::subdomain(group));
            }
            if name.is_empty() {
                version.invalid("version must be specified");
            } else {
                lines(name, format::label_1035(name));
            }
        }
    }
    if kind.empty() {
        return kind.required("");
    }
    let problems = format::label_1035(&kind.text().to_lowercase());
    if !problems.is_empty() {
        let problems = problems.join(",");
        kind.invalid(&format!("may have mixed case, but should otherwise match: {problems}"));
    }
}

/// Words that are no names in CEL.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

fn variable(at: &Spot) {
    let (name, expression) = (at.at("name"), at.at("expression"));
    let text = name.text();
    let is_name = !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&text);
    if text.trim().is_empty() {
        name.required("name is not specified");
    } else if !is_name {
        name.invalid("must be a valid CEL identifier");
    }
    if expression.text().trim().is_empty() {
        expression.required("expression is not specified");
    }
}

fn validation(at: &Spot) {
    let blank = |field: &Spot| !field.text().is_empty() && field.text().trim().is_empty();
    if at.at("expression").text().trim().is_empty() {
        at.at("expression").required("expression is not specified");
    }
    let (message, expression) = (at.at("message"), at.at("messageExpression"));
    if blank(&expression) {
        expression.invalid("must be non-empty if specified");
    }
    if blank(&message) {
        message.invalid("must be non-empty if specified");
    } else if message.text().trim().contains(['\n', '\r']) {
        message.invalid("must not contain line breaks");
    }
    at.at("reason").one_of_if_given(&["Forbidden", "Invalid", "RequestEntityTooLarge"]);
}

fn mutation(at: &Spot) {
    let ways = [("JSONPatch", "jsonPatch"), ("ApplyConfiguration", "applyConfiguration")];
    let way = at.at("patchType");
    way.required_one_of(&["ApplyConfiguration", "JSONPatch"]);
    let Some((way, field)) = ways.iter().find(|(name, _)| *name == way.text()) else { return };
    let patch = at.at(field);
    if !patch.given() {
        patch.required(&format!("must be specified when patchType is {way}"));
    } else if patch.at("expression").text().trim().is_empty() {
        patch.at("expression").required("");
    }
    for (_, other) in ways.iter().filter(|(name, _)| name != way) {
        if at.at(other).given() {
            at.at(other).invalid_as(
                format!("{{{other}}}"),
                &format!("must not be specified when patchType is {way}"),
            );
        }
    }
}

fn bound(at: &Spot) {
    at.at("policyName").in_format_if_any(format::subdomain);
    at.at("paramRef").given_then(parameters);
    at.at("matchResources").given_then(match_resources);
}

/// The binding of a validating policy.
pub(super) fn validating_binding(binding: &Spot) {
    let at = binding.at("spec");
    bound(&at);
    let actions = at.at("validationActions");
    let mut seen: Vec<String> = Vec::new();
    for action in actions.items() {
        action.one_of(&["Audit", "Deny", "Warn"]);
        if seen.iter().any(|one| one == action.text()) {
            action.duplicate(action.text());
        } else {
            seen.push(action.text().to_owned());
        }
    }
    let has = |name: &str| seen.iter().any(|one| one == name);
    if has("Deny") && has("Warn") {
        actions.invalid("must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
    }
}

/// The binding of a mutating policy.
pub(super) fn mutating_binding(binding: &Spot) {
    let at = binding.at("spec");
    bound(&at);
    nothing_deleted(&at.at("matchResources"));
}

fn parameters(at: &Spot) {
    let (name, selector) = (at.at("name"), at.at("selector"));
    let both = "name and selector are mutually exclusive";
    if !name.empty() {
        name.in_format(format::path_segment);
        if selector.given() {
            name.forbidden(both);
        }
    }
    if selector.given() {
        rules::label_selector(&selector);
        if !name.empty() {
            selector.forbidden(both);
        }
    }
    if name.empty() && !selector.given() {
        at.required("one of name or selector must be specified");
    }
    at.at("parameterNotFoundAction").required_one_of(&["Deny", "Allow"]);
}

/// What the server declares of bindings.
pub(super) const BINDING_DECLARED: &[Rule] =
    &[("spec.policyName", rules::required), ("spec.validationActions", rules::required)];
pub(super) const MUTATING_BINDING_DECLARED: &[Rule] = &[("spec.policyName", rules::required)];

/// What the server has found in a policy's expressions.
pub(super) fn status(policy: &Spot) {
    let at = policy.at("status");
    for warning in at.at("typeChecking.expressionWarnings").items() {
        rules::required(&warning.at("warning"));
    }
    rules::conditions(&at.at("conditions"));
}
