//! Arithmetic of quantities, as far as defaults and classes of pods need it.

use super::field;
use serde_json::Value;

/// Billionths; enough for every quantity the server takes, saturating beyond.
pub(crate) type Billionths = i128;

const BILLION: i128 = 1_000_000_000;

/// The suffixes and what they stand for, as a power of ten or of two.
const DECIMAL: [(&str, i32); 9] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [(&str, u32); 6] =
    [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// The value of a quantity, rounded up to billionths. None if it isn't one.
pub(crate) fn parse(text: &str) -> Option<Billionths> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end)?;
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some(decimal(number, 0)?.saturating_mul(1 << power));
    }
    let power = match DECIMAL.iter().find(|(name, _)| *name == suffix) {
        Some((_, power)) => *power,
        None if suffix.is_empty() => 0,
        None => suffix.strip_prefix(['e', 'E'])?.parse().ok()?,
    };
    decimal(number, power)
}

/// A decimal number times a power of ten, in billionths.
fn decimal(number: &str, power: i32) -> Option<Billionths> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = all.parse().ok()?;
    let shift = power.checked_add(9)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let factor = 10_i128.checked_pow(shift.unsigned_abs()).unwrap_or(i128::MAX);
    value = if shift >= 0 {
        value.saturating_mul(factor)
    } else {
        value / factor + i128::from(value % factor != 0)
    };
    Some(value.saturating_mul(sign))
}

/// The value of the quantity at a path; 0 if there is none.
pub(crate) fn amount(list: Option<&Value>, name: &str) -> Billionths {
    let value = list.and_then(|list| list.get(name));
    match value {
        Some(Value::String(text)) => parse(text).unwrap_or(0),
        Some(Value::Number(number)) => parse(&number.to_string()).unwrap_or(0),
        _ => 0,
    }
}

/// Rounds the quantities of a map up to thousandths: what is finer can't be kept in some fields,
/// so it is kept in none.
pub(super) fn round_up(object: &mut Value, path: &str) {
    let Some(Value::Object(list)) = field::get_mut(object, path) else { return };
    for quantity in list.values_mut() {
        let Some(value) = quantity.as_str().and_then(parse) else { continue };
        let thousandth = BILLION / 1000;
        if value.rem_euclid(thousandth) != 0 {
            let rounded = value.div_euclid(thousandth) + 1;
            *quantity = thousandths(rounded).into();
        }
    }
}

/// A quantity of so many thousandths, in its canonical form.
fn thousandths(value: i128) -> String {
    let mut value = value;
    let suffixes = ["m", "", "k", "M", "G", "T", "P"];
    let mut used = "m";
    for suffix in suffixes {
        used = suffix;
        if value == 0 || value % 1000 != 0 || suffix == "P" {
            break;
        }
        value /= 1000;
    }
    if value == 0 { "0".to_owned() } else { format!("{value}{used}") }
}
