//! How a server describes itself: discovery, health, version and OpenAPI.
//!
//! Functions from what is served to answers; nothing is kept, nothing is read from elsewhere.
//! [`answer`] takes a question at any of these paths:
//!
//! | path | answer |
//! |---|---|
//! | `/` | the index of paths |
//! | `/api`, `/apis` | versions and groups; or all resources, in the aggregated form |
//! | `/apis/GROUP` | a group's versions |
//! | `/api/v1`, `/apis/GROUP/VERSION` | a version's resources |
//! | `/healthz`, `/livez`, `/readyz` and each check below them | health |
//! | `/version` | the release |
//! | `/openapi/v2` | the schemas of everything |
//! | `/openapi/v3` and what is below | the schemas of one API version |

mod accept;
mod aggregated;
mod custom;
mod facts;
mod health;
mod openapi;
mod order;
mod plain;
mod reply;

pub use custom::{Custom, storage_version_hash};
pub use order::compare_versions;

use crate::status::Status;
use accept::{PRODUCED, agree, routed};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, header};
use reply::Reply;

/// What is served, besides what is built in.
#[derive(Debug, Clone, Copy)]
pub struct Catalog<'a> {
    /// `host:port`, where clients are told to find the server.
    pub address: &'a str,
    /// The served versions of all definitions.
    pub custom: &'a [Custom],
}

/// A request, as far as discovery looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Most of these endpoints don't mind it.
    pub method: &'a Method,
    /// Decoded.
    pub path: &'a str,
    /// What follows the `?`, as it was sent.
    pub query: &'a str,
    /// `Accept`, `If-None-Match` and `User-Agent` are looked at.
    pub headers: &'a HeaderMap,
}

impl Question<'_> {
    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of a parameter; empty for one without a value.
    fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).next()
    }

    fn parameters(&self, name: &str) -> impl Iterator<Item = String> {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(move |pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(move |(name, value)| (decode(name), decode(value)))
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Whether a person asks: JSON is indented then.
    fn by_person(&self) -> bool {
        match self.parameter("pretty").as_deref() {
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
            None | Some("") => {
                let agent = self.header(header::USER_AGENT).unwrap_or_default();
                ["curl", "Wget", "Mozilla/5.0"].iter().any(|person| agent.starts_with(person))
            }
            Some(_) => false,
        }
    }
}

/// The answer, or `None` if the path isn't one of these: then it is one of objects, or of nothing.
pub fn answer(catalog: &Catalog<'_>, question: &Question<'_>) -> Option<Response<Bytes>> {
    let parts: Vec<&str> = question.path.trim_matches('/').split('/').collect();
    let reply = match *parts.as_slice() {
        [""] => facts::index(catalog),
        ["api"] => routed_to(question, &PRODUCED, || {
            root(question, aggregated::core, || plain::versions(catalog.address))
        }),
        // The aggregated form stands at `/apis` exactly.
        ["apis"] if question.path.ends_with('/') => {
            document(question, || plain::groups(&order::plain(catalog)))
        }
        ["apis"] => root(
            question,
            || aggregated::groups(&order::aggregated(catalog)),
            || plain::groups(&order::plain(catalog)),
        ),
        ["api", "v1"] => version(catalog, question, "v1"),
        ["api", _] => error(question, &Status::no_such_resource()),
        ["apis", name] => match order::group(catalog, name) {
            // The aggregator serves its own group as other groups' versions are served.
            Some(group) if name == "apiregistration.k8s.io" => {
                routed_to(question, &PRODUCED, || document(question, || plain::group(&group)))
            }
            Some(group) => document(question, || plain::group(&group)),
            None => Reply::no_page(),
        },
        ["apis", group, name] => {
            let api_version = format!("{group}/{name}");
            match order::group(catalog, group) {
                Some(group) if group.has(&api_version) => version(catalog, question, &api_version),
                // The parts of the server that serve built-in groups answer for them.
                Some(group) if group.built_in => error(question, &Status::no_such_resource()),
                _ => Reply::no_page(),
            }
        }
        ["version"] => routed_to(question, &["application/json"], facts::version),
        ["openapi", "v2"] if question.path == "/openapi/v2" => openapi::v2(catalog, question),
        ["openapi", "v3"] if question.path == "/openapi/v3" => openapi::index(catalog),
        ["openapi", "v3", ..] => match question.path.strip_prefix("/openapi/v3/") {
            Some(path) => openapi::v3(catalog, question, path),
            None => Reply::no_page(),
        },
        ["openapi", ..] => Reply::no_page(),
        [endpoint @ ("healthz" | "livez" | "readyz"), ..] => health::answer(endpoint, question),
        _ => return None,
    };
    Some(reply.into_response())
}

/// `/api` and `/apis`: the aggregated form where it is asked for.
fn root(
    question: &Question<'_>,
    aggregated: impl FnOnce() -> serde_json::Value,
    plain: impl FnOnce() -> serde_json::Value,
) -> Reply {
    match agree(question.header(header::ACCEPT), true) {
        Some(agreed) if agreed.aggregated => {
            let matching = question.header(header::IF_NONE_MATCH);
            aggregated::reply(&aggregated(), agreed, question.by_person(), matching)
        }
        Some(agreed) => Reply::object(200, &plain(), agreed, question.by_person()),
        None => Reply::not_acceptable(),
    }
}

fn version(catalog: &Catalog<'_>, question: &Question<'_>, api_version: &str) -> Reply {
    let resources = order::resources(catalog, api_version);
    let list = || document(question, || plain::resources(api_version, &resources));
    // Definitions are served past the router.
    if resources.iter().all(|one| one.custom) {
        list()
    } else {
        routed_to(question, &PRODUCED, list)
    }
}

/// What stands behind the router, which refuses in its own words.
fn routed_to(
    question: &Question<'_>,
    produced: &[&str],
    endpoint: impl FnOnce() -> Reply,
) -> Reply {
    if *question.method != Method::GET {
        let why = "the server does not allow this method on the requested resource";
        let refusal = Status::new(405, "MethodNotAllowed", why);
        return error(question, &Status { details: Some(Box::default()), ..refusal });
    }
    if routed(question.header(header::ACCEPT), produced) {
        return endpoint();
    }
    let available = produced.join(", ");
    let message = format!("406: Not Acceptable\n\nAvailable representations: {available}");
    let refusal = Status::new(406, "NotAcceptable", message);
    error(question, &Status { details: Some(Box::default()), ..refusal })
}

fn document(question: &Question<'_>, plain: impl FnOnce() -> serde_json::Value) -> Reply {
    match agree(question.header(header::ACCEPT), false) {
        Some(agreed) => Reply::object(200, &plain(), agreed, question.by_person()),
        None => Reply::not_acceptable(),
    }
}

/// An error in the form that the client wants, in JSON if there is none.
fn error(question: &Question<'_>, status: &Status) -> Reply {
    let agreed = agree(question.header(header::ACCEPT), false).unwrap_or_default();
    Reply::object(status.code, &reply::value(status), agreed, question.by_person())
}
