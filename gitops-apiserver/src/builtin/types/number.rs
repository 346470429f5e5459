//! Numbers as Go reads and writes them.

use serde_json::{Number, Value};

/// A number where no type is known: an integer if it has no point and 64 bits hold it. `None` if
/// it is out of range.
pub(super) fn untyped(text: &str) -> Option<Value> {
    match text.parse::<i64>() {
        Ok(integer) => Some(integer.into()),
        Err(_) => Some(number(float(text)?)),
    }
}

/// A number as it is written, point and all; `None` if it is out of range.
pub(super) fn raw(text: &str) -> Option<Value> {
    match text.parse::<i64>() {
        Ok(integer) => Some(integer.into()),
        Err(_) => Number::from_f64(float(text)?).map(Value::Number),
    }
}

/// A float; `None` if it is out of range.
pub(super) fn float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A float as Go writes it: without a point if it is whole.
pub(super) fn number(value: f64) -> Value {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= WHOLE && !(value == 0.0 && value.is_sign_negative()) {
        #[allow(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A number as Go writes it.
pub(super) fn text(number: &Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        // Go writes the exponent with a sign: 1e+21.
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        };
    }
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let texts = ["1", "1.5", "100000000000000000000", "1e+21", "1e-7", "0.000001", "-0"];
        let values = [1.0, 1.5, 1e20, 1e21, 1e-7, 1e-6, -0.0];
        for (value, expected) in values.into_iter().zip(texts) {
            assert_eq!(text(&Number::from_f64(value).unwrap()), expected);
        }
        assert_eq!(untyped("9223372036854775807"), Some(json!(i64::MAX)));
        assert_eq!(untyped("1e3"), Some(json!(1000)));
        assert_eq!(untyped("1e999"), None);
    }
}
