//! The reasons to refuse.

use super::{Cause, FieldError, Status};

/// `configmaps`, `deployments.apps`: how messages name a group's resource or kind.
fn qualified(group: &str, of: &str) -> String {
    if group.is_empty() { of.to_owned() } else { format!("{of}.{group}") }
}

impl Status {
    /// A status of a code and reason with a message and nothing else.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Status { code, reason, message: message.into(), details: None, continue_token: None }
    }

    fn about(mut self, group: &str, kind: &str, name: &str) -> Self {
        let details = self.details.get_or_insert_default();
        details.group = group.to_owned();
        details.kind = kind.to_owned();
        details.name = name.to_owned();
        self
    }

    fn because(mut self, causes: Vec<Cause>) -> Self {
        self.details.get_or_insert_default().causes = causes;
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.details.get_or_insert_default().retry_after_seconds = seconds;
        self
    }

    /// There is no such object.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", qualified(group, resource));
        Status::new(404, "NotFound", message).about(group, resource, name)
    }

    /// There is no such path.
    pub fn no_such_resource() -> Self {
        let mut status =
            Status::new(404, "NotFound", "the server could not find the requested resource");
        status.details = Some(Box::default());
        status
    }

    /// The object is there already.
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", qualified(group, resource));
        Status::new(409, "AlreadyExists", message).about(group, resource, name)
    }

    /// No free name was found for a `generateName`.
    pub fn generate_name_conflict(group: &str, resource: &str, name: &str) -> Self {
        let message = format!(
            "{} \"{name}\" already exists, the server was not able to generate a unique name for the object",
            qualified(group, resource)
        );
        Status::new(409, "AlreadyExists", message).about(group, resource, name).retry_after(1)
    }

    /// The write is based on another state of the object.
    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            qualified(group, resource)
        );
        Status::new(409, "Conflict", message).about(group, resource, name)
    }

    /// An apply would change what others own.
    pub fn apply_conflict(message: String, causes: Vec<Cause>) -> Self {
        Status::new(409, "Conflict", message).because(causes)
    }

    /// The object breaks rules. `kind` is the kind, not the resource.
    pub fn invalid(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Self {
        let mut texts: Vec<String> = Vec::with_capacity(errors.len());
        for text in errors.iter().map(ToString::to_string) {
            // The aggregate shows each message once.
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let all = match &*texts {
            [one] => one.clone(),
            _ => format!("[{}]", texts.join(", ")),
        };
        let message = format!("{} \"{name}\" is invalid: {all}", qualified(group, kind));
        let causes = errors.iter().map(FieldError::cause).collect();
        let mut status =
            Status::new(422, "Invalid", message).about(group, kind, name).because(causes);
        if errors.is_empty() {
            status.message = format!("{} \"{name}\" is invalid", qualified(group, kind));
        }
        status
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Status::new(400, "BadRequest", message)
    }

    /// Nobody knows who asks.
    pub fn unauthorized() -> Self {
        Status::new(401, "Unauthorized", "Unauthorized")
    }

    /// Who asks may not.
    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let of = qualified(group, resource);
        let message = match (&*of, name) {
            ("", "") => format!("forbidden: {why}"),
            (of, "") => format!("{of} is forbidden: {why}"),
            (of, name) => format!("{of} \"{name}\" is forbidden: {why}"),
        };
        Status::new(403, "Forbidden", message).about(group, resource, name)
    }

    /// The path has no such verb.
    pub fn method_not_allowed(group: &str, resource: &str, verb: &str) -> Self {
        let message = format!(
            "{verb} is not supported on resources of kind {:?}",
            qualified(group, resource)
        );
        Status::new(405, "MethodNotAllowed", message).about(group, resource, "")
    }

    /// No form of the answer suits the client.
    pub fn not_acceptable(accepted: &[&str]) -> Self {
        let message =
            format!("only the following media types are accepted: {}", accepted.join(", "));
        Status::new(406, "NotAcceptable", message)
    }

    /// The answer can't be made into what the client wants.
    pub(crate) fn not_of_form(message: &str) -> Self {
        Status::new(406, "NotAcceptable", message)
    }

    /// The body is in no known form.
    pub fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Status::new(415, "UnsupportedMediaType", message)
    }

    /// The history that was asked for is gone.
    pub fn expired(message: impl Into<String>) -> Self {
        Status::new(410, "Expired", message)
    }

    /// The body is too large.
    pub fn too_large(what: &str) -> Self {
        Status::new(413, "RequestEntityTooLarge", format!("Request entity too large: {what}"))
    }

    /// The server failed.
    pub fn internal(error: &str) -> Self {
        let cause = Cause { message: error.to_owned(), ..Cause::default() };
        Status::new(500, "InternalError", format!("Internal error occurred: {error}"))
            .because(vec![cause])
    }

    /// An error that the server has no class for.
    pub fn unclassified(message: impl Into<String>) -> Self {
        Status::new(500, "", message)
    }

    /// Not in time.
    pub fn timeout(message: &str, retry_after: u32) -> Self {
        Status::new(504, "Timeout", format!("Timeout: {message}")).retry_after(retry_after)
    }

    /// Not in time, at a certain verb.
    pub fn server_timeout(group: &str, resource: &str, verb: &str, retry_after: u32) -> Self {
        let of = qualified(group, resource);
        let message = format!(
            "The {verb} operation against {of} could not be completed at this time, please try again."
        );
        Status::new(500, "ServerTimeout", message)
            .about(group, resource, verb)
            .retry_after(retry_after)
    }

    /// A read asks for a version that is yet to come.
    pub fn version_too_large(asked: u64, current: u64) -> Self {
        let text = format!("Too large resource version: {asked}, current: {current}");
        let cause = Cause {
            reason: "ResourceVersionTooLarge".to_owned(),
            message: "Too large resource version".to_owned(),
            field: String::new(),
        };
        Status::timeout(&text, 1).because(vec![cause])
    }

    /// Too much is going on.
    pub fn too_many_requests(message: &str, retry_after: u32) -> Self {
        Status::new(429, "TooManyRequests", message).retry_after(retry_after)
    }
}
