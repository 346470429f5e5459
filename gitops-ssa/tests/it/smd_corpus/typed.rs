//! Typed values.

use super::{Case, Outcome, equal};
use gitops_ssa::{
    fields::Fields,
    typed::{Comparison, Duplicates, Typed, same},
};
use serde_json::Value;

pub(super) fn run(kind: &str, case: &Case) -> Outcome {
    let object = || case.typed("input/object.yaml", Duplicates::Allow);
    let set = || case.fields("input/set.yaml");
    let text = |error: gitops_ssa::typed::TypedError| error.to_string();
    match kind {
        "typed-validate" => {
            let valid = |dup| case.typed("input/object.yaml", dup).is_ok();
            let result = match (valid(Duplicates::Refuse), valid(Duplicates::Allow)) {
                (true, true) => "valid",
                (false, true) => "valid_only_with_allow_duplicates",
                (false, false) => "invalid",
                (true, false) => "valid only without duplicates",
            };
            equal("result", &result, &case.expected("result").as_str().unwrap())
        }
        "typed-to-field-set" => {
            let set = object()?.to_fields().map_err(text)?;
            equal("set", &set, &case.fields("expected.yaml"))
        }
        "typed-merge" => {
            let left = case.typed("input/lhs.yaml", Duplicates::Allow)?;
            let right = case.typed("input/rhs.yaml", Duplicates::Allow)?;
            same_value(left.merge(&right).map_err(text)?.value(), &case.yaml("expected.yaml"))
        }
        "typed-compare" => {
            let left = case.typed("input/lhs.yaml", Duplicates::Allow)?;
            let right = case.typed("input/rhs.yaml", Duplicates::Allow)?;
            let want = |name| Fields::parse(&case.expected(name)).unwrap();
            let want = Comparison {
                removed: want("removed"),
                modified: want("modified"),
                added: want("added"),
            };
            equal("changes", &left.compare(&right).map_err(text)?, &want)?;
            let back = right.compare(&left).map_err(text)?;
            let swapped = Comparison { removed: back.added, added: back.removed, ..back };
            equal("changes backwards", &swapped, &want)
        }
        "typed-remove-extract" => {
            let object = object()?;
            let set = set();
            for (name, got) in
                [("remove_items", object.remove(&set)), ("extract_items", object.extract(&set))]
            {
                let want = case.expected(name);
                // The suite's word for what is not looked at since it would not be valid.
                if want != "unparseable" {
                    same_value(got.value(), &want).map_err(|error| format!("{name}: {error}"))?;
                }
            }
            Ok(())
        }
        "typed-extract-with-keys" => {
            let got = object()?.extract_with_keys(&set());
            same_value(got.value(), &case.yaml("expected.yaml"))
        }
        "typed-reversible-extract" => {
            let part = case.typed("input/pso.yaml", Duplicates::Refuse)?;
            let merged = object()?.merge(&part).map_err(text)?;
            let leaves = part.to_fields().map_err(text)?.leaf_set();
            same_value(merged.extract(&leaves).value(), part.value())?;
            same_value(part.value(), &case.yaml("expected.yaml"))
        }
        "typed-reconcile-schema" => {
            let (schema, of) = case.type_in("input/schema.yaml");
            let live: Typed = case.typed_as("input/live.yaml", &schema, &of, Duplicates::Allow)?;
            let old = case.fields("input/old_fields.yaml");
            let want = match case.expected("fixed_fields") {
                Value::Null => None,
                value => Some(Fields::parse(&value).unwrap()),
            };
            equal("fields", &live.reconcile(&old).map_err(text)?, &want)
        }
        _ => Err("a kind of case that is not known".to_owned()),
    }
}

fn same_value(got: &Value, want: &Value) -> Outcome {
    if same(got, want) {
        return Ok(());
    }
    Err(format!("\n  got  {got}\n  want {want}"))
}
