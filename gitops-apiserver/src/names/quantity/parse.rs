//! From text to a quantity.

use super::{Format, NANO, Quantity, QuantityError, decimal, suffix};
use num_bigint::{BigInt, Sign};

/// Digits that surely fit 64 bits.
const FAST_DIGITS: i32 = 18;

/// A quantity's text in parts.
struct Parts<'a> {
    positive: bool,
    /// With the sign.
    value: &'a str,
    /// Before the point, without leading zeros.
    whole: &'a str,
    /// After the point.
    fraction: &'a str,
    suffix: &'a str,
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn split(text: &str) -> Option<Parts<'_>> {
    let positive = !text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let significant = unsigned.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Parts { positive, value: "0", whole: "0", fraction: "", suffix: "" });
    }
    let (whole, rest) = digits(significant);
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    let value = text.strip_suffix(suffix)?;
    let letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let exponent = letters.strip_prefix(['-', '+']).unwrap_or(letters);
    if !exponent.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(Parts { positive, value, whole, fraction, suffix })
}

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    let parts = match text {
        "" => None,
        text => split(text),
    };
    let parts = parts.ok_or(QuantityError::Format)?;
    let (format, power) = suffix::read(parts.suffix).ok_or(QuantityError::Suffix)?;
    match fast(text, &parts, format, power)? {
        Some(quantity) => Ok(quantity),
        None => slow(&parts, format, power),
    }
}

fn count(text: &str) -> i32 {
    i32::try_from(text.len()).unwrap_or(i32::MAX)
}

/// Numbers that fit 64 bits. Those that are canonical, or look so, keep their text: `+5`, `1.500`.
fn fast(
    text: &str,
    parts: &Parts<'_>,
    format: Format,
    power: i32,
) -> Result<Option<Quantity>, QuantityError> {
    let written = count(parts.whole).saturating_add(count(parts.fraction));
    let (precision, scale, factor) = match format {
        Format::BinarySi if parts.fraction.is_empty() => {
            // As many digits as the power has, as the server reckons.
            let of_power = (power as f32 * 3.0 / 10.0) as i32;
            (15 - count(parts.whole) - of_power - 1, 0, 1i64 << power)
        }
        Format::BinarySi => (-1, 0, 1),
        _ => (FAST_DIGITS.saturating_sub(written), power, 1),
    };
    if precision < 0 {
        return Ok(None);
    }
    let scale = scale.wrapping_sub(count(parts.fraction));
    if scale < NANO {
        return Ok(None);
    }
    let shifted = format!("{}{}", parts.whole, parts.fraction);
    let value: i64 = shifted.parse().map_err(|_| QuantityError::Number)?;
    let Some(mantissa) = value.checked_mul(factor) else { return Ok(None) };
    let canonical = match format {
        Format::BinarySi => value & 7 != 0,
        _ => scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0'),
    };
    let mantissa = if parts.positive { mantissa } else { -mantissa };
    Ok(Some(Quantity {
        mantissa: mantissa.into(),
        exponent: scale,
        format,
        text: (canonical || text == "0").then(|| text.to_owned()),
        small: true,
    }))
}

/// All other numbers: rounded away from zero to nano, binary ones capped at 2^63-1.
fn slow(parts: &Parts<'_>, mut format: Format, power: i32) -> Result<Quantity, QuantityError> {
    let (whole, fraction) = match parts.value.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (parts.value, ""),
    };
    let whole = whole.trim_start_matches(['-', '+']);
    let digits = format!("{whole}{fraction}");
    // Without digits, the conversion has nothing to read.
    let mut mantissa: BigInt = digits.parse().map_err(|_| QuantityError::Number)?;
    let mut exponent = count(fraction).wrapping_neg();
    match format {
        Format::BinarySi => mantissa <<= power,
        _ => exponent = exponent.wrapping_add(power),
    }
    if mantissa.sign() != Sign::NoSign {
        (mantissa, exponent, _) = decimal::round_up(mantissa, exponent, NANO);
    }
    if format == Format::BinarySi {
        let max = BigInt::from(i64::MAX);
        if decimal::compare(&mantissa, exponent, &max, 0).is_gt() {
            (mantissa, exponent) = (max, 0);
        }
        let one = BigInt::from(1);
        let fraction = decimal::compare(&mantissa, exponent, &one, 0).is_lt();
        if fraction && mantissa.sign() == Sign::Plus {
            format = Format::DecimalSi;
        }
    }
    if !parts.positive {
        mantissa = -mantissa;
    }
    Ok(Quantity { mantissa, exponent, format, text: None, small: false })
}
