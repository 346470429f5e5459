//! Every list and map that an object of any kind could have, written as an empty one: what is stored
//! then, and whether it counts as a change.

use super::{
    difference,
    pair::{Pair, is_written_to, objects},
    report,
};
use crate::histories::kinds::set;
use gitops_apiserver::builtin::types::{self, Struct, Type};
use serde_json::{Value, json};

/// Where an object has no list or map and could have one, with an empty one.
fn unset(of: &Struct, object: &Value, at: &str, into: &mut Vec<(String, Value)>) {
    for field in &of.fields {
        let pointer = format!("{at}/{}", field.name);
        within(&field.ty, &object[field.name], &pointer, into);
    }
}

fn within(ty: &Type, value: &Value, at: &str, into: &mut Vec<(String, Value)>) {
    match (ty.underlying(), value) {
        (Type::List(_), Value::Null) => into.push((at.to_owned(), json!([]))),
        (Type::Map(..), Value::Null) => into.push((at.to_owned(), json!({}))),
        (Type::List(item), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                within(item, value, &format!("{at}/{index}"), into);
            }
        }
        (Type::Struct(of), Value::Object(_)) => {
            unset(&of.get().unwrap(), value, at, into);
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_empty_is_written_alike() {
    let Some(pair) = Pair::new().await else { return };
    let (mut compared, mut differences) = (0, Vec::new());
    for (collection, object) in objects() {
        let text = |name: &str| object[name].as_str().unwrap_or_default();
        let Some(kind) = types::kind(text("apiVersion"), text("kind")) else { continue };
        if is_written_to(&collection) {
            continue;
        }
        let Some(one) = pair.create(&collection, &object).await else { continue };
        let [_, made] = pair.read(&one).await;
        let mut empty = Vec::new();
        unset(kind.of(), &made, "", &mut empty);
        for (pointer, nothing) in empty {
            let emptied = |object: &Value| {
                let mut object = object.clone();
                set(&mut object, &pointer, nothing.clone());
                object
            };
            let answers = pair.replace(&one, "", emptied).await;
            compared += 1;
            differences.extend(difference(&format!("PUT {one} {pointer}={nothing}"), &answers));
        }
        pair.same("DELETE", &one, &Value::Null).await;
    }
    report(compared, 1_300, &differences);
}
