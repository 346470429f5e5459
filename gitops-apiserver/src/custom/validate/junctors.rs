//! `anyOf`, `oneOf`, `allOf`, `not`.

use super::{
    Validator,
    problem::{Found, Problem},
};
use crate::{
    custom::schema::{JsonSchema, Limits},
    status::quote,
};
use serde_json::Value;

/// All of them. Below, nothing is compared with old values: the server doesn't either.
pub(super) fn check(validator: Validator, value: &Value, limits: &Limits, at: &str) -> Found {
    let mut found = Found::default();
    let of = |schema: &JsonSchema| validator.node(value, schema, at, None);
    if !limits.any_of.is_empty() {
        any_of(&limits.any_of, &of, at, &mut found);
    }
    if !limits.one_of.is_empty() {
        one_of(&limits.one_of, &of, at, &mut found);
    }
    if !limits.all_of.is_empty() {
        all_of(&limits.all_of, &of, at, &mut found);
    }
    if limits.not.as_ref().is_some_and(|not| of(not).is_valid()) {
        found.add(Problem::plain(format!("{} must not validate the schema (not)", quote(at))));
    }
    found.matches += 1;
    found
}

type Of<'a> = dyn Fn(&JsonSchema) -> Found + 'a;

fn any_of(schemas: &[JsonSchema], of: &Of<'_>, at: &str, found: &mut Found) {
    let mut best: Option<Found> = None;
    for schema in schemas {
        let one = of(schema);
        if one.is_valid() {
            return found.merge(one);
        }
        keep_better(&mut best, one);
    }
    let text = format!("{} must validate at least one schema (anyOf)", quote(at));
    found.add(Problem::plain(text));
    best.into_iter().for_each(|best| found.merge(best));
}

fn one_of(schemas: &[JsonSchema], of: &Of<'_>, at: &str, found: &mut Found) {
    let (mut first, mut best): (Option<Found>, Option<Found>) = (None, None);
    let mut valid = 0;
    for schema in schemas {
        let one = of(schema);
        if one.is_valid() {
            valid += 1;
            first = first.or(Some(one));
        } else {
            keep_better(&mut best, one);
        }
    }
    let problem = match valid {
        1 => return first.into_iter().for_each(|first| found.merge(first)),
        0 => "Found none valid".to_owned(),
        more => format!("Found {more} valid alternatives"),
    };
    let text = format!("{} must validate one and only one schema (oneOf). {problem}", quote(at));
    found.add(Problem::plain(text));
    if valid == 0 {
        best.into_iter().for_each(|best| found.merge(best));
    }
}

fn all_of(schemas: &[JsonSchema], of: &Of<'_>, at: &str, found: &mut Found) {
    let mut valid = 0;
    for schema in schemas {
        let one = of(schema);
        valid += usize::from(one.is_valid());
        found.merge(one);
    }
    if valid < schemas.len() {
        let more = if valid == 0 { ". None validated" } else { "" };
        let text = format!("{} must validate all the schemas (allOf){more}", quote(at));
        found.add(Problem::plain(text));
    }
}

fn keep_better(best: &mut Option<Found>, one: Found) {
    if best.as_ref().is_none_or(|best| one.matches > best.matches) {
        *best = Some(one);
    }
}
