//! Objects that ask what is allowed, and to whom: they are answered, never stored.

use super::{
    Attributes, Authenticated, Decision, ISSUER, Roles, Target, User, authorize,
    authorize::{NotFound, rules_of},
};
use crate::names::{FieldSelector, LabelSelector};
use crate::status::{FieldError, Status};
use serde_json::{Map, Value, json};

/// Who has a token, for some audiences; else why nobody has it, in the server's words.
pub type Holder<'a> = dyn Fn(&str, &[String]) -> Result<Authenticated, String> + 'a;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Review<'a> {
    /// `SelfSubjectAccessReview`, `SubjectAccessReview`, `LocalSubjectAccessReview`,
    /// `SelfSubjectRulesReview`, `SelfSubjectReview` or `TokenReview`.
    pub kind: &'a str,
    /// The object that was sent, decoded.
    pub object: &'a Value,
    /// The namespace of the path; empty if there is none.
    pub namespace: &'a str,
    /// Who asks.
    pub user: &'a User,
    /// Now, as timestamps are written.
    pub now: &'a str,
    /// Who has a token.
    pub token: &'a Holder<'a>,
}

impl std::fmt::Debug for Review<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.kind, self.user.name)
    }
}

/// Answers a review: the object to send back, with 201. `None` if the kind is no review.
///
/// # Errors
/// 422 or 400, if the question makes no sense.
pub fn review(roles: &dyn Roles, asked: Review<'_>) -> Option<Result<Value, Status>> {
    Some(match asked.kind {
        "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            access(roles, asked)
        }
        "SelfSubjectRulesReview" => of_rules(roles, asked),
        "SelfSubjectReview" => Ok(myself(asked)),
        "TokenReview" => of_token(asked),
        _ => return None,
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn part<'a>(spec: &'a Value, name: &str) -> Option<&'a Value> {
    spec.get(name).filter(|part| !part.is_null())
}

fn access(roles: &dyn Roles, asked: Review<'_>) -> Result<Value, Status> {
    let spec = asked.object.get("spec").unwrap_or(&Value::Null);
    let errors = wrong(asked, spec);
    if !errors.is_empty() {
        // The server has forgotten the kind by then.
        return Err(Status::invalid("authorization.k8s.io", "", "", &errors));
    }
    if asked.kind == "LocalSubjectAccessReview" {
        let of = asked.object.pointer("/metadata/namespace").and_then(Value::as_str);
        if of.unwrap_or_default() != asked.namespace {
            let namespace = asked.namespace;
            let why =
                format!("spec.resourceAttributes.namespace must match namespace: {namespace}");
            return Err(Status::bad_request(why));
        }
    }
    let other;
    let user = if asked.kind == "SelfSubjectAccessReview" {
        asked.user
    } else {
        other = User {
            name: text(spec, "user").to_owned(),
            uid: text(spec, "uid").to_owned(),
            groups: texts(spec, "groups"),
            extra: Default::default(),
        };
        &other
    };
    let (attributes, problem) = attributes(spec);
    let Decision { allowed, reason } = authorize(roles, user, &attributes);
    let mut status = Map::new();
    status.insert("allowed".to_owned(), allowed.into());
    if !reason.is_empty() {
        status.insert("reason".to_owned(), reason.into());
    }
    if !problem.is_empty() {
        status.insert("evaluationError".to_owned(), problem.into());
    }
    Ok(answered(asked, Value::Object(status)))
}

/// The object that was sent, with a status.
fn answered(asked: Review<'_>, status: Value) -> Value {
    let mut object = asked.object.clone();
    if let Some(map) = object.as_object_mut() {
        map.insert("status".to_owned(), status);
    }
    object
}

/// What a review asks about, and which of its selectors can't be read.
fn attributes(spec: &Value) -> (Attributes, String) {
    let Some(asked) = part(spec, "resourceAttributes") else {
        let asked = part(spec, "nonResourceAttributes").unwrap_or(&Value::Null);
        return (Attributes::path(text(asked, "verb"), text(asked, "path")), String::new());
    };
    let target = Target::Object {
        group: text(asked, "group").to_owned(),
        resource: text(asked, "resource").to_owned(),
        subresource: text(asked, "subresource").to_owned(),
        namespace: text(asked, "namespace").to_owned(),
        name: text(asked, "name").to_owned(),
    };
    let mut problems = Vec::new();
    for (name, check) in [
        ("fieldSelector", field_requirement as fn(&Value) -> bool),
        ("labelSelector", label_requirement),
    ] {
        let Some(selector) = part(asked, name) else { continue };
        let raw = text(selector, "rawSelector");
        let readable = raw.is_empty()
            || match name {
                "fieldSelector" => FieldSelector::parse(raw).is_ok(),
                _ => LabelSelector::parse(raw).is_ok(),
            };
        let requirements = selector.get("requirements").and_then(Value::as_array);
        let requirements = requirements.map(Vec::as_slice).unwrap_or_default();
        let good = requirements.iter().filter(|one| check(one)).count();
        let ignored = match requirements.len() {
            0 if readable => continue,
            0 => "ignored",
            count if good == count => continue,
            _ if good > 0 => "partially ignored",
            _ => "ignored",
        };
        problems.push(format!("spec.resourceAttributes.{name} {ignored} due to parse error"));
    }
    (Attributes { verb: text(asked, "verb").to_owned(), target }, problems.join("; "))
}

fn field_requirement(one: &Value) -> bool {
    matches!(text(one, "operator"), "In" | "NotIn") && texts(one, "values").len() == 1
}

fn label_requirement(one: &Value) -> bool {
    let object = json!({"matchExpressions": [one]});
    LabelSelector::from_object(Some(&object)).is_ok()
}

fn wrong(asked: Review<'_>, spec: &Value) -> Vec<FieldError> {
    let (resource, path) = (part(spec, "resourceAttributes"), part(spec, "nonResourceAttributes"));
    let mut errors = Vec::new();
    // As the server's own type is written.
    let shown = |path: Option<&Value>| match path {
        None => Value::Null,
        Some(path) => json!({"Path": text(path, "path"), "Verb": text(path, "verb")}),
    };
    if resource.is_some() == path.is_some() {
        let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        errors.push(FieldError::invalid("spec", shown(path), why));
    }
    let of_self = asked.kind == "SelfSubjectAccessReview";
    if !of_self && text(spec, "user").is_empty() && texts(spec, "groups").is_empty() {
        let why = "at least one of user or group must be specified";
        errors.push(FieldError::invalid("spec.user", "", why));
    }
    for name in ["fieldSelector", "labelSelector"] {
        let Some(selector) = resource.and_then(|resource| part(resource, name)) else { continue };
        let field = format!("spec.resourceAttributes.{name}");
        let raw = text(selector, "rawSelector");
        let requirements = selector.get("requirements").and_then(Value::as_array);
        let any = requirements.is_some_and(|all| !all.is_empty());
        if !raw.is_empty() && any {
            let why = "may not specified at the same time as requirements";
            errors.push(FieldError::invalid(&format!("{field}.rawSelector"), raw, why));
        }
        if raw.is_empty() && !any {
            let why = format!("when {field} is specified, requirements or rawSelector is required");
            errors.push(FieldError::required(&format!("{field}.requirements"), &why));
        }
    }
    if asked.kind == "LocalSubjectAccessReview" {
        let own = asked.object.pointer("/metadata/namespace").and_then(Value::as_str);
        let of = resource.map(|resource| text(resource, "namespace"));
        if let Some(of) = of.filter(|of| *of != own.unwrap_or_default()) {
            let field = "spec.resourceAttributes.namespace";
            errors.push(FieldError::invalid(field, of, "must match metadata.namespace"));
        }
        if path.is_some() {
            let field = "spec.nonResourceAttributes";
            let why = "disallowed on this kind of request";
            errors.push(FieldError::invalid(field, shown(path), why));
        }
    }
    errors
}

fn of_rules(roles: &dyn Roles, asked: Review<'_>) -> Result<Value, Status> {
    let namespace =
        asked.object.get("spec").map(|spec| text(spec, "namespace")).unwrap_or_default();
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let (rules, problem) = rules_of(roles, asked.user, namespace, NotFound::OfKind);
    let put = |lists: &[(&str, &Vec<String>)]| {
        let some = lists.iter().filter(|(name, list)| *name == "verbs" || !list.is_empty());
        Value::Object(some.map(|(name, list)| ((*name).to_owned(), json!(list))).collect())
    };
    let resources = rules.iter().filter(|rule| !rule.resources.is_empty()).map(|rule| {
        put(&[
            ("verbs", &rule.verbs),
            ("apiGroups", &rule.groups),
            ("resources", &rule.resources),
            ("resourceNames", &rule.names),
        ])
    });
    let paths = rules.iter().filter(|rule| !rule.urls.is_empty());
    let paths = paths.map(|rule| put(&[("verbs", &rule.verbs), ("nonResourceURLs", &rule.urls)]));
    let mut status = json!({
        "resourceRules": resources.collect::<Vec<_>>(),
        "nonResourceRules": paths.collect::<Vec<_>>(),
        "incomplete": false,
    });
    if let Some(problem) = problem {
        status["evaluationError"] = problem.into();
    }
    Ok(json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": asked.kind,
        "metadata": {},
        "spec": {},
        "status": status,
    }))
}

fn info(user: &User) -> Value {
    let mut info = Map::new();
    let mut put = |name: &str, value: Value, empty: bool| {
        if !empty {
            info.insert(name.to_owned(), value);
        }
    };
    put("username", json!(user.name), user.name.is_empty());
    put("uid", json!(user.uid), user.uid.is_empty());
    put("groups", json!(user.groups), user.groups.is_empty());
    put("extra", json!(user.extra), user.extra.is_empty());
    Value::Object(info)
}

fn myself(asked: Review<'_>) -> Value {
    json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": asked.kind,
        "metadata": {"creationTimestamp": asked.now},
        "status": {"userInfo": info(asked.user)},
    })
}

fn of_token(asked: Review<'_>) -> Result<Value, Status> {
    let spec = asked.object.get("spec").unwrap_or(&Value::Null);
    let token = text(spec, "token");
    if token.is_empty() {
        return Err(Status::bad_request("token is required for TokenReview in authentication"));
    }
    let mut audiences = texts(spec, "audiences");
    if audiences.is_empty() {
        audiences.push(ISSUER.to_owned());
    }
    let status = match (asked.token)(token, &audiences) {
        Ok(Authenticated { user, audiences }) => {
            json!({"authenticated": true, "user": info(&user), "audiences": audiences})
        }
        Err(why) => json!({"user": {}, "error": why}),
    };
    Ok(answered(asked, status))
}
