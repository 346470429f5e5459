//! Complete lists, page by page.

use super::Seen;
use crate::{
    error::Failure,
    escape::escape,
    resource::Resource,
    transport::{Send, Transport},
};
use serde_json::Value;

/// More pages than this are no list but a server gone wrong.
const PAGES: usize = 10_000;

/// Lists the objects of a kind that a label selector picks, in one namespace or all, completely or
/// not at all; and the version of the list. When the pages expire on the way, it starts again once.
pub(crate) async fn list(
    transport: &Transport,
    resource: &Resource,
    path: &str,
    selector: &str,
    page: usize,
) -> Result<(Vec<Seen>, String), Failure> {
    match pages(transport, resource, path, selector, page).await {
        Err(failure) if failure.is(410) => pages(transport, resource, path, selector, page).await,
        done => done,
    }
}

async fn pages(
    transport: &Transport,
    resource: &Resource,
    path: &str,
    selector: &str,
    page: usize,
) -> Result<(Vec<Seen>, String), Failure> {
    let selector = escape(selector);
    let mut objects = Vec::new();
    let mut token = String::new();
    for _ in 0..PAGES {
        let mut path = format!("{path}?labelSelector={selector}&limit={page}");
        if !token.is_empty() {
            path.push_str("&continue=");
            path.push_str(&escape(&token));
        }
        let mut answer = transport.send(Send::get(path)).await?.json()?;
        let text = |at: &str| answer.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let version = text("/metadata/resourceVersion").to_owned();
        token = text("/metadata/continue").to_owned();
        let items = match answer.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            // Go writes an empty list as null.
            Some(Value::Null) => Vec::new(),
            _ => return Err(Failure::Garbled("it is no list".to_owned())),
        };
        for item in items {
            let seen = Seen::new(resource, item);
            let why = || Failure::Garbled("an item has no name".to_owned());
            objects.push(seen.ok_or_else(why)?);
        }
        if token.is_empty() {
            return Ok((objects, version));
        }
    }
    Err(Failure::Garbled(format!("the list has more than {PAGES} pages")))
}
