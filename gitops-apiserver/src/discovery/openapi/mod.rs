//! OpenAPI: `/openapi/v2`, and `/openapi/v3` with a document for each API version.
//!
//! Those of built-in resources are a recorded server's; those of definitions are made from a
//! recorded definition's by putting in names and schema.

mod custom;
mod names;
mod parts;
mod protobuf;
mod schema;
mod yaml;

use super::{Catalog, Custom, Question, accept::clauses, reply::Reply};
use http::header;
use parts::Document;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;

/// `/openapi/v3`: where the documents are. Their hashes let clients keep them.
pub(super) fn index(catalog: &Catalog<'_>) -> Reply {
    let built_in = Document::all().filter_map(|document| {
        Some((document.name.strip_prefix("v3/")?.to_owned(), document.hash.to_owned()))
    });
    let custom = by_version(catalog).into_iter();
    let custom = custom.map(|(path, versions)| (path, hash(&versions)));
    let entry = |(path, hash): (String, String)| {
        let url = location(&path, &hash);
        (path, json!({"serverRelativeURL": url}))
    };
    let paths: Map<String, Value> = built_in.chain(custom).map(entry).collect();
    // The server names no media type and guesses this one.
    Reply::new(200, "text/plain; charset=utf-8", json!({"paths": paths}).to_string())
}

fn location(path: &str, hash: &str) -> String {
    format!("/openapi/v3/{path}?hash={hash}")
}

/// `/openapi/v3/…`; `path` is what follows.
pub(super) fn v3(catalog: &Catalog<'_>, question: &Question<'_>, path: &str) -> Reply {
    let mut custom = by_version(catalog);
    let (hash, document): (String, Box<dyn FnOnce() -> String>) =
        match (Document::named(&format!("v3/{path}")), custom.remove(path)) {
            (Some(document), _) => (document.hash.to_owned(), Box::new(move || document.json())),
            (None, Some(versions)) => {
                (hash(&versions), Box::new(move || custom::v3(&versions).to_string()))
            }
            (None, None) => return Reply::empty(404),
        };
    let reply = match media(question, "v3") {
        // A header without any clause that can be read gets nothing, and no error either.
        Media::Unreadable => return Reply::empty(200).header(header::VARY, "Accept"),
        Media::None => return Reply::empty(406).header(header::VARY, "Accept"),
        Media::Some { name, protobuf } => {
            let asked = question.parameter("hash").filter(|asked| !asked.is_empty());
            if asked.as_ref().is_some_and(|asked| *asked != hash) {
                Reply::new(301, &name, "").header(header::LOCATION, &location(path, &hash))
            } else {
                let document = || encoded(document(), protobuf.then_some("v3"));
                let forever = asked.map_or("no-cache, private", |_| "public, immutable");
                document_reply(question, &hash, &name, document)
                    .header(header::CACHE_CONTROL, forever)
            }
        }
    };
    reply.header(header::ETAG, &format!("\"{hash}\"")).header(header::VARY, "Accept")
}

/// `/openapi/v2`: everything in one document.
pub(super) fn v2(catalog: &Catalog<'_>, question: &Question<'_>) -> Reply {
    let Media::Some { name, protobuf } = media(question, "v2") else {
        return Reply::empty(406).header(header::VARY, "Accept");
    };
    let Some(built_in) = Document::named("v2") else { return Reply::empty(503) };
    let versions: Vec<&Custom> = catalog.custom.iter().collect();
    let hash = match versions.is_empty() {
        true => built_in.hash.to_owned(),
        false => hash(&versions),
    };
    let document = || {
        let json = match versions.is_empty() {
            true => built_in.json(),
            false => custom::v2(&built_in.json(), &versions).to_string(),
        };
        encoded(json, protobuf.then_some("v2"))
    };
    let reply = document_reply(question, &hash, &name, document);
    reply.header(header::ETAG, &format!("\"{hash}\"")).header(header::VARY, "Accept")
}

/// What a client wants a document as.
enum Media {
    Some { name: String, protobuf: bool },
    None,
    Unreadable,
}

/// The first clause that asks for JSON or for protobuf, in its name of today or the one before.
fn media(question: &Question<'_>, release: &str) -> Media {
    let accept = question.header(header::ACCEPT).filter(|accept| !accept.is_empty());
    let clauses = clauses(accept.unwrap_or("*/*"));
    let protobuf = format!("com.github.proto-openapi.spec.{release}.v1.0+protobuf");
    let before = format!("com.github.proto-openapi.spec.{release}@v1.0+protobuf");
    let wanted = clauses.iter().find_map(|clause| {
        if clause.allows("application", "json") {
            return Some(Media::Some { name: "application/json".into(), protobuf: false });
        }
        let wanted = [&protobuf, &before].iter().any(|sub| clause.allows("application", sub));
        wanted.then(|| Media::Some { name: format!("application/{protobuf}"), protobuf: true })
    });
    wanted.unwrap_or(if clauses.is_empty() { Media::Unreadable } else { Media::None })
}

fn encoded(json: String, protobuf: Option<&'static str>) -> Vec<u8> {
    match protobuf {
        Some(release) => {
            protobuf::encode(release, &serde_json::from_str(&json).unwrap_or_default())
        }
        None => json.into_bytes(),
    }
}

/// The document, or nothing if the client has it already.
fn document_reply(
    question: &Question<'_>,
    hash: &str,
    media_type: &str,
    document: impl FnOnce() -> Vec<u8>,
) -> Reply {
    let known = question.header(header::IF_NONE_MATCH).unwrap_or_default();
    let known = known.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    match known.into_iter().any(|tag| tag == "*" || tag.trim_matches('"') == hash) {
        true => Reply::empty(304),
        false => Reply::new(200, media_type, document()),
    }
}

/// The definitions' resources by the path of their document.
fn by_version<'a>(catalog: &Catalog<'a>) -> BTreeMap<String, Vec<&'a Custom>> {
    let mut versions: BTreeMap<String, Vec<&'a Custom>> = BTreeMap::new();
    for custom in catalog.custom {
        let path = format!("apis/{}", custom.resource.api_version());
        versions.entry(path).or_default().push(custom);
    }
    versions
}

/// Of all that a document is made from.
fn hash(versions: &[&Custom]) -> String {
    match versions {
        [one] => one.digest.to_string(),
        several => {
            let digests: Vec<&str> = several.iter().map(|one| &*one.digest).collect();
            format!("{:X}", Sha512::digest(digests.concat()))
        }
    }
}
