//! Lists of quantities: what a container asks for, what a limit allows.

use super::field;
use crate::names::Quantity;
use serde_json::Value;
use std::collections::BTreeMap;

/// Amounts by resource: `cpu`, `memory`.
pub(crate) type Quantities = BTreeMap<String, Quantity>;

/// The amounts of a list. What is no quantity is left out.
pub(crate) fn read(list: Option<&Value>) -> Quantities {
    let fields = list.and_then(Value::as_object).into_iter().flatten();
    let parsed = fields.filter_map(|(name, value)| Some((name.clone(), one(value)?)));
    parsed.collect()
}

/// The amount of one resource of a list.
pub(crate) fn amount(list: Option<&Value>, name: &str) -> Option<Quantity> {
    list.and_then(|list| list.get(name)).and_then(one)
}

fn one(value: &Value) -> Option<Quantity> {
    Quantity::parse(value.as_str()?).ok()
}

/// Adds the amounts of one list to another's.
pub(crate) fn add(to: &mut Quantities, list: &Quantities) {
    for (name, amount) in list {
        let sum = to.get(name).and_then(|before| before.plus(amount));
        to.insert(name.clone(), sum.unwrap_or_else(|| amount.clone()));
    }
}

/// Raises the amounts of one list to another's, where those are more.
pub(crate) fn raise(to: &mut Quantities, list: &Quantities) {
    for (name, amount) in list {
        if to.get(name).is_none_or(|before| amount > before) {
            to.insert(name.clone(), amount.clone());
        }
    }
}

/// Rounds the quantities of a list up to thousandths: what is finer can't be kept in some fields,
/// so it is kept in none.
pub(super) fn round_up(object: &mut Value, path: &str) {
    let Some(Value::Object(list)) = field::get_mut(object, path) else { return };
    for value in list.values_mut() {
        let Some(mut quantity) = one(value) else { continue };
        if !quantity.round_up(-3) {
            *value = quantity.to_string().into();
        }
    }
}
