//! Numbers `mantissa * 10^exponent` of any size.
//!
//! Exponents come from clients and may be as large as 2^31: nothing here writes out so many zeros.

use num_bigint::{BigInt, Sign};
use std::cmp::Ordering;

fn power(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}

fn digits(number: &BigInt) -> i64 {
    i64::try_from(number.magnitude().to_string().len()).unwrap_or(i64::MAX)
}

/// Compares two numbers.
pub(super) fn compare(a: &BigInt, a_exponent: i32, b: &BigInt, b_exponent: i32) -> Ordering {
    let signs = a.sign().cmp(&b.sign());
    if signs != Ordering::Equal || a.sign() == Sign::NoSign {
        return signs;
    }
    let (low, high) = (i64::from(a_exponent), i64::from(b_exponent));
    let lengths = (digits(a) + low).cmp(&(digits(b) + high));
    if lengths != Ordering::Equal {
        return if a.sign() == Sign::Minus { lengths.reverse() } else { lengths };
    }
    // Of equal length, the exponents differ by no more than there are digits.
    let base = low.min(high);
    (a * power(low - base)).cmp(&(b * power(high - base)))
}

/// The sum; `None` if the exponents are so far apart that it can't be written.
pub(super) fn add(
    a: &BigInt,
    a_exponent: i32,
    b: &BigInt,
    b_exponent: i32,
) -> Option<(BigInt, i32)> {
    const FAR: i64 = 100_000;
    let base = a_exponent.min(b_exponent);
    let (up_a, up_b) =
        (i64::from(a_exponent) - i64::from(base), i64::from(b_exponent) - i64::from(base));
    (up_a.max(up_b) <= FAR).then(|| (a * power(up_a) + b * power(up_b), base))
}

/// Rounds away from zero to a multiple of `10^scale`, and whether that changed nothing.
pub(super) fn round_up(mantissa: BigInt, exponent: i32, scale: i32) -> (BigInt, i32, bool) {
    let shift = i64::from(scale) - i64::from(exponent);
    if shift <= 0 || mantissa.sign() == Sign::NoSign {
        return (mantissa, exponent, true);
    }
    let unit = if mantissa.sign() == Sign::Minus { -1 } else { 1 };
    if shift > digits(&mantissa) {
        return (BigInt::from(unit), scale, false);
    }
    let divisor = power(shift);
    let quotient = &mantissa / &divisor;
    let exact = &quotient * &divisor == mantissa;
    (if exact { quotient } else { quotient + unit }, scale, exact)
}

/// Takes the factors `factor` out, and how many there were.
pub(super) fn without_factors(mut number: BigInt, factor: u32) -> (BigInt, i32) {
    let factor = BigInt::from(factor);
    let mut times = 0;
    while number.sign() != Sign::NoSign {
        let quotient = &number / &factor;
        if &quotient * &factor != number {
            break;
        }
        number = quotient;
        times += 1;
    }
    (number, times)
}
