//! Health: a server that answers is well.

use super::{Question, facts::facts, reply::Reply};
use http::header;
use std::collections::BTreeSet;

/// `/healthz`, `/livez`, `/readyz`, and each of their checks by itself.
pub(super) fn answer(endpoint: &str, question: &Question<'_>) -> Reply {
    let check = question.path.strip_prefix('/').and_then(|path| path.strip_prefix(endpoint));
    match check {
        Some("") => summary(endpoint, question),
        Some(check) if facts(endpoint).any(|one| check.strip_prefix('/') == Some(one)) => {
            let reply = Reply::text(200, "ok".to_owned());
            reply.without(header::X_CONTENT_TYPE_OPTIONS)
        }
        _ => Reply::no_page(),
    }
}

fn summary(endpoint: &str, question: &Question<'_>) -> Reply {
    if question.parameter("verbose").is_none() {
        return Reply::text(200, "ok".to_owned());
    }
    let mut excluded: BTreeSet<String> = question.parameters("exclude").collect();
    let mut text = String::new();
    for check in facts(endpoint) {
        let how = if excluded.remove(check) { " excluded: ok" } else { " ok" };
        text.extend(["[+]", check, how, "\n"]);
    }
    if !excluded.is_empty() {
        let names: Vec<String> = excluded.iter().map(|name| format!("\"{name}\"")).collect();
        let names = names.join(",");
        text += "warn: some health checks cannot be excluded: no matches for ";
        text.extend([&names, "\n"]);
    }
    Reply::text(200, format!("{text}{endpoint} check passed\n"))
}
