//! Whether a path, a method and media types lead to a handler.
//!
//! Built-in kinds are routed by go-restful, which compares text; custom ones by the handler of
//! definitions, which leaves media types to the verbs.

use crate::{
    answer::Answer,
    builtin::resources,
    kind::Kind,
    request::{Address, Call},
    status::Status,
};
use http::{Method, header};

/// What go-restful knows of media types: objects, and streams of them where there are watches.
const PRODUCED: [&str; 3] =
    ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const STREAMS: [&str; 2] =
    ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const LOGS: [&str; 1] = ["text/plain"];
const PATCHES: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

/// The answer where nothing is served.
pub(crate) fn nowhere(address: &Address) -> Answer {
    let built_in = resources::all().iter().any(|resource| resource.group == address.group);
    match built_in {
        true => Answer::refuse(&Status::no_such_resource()),
        false => Answer::no_such_page(),
    }
}

/// Lets a request for a kind through, or says what is wrong with it.
pub(crate) fn check(kind: &Kind, address: &Address, call: &Call) -> Result<(), Box<Answer>> {
    let subresource = kind.info.subresource(&address.subresource);
    let proxy = subresource.is_some() && address.subresource == "proxy";
    if address.rest && !proxy || !fits(kind, address) {
        return Err(Box::new(nowhere(address)));
    }
    if kind.model.is_custom() {
        let verb = call.verb();
        let unnamed = address.name.is_empty();
        if kind.info.namespaced && address.namespace.is_empty() && !matches!(verb, "list" | "watch")
        {
            return Err(Box::new(nowhere(address)));
        }
        if verb == "create" && address.subresource.is_empty() || verb == "patch" && unnamed {
            // A name in the path is overlooked; a patch first looks at the body's type.
            return Ok(());
        }
        let refused = if verb == "update" && unnamed {
            Status::bad_request("name must be provided")
        } else if subresource.is_none() && !address.subresource.is_empty() {
            kind.not_found(&address.name)
        } else if !serves(kind, address, verb) {
            Status::method_not_allowed(kind.group(), kind.plural(), verb)
        } else {
            return Ok(());
        };
        // Of a kind that is deprecated every request is told, as soon as the kind is found.
        let mut answer = Answer::refuse(&refused);
        answer.warnings.extend(kind.model.warning());
        return Err(Box::new(answer));
    }
    if subresource.is_none() && !address.subresource.is_empty() {
        return Err(Box::new(nowhere(address)));
    }
    if proxy {
        return Ok(());
    }
    let known = ["get", "list", "watch"].contains(&call.verb()) && call.method != Method::GET;
    if known || !serves(kind, address, call.verb()) {
        return Err(Box::new(unserved(kind, address, call.verb())));
    }
    if connects(address) {
        return Ok(());
    }
    media_types(address, call).map_err(|status| Box::new(Answer::refuse(&status)))
}

/// Whether a subresource leads to a node, which gets the request as it is.
pub(crate) fn connects(address: &Address) -> bool {
    matches!(&*address.subresource, "attach" | "exec" | "portforward" | "proxy")
}

/// Whether a path has a namespace where the kind has one.
fn fits(kind: &Kind, address: &Address) -> bool {
    let below = !address.name.is_empty();
    let namespace = kind.info.namespaced || address.namespace.is_empty();
    let scoped = !kind.info.namespaced || !below || !address.namespace.is_empty();
    namespace && scoped
}

/// What discovery says can be done with a kind or its subresource.
fn verbs<'a>(kind: &'a Kind, address: &Address) -> &'a [String] {
    match kind.info.subresource(&address.subresource) {
        Some(subresource) => &subresource.verbs,
        None => &kind.info.verbs,
    }
}

/// Whether a verb is served at a path.
fn serves(kind: &Kind, address: &Address, verb: &str) -> bool {
    let named = !address.name.is_empty();
    let placed = match verb {
        "create" => named != address.subresource.is_empty(),
        "get" | "update" | "patch" | "delete" => named,
        "list" | "deletecollection" => !named,
        _ => true,
    };
    let all = kind.info.namespaced && address.namespace.is_empty();
    let in_namespace = !(all && matches!(verb, "create" | "deletecollection"));
    placed && in_namespace && verbs(kind, address).iter().any(|have| have == verb)
}

/// The answer where a built-in kind has no handler for a verb.
fn unserved(kind: &Kind, address: &Address, verb: &str) -> Answer {
    if !verbs(kind, address).iter().any(|verb| serves(kind, address, verb)) {
        return nowhere(address);
    }
    // A watch comes in the way of a list.
    if verb == "watch" && serves(kind, address, "list") {
        let refused = Status::method_not_allowed(kind.group(), kind.plural(), verb);
        let mut answer = Answer::refuse(&refused);
        answer.warnings.extend(kind.model.warning());
        return answer;
    }
    let mut status = Status::new(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    );
    status.details = Some(Box::default());
    Answer::refuse(&status)
}

/// Compares the types of the body and of the answer with those of the route.
fn media_types(address: &Address, call: &Call) -> Result<(), Status> {
    let generic = |code, reason, message: String| {
        let mut status = Status::new(code, reason, message);
        status.details = Some(Box::default());
        status
    };
    if call.method == Method::PATCH {
        let sent = call.header(header::CONTENT_TYPE);
        let sent = if sent.is_empty() { "application/octet-stream" } else { sent };
        if !media_of(sent).any(|media| PATCHES.contains(&media)) {
            let message = "415: Unsupported Media Type".to_owned();
            return Err(generic(415, "UnsupportedMediaType", message));
        }
    }
    let accept = call.header(header::ACCEPT);
    let accept = if accept.is_empty() { "*/*" } else { accept };
    let streams = address.name.is_empty() && call.method == Method::GET;
    let log = address.subresource == "log";
    let text = LOGS.iter().filter(|_| log);
    let produced = text.chain(&PRODUCED).chain(STREAMS.iter().filter(|_| streams));
    let produced: Vec<&str> = produced.copied().collect();
    if media_of(accept).any(|media| media == "*/*" || produced.contains(&media)) {
        return Ok(());
    }
    let message =
        format!("406: Not Acceptable\n\nAvailable representations: {}", produced.join(", "));
    Err(generic(406, "NotAcceptable", message))
}

/// The media types of a header, without parameters.
fn media_of(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(|one| one.split(';').next().unwrap_or_default().trim_matches(' '))
}
