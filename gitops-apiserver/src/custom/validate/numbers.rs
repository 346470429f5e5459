//! Limits of numbers.

use super::problem::{Found, Problem};
use crate::custom::{schema::Limits, wording};
use serde_json::Number;

/// Checks that a number, and the limits themselves, fit the type and format, then the limits.
pub(super) fn number(
    number: &Number,
    limits: &Limits,
    types: &[&str],
    format: &str,
    at: &str,
) -> Found {
    let value = match number.as_i64() {
        Some(integer) => Num::Integer(integer),
        // Beyond 64 bits with a sign the server has a float too.
        None => Num::Float(number.as_f64().unwrap_or(f64::NAN)),
    };
    let kind = match types {
        [kind @ ("integer" | "number")] => kind,
        _ => "",
    };
    let format = match (kind, format) {
        ("integer", "int32" | "int64") | ("number", "float" | "double") => format,
        _ => "",
    };
    let range = Range { kind, format, at };
    let mut found = Found::default();
    range.check(value, "Checked", &mut found);
    if let Some(factor) = limits.multiple_of {
        let fits = range.check(Num::Float(factor), "MultipleOf", &mut found);
        multiple(value, factor, fits, at, &mut found);
    }
    // The order of the server's answer: the minimum goes before the maximum.
    if let Some(limit) = limits.minimum {
        let fits = range.check(Num::Float(limit), "Minimum boundary", &mut found);
        let bound = Bound { limit, exclusive: limits.exclusive_minimum, greater: true };
        bound.check(value, fits, at, &mut found);
    }
    if let Some(limit) = limits.maximum {
        let fits = range.check(Num::Float(limit), "Maximum boundary", &mut found);
        let bound = Bound { limit, exclusive: limits.exclusive_maximum, greater: false };
        bound.check(value, fits, at, &mut found);
    }
    found.matches += 1;
    found
}

#[derive(Clone, Copy)]
enum Num {
    Integer(i64),
    Float(f64),
}

impl Num {
    #[allow(clippy::cast_precision_loss, reason = "as the server converts")]
    fn float(self) -> f64 {
        match self {
            Num::Integer(integer) => integer as f64,
            Num::Float(float) => float,
        }
    }

    /// As it is compared with a limit, and shown: one that doesn't fit the type makes both floats.
    fn beside(self, limit_fits: bool) -> Self {
        if limit_fits { self } else { Num::Float(self.float()) }
    }

    fn text(self) -> String {
        match self {
            Num::Integer(integer) => integer.to_string(),
            Num::Float(float) => wording::plain_float(float),
        }
    }

    fn bad(self) -> crate::status::Bad {
        crate::status::Bad::Text(self.text())
    }
}

struct Range<'a> {
    kind: &'a str,
    format: &'a str,
    at: &'a str,
}

impl Range<'_> {
    fn check(&self, value: Num, what: &str, found: &mut Found) -> bool {
        let fits = match (self.kind, self.format) {
            ("integer", "int32") => {
                integer(value).is_some_and(|value| i32::try_from(value).is_ok())
            }
            ("integer", _) => integer(value).is_some(),
            (_, "float") => value.float().abs() <= f64::from(f32::MAX),
            _ => true,
        };
        if !fits {
            let format = match self.format {
                "" => "(default format)".to_owned(),
                format => format!("with format {format}"),
            };
            let (kind, at) = (self.kind, self.at);
            let text = format!("{what} value must be of type {kind} {format} in {at}");
            found.add(Problem::plain(text));
        }
        fits
    }
}

/// The value if it is whole and has 64 bits.
#[allow(clippy::cast_possible_truncation, reason = "checked before")]
fn integer(value: Num) -> Option<i64> {
    match value {
        Num::Integer(integer) => Some(integer),
        Num::Float(float) => {
            let fits = float.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&float);
            fits.then_some(float as i64)
        }
    }
}

struct Bound {
    limit: f64,
    exclusive: bool,
    /// Whether values must be greater, not less.
    greater: bool,
}

impl Bound {
    #[allow(clippy::cast_possible_truncation, reason = "as the server converts limits")]
    fn check(&self, value: Num, fits: bool, at: &str, found: &mut Found) {
        let value = value.beside(fits);
        let (broken, limit) = match value {
            Num::Integer(integer) => {
                let limit = self.limit as i64;
                (self.broken(integer.cmp(&limit).is_lt(), integer == limit), limit.to_string())
            }
            Num::Float(value) => {
                let broken = self.broken(value < self.limit, value == self.limit);
                // What is not a number breaks nothing.
                (broken && !value.is_nan(), wording::plain_float(self.limit))
            }
        };
        if broken {
            let than = match (self.greater, self.exclusive) {
                (true, true) => "greater than",
                (true, false) => "greater than or equal to",
                (false, true) => "less than",
                (false, false) => "less than or equal to",
            };
            found.add(Problem::invalid(at, value.bad(), &format!("should be {than} {limit}")));
        }
    }

    fn broken(&self, less: bool, same: bool) -> bool {
        if same { self.exclusive } else { less == self.greater }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "as the server converts limits")]
fn multiple(value: Num, factor: f64, fits: bool, at: &str, found: &mut Found) {
    let value = value.beside(fits);
    let (is_multiple, shown) = match value {
        Num::Integer(integer) => {
            let factor = factor as i64;
            let is_multiple = (factor > 0).then(|| integer % factor == 0);
            (is_multiple, factor.to_string())
        }
        Num::Float(value) => {
            let times = if factor < 1.0 { 1.0 / factor * value } else { value / factor };
            ((factor > 0.0).then(|| nearly_whole(times)), wording::plain_float(factor))
        }
    };
    match is_multiple {
        Some(true) => {}
        Some(false) => {
            let what = format!("should be a multiple of {shown}");
            found.add(Problem::invalid(at, value.bad(), &what));
        }
        None => {
            let text = format!("factor MultipleOf declared for {at} must be positive: {shown}");
            let bad = crate::status::Bad::Text(shown);
            found.add(Problem::worded(at, bad, text));
        }
    }
}

/// Whether a float is an integer but for rounding, and one that floats can tell from its
/// neighbours: the rule of go-openapi's `IsFloat64AJSONInteger`.
pub(super) fn nearly_whole(float: f64) -> bool {
    const SAFE: f64 = 9_007_199_254_740_991.0;
    if !float.is_finite() || float.abs() > SAFE {
        return false;
    }
    let whole = float.round();
    float == whole || (float - whole).abs() < 1e-9 * whole.abs()
}
