//! Quantities, such as `500m` and `1.5Gi`: amounts of resources.

mod decimal;
mod parse;
mod suffix;

use num_bigint::{BigInt, Sign};
use std::{cmp::Ordering, fmt};

/// The smallest power of ten that a quantity keeps.
const NANO: i32 = -9;

/// Why a text is no quantity, in the server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It has not the form of one.
    #[error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Format,
    /// There is no number in it.
    #[error("unable to parse numeric part of quantity")]
    Number,
    /// Its suffix is unknown.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// How a quantity is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `12e6`
    DecimalExponent,
    /// `12Mi`
    BinarySi,
    /// `12M`
    DecimalSi,
}

/// An amount of a resource, exact, that remembers how it was written.
///
/// Equality and order are those of the amounts: `1 == 1000m`.
#[derive(Debug, Clone)]
pub struct Quantity {
    mantissa: BigInt,
    /// To the base 10.
    exponent: i32,
    format: Format,
    /// The text it was read from, where the server writes the same again.
    text: Option<String>,
    /// Whether the server holds it in 64 bits.
    small: bool,
}

impl Quantity {
    /// Reads a quantity.
    ///
    /// # Errors
    /// If the text is none. Fractions below nano are rounded away from zero.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse::parse(text)
    }

    /// `mantissa * 10^exponent`.
    pub fn new(mantissa: i64, exponent: i32, format: Format) -> Self {
        Quantity { mantissa: mantissa.into(), exponent, format, text: None, small: true }
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        match self.mantissa.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        }
    }

    /// The amount, if it is whole and the server holds it in 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        if !self.small || self.exponent < 0 {
            return None;
        }
        let value = i64::try_from(&self.mantissa).ok()?;
        if value == 0 {
            return Some(0);
        }
        value.checked_mul(10i64.checked_pow(u32::try_from(self.exponent).ok()?)?)
    }

    /// The amount in units of `10^scale`, rounded away from zero; `None` if 64 bits can't hold it.
    pub fn scaled(&self, scale: i32) -> Option<i64> {
        let (mantissa, exponent, _) =
            decimal::round_up(self.mantissa.clone(), self.exponent, scale);
        let value = i64::try_from(mantissa).ok()?;
        if value == 0 {
            return Some(0);
        }
        let up = u32::try_from(i64::from(exponent) - i64::from(scale)).ok()?;
        value.checked_mul(10i64.checked_pow(up)?)
    }

    /// Rounds away from zero to a multiple of `10^scale`, and whether that changed nothing.
    pub fn round_up(&mut self, scale: i32) -> bool {
        if self.small && self.exponent >= scale {
            return true;
        }
        let mantissa = std::mem::take(&mut self.mantissa);
        let (mantissa, exponent, exact) = decimal::round_up(mantissa, self.exponent, scale);
        (self.mantissa, self.exponent, self.text) = (mantissa, exponent, None);
        exact
    }

    /// The sum, written as `self` is, or as `other` if `self` is zero; `None` if the amounts are
    /// too many powers apart.
    pub fn plus(&self, other: &Quantity) -> Option<Quantity> {
        let format = if self.sign() == 0 { other.format } else { self.format };
        let (mantissa, exponent) =
            decimal::add(&self.mantissa, self.exponent, &other.mantissa, other.exponent)?;
        let small = self.small && other.small && i64::try_from(&mantissa).is_ok();
        Some(Quantity { mantissa, exponent, format, text: None, small })
    }

    /// The difference; as [`plus`](Self::plus).
    pub fn minus(&self, other: &Quantity) -> Option<Quantity> {
        let negated = Quantity { mantissa: -other.mantissa.clone(), ..other.clone() };
        self.plus(&negated)
    }

    /// Nearly the amount.
    pub fn approximate(&self) -> f64 {
        format!("{}e{}", self.mantissa, self.exponent).parse().unwrap_or(f64::NAN)
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        decimal::compare(&self.mantissa, self.exponent, &other.mantissa, other.exponent)
    }
}

/// The canonical form: no fraction, the largest suffix that loses nothing.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        if self.sign() == 0 {
            return f.write_str("0");
        }
        if self.format == Format::BinarySi && !self.is_below(1024) {
            let (whole, exponent, exact) =
                decimal::round_up(self.mantissa.clone(), self.exponent, 0);
            // Beyond that, no binary suffix is of use.
            const MAX: u32 = 10_000;
            if exact && let Some(up) = u32::try_from(exponent).ok().filter(|up| *up < MAX) {
                let whole = whole * BigInt::from(10).pow(up);
                let (number, times) = decimal::without_factors(whole, 1024);
                return write!(f, "{number}{}", suffix::write_binary(times * 10));
            }
        }
        // Binary ones that lose something are written as decimals.
        let format = match self.format {
            Format::BinarySi => Format::DecimalSi,
            format => format,
        };
        let (mut number, times) = decimal::without_factors(self.mantissa.clone(), 10);
        let mut exponent = self.exponent.saturating_add(times);
        while exponent % 3 != 0 {
            number *= 10;
            exponent -= 1;
        }
        write!(f, "{number}{}", suffix::write_decimal(exponent, format))
    }
}

impl Quantity {
    fn is_below(&self, bound: i64) -> bool {
        let bound = BigInt::from(bound);
        decimal::compare(&self.mantissa, self.exponent, &bound, 0).is_lt()
            && decimal::compare(&self.mantissa, self.exponent, &-bound, 0).is_gt()
    }
}
