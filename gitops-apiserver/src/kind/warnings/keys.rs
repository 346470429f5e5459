//! Private keys, and what there is to know of them.

use super::{
    certificates::{algorithm, is_positive},
    der::{Der, OCTETS, part},
};
use num_bigint::{BigInt, Sign};

pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(super) const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
pub(super) const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
/// Those that Go knows: P-224, P-256, P-384 and P-521.
pub(super) const CURVES: [&[u8]; 4] = [
    &[0x2b, 0x81, 0x04, 0x00, 0x21],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    &[0x2b, 0x81, 0x04, 0x00, 0x22],
    &[0x2b, 0x81, 0x04, 0x00, 0x23],
];

/// A public key, or that of a private one.
pub(super) enum Key<'d> {
    Rsa { modulus: &'d [u8], exponent: &'d [u8] },
    Elliptic { curve: &'d [u8], point: Option<&'d [u8]> },
    Ed25519,
    Other,
}

/// Why something is no certificate or key.
pub(super) type Read<T> = Result<T, &'static str>;

/// A private key in one of the three forms that Go reads.
pub(super) fn private_key(bytes: &[u8]) -> Read<Key<'_>> {
    const UNKNOWN: &str = "tls: found unknown private key type in PKCS#8 wrapping";
    match rsa(bytes).or_else(|| wrapped(bytes)).or_else(|| elliptic(bytes, None)) {
        Some(Key::Other) => Err(UNKNOWN),
        Some(key) => Ok(key),
        None => Err("tls: failed to parse private key"),
    }
}

/// The only value of a text.
fn whole(bytes: &[u8]) -> Option<Der<'_>> {
    let mut outer = Der(bytes);
    outer.sequence().filter(|_| outer.is_empty())
}

fn rsa(bytes: &[u8]) -> Option<Key<'_>> {
    let mut numbers = whole(bytes)?;
    let mut next = || numbers.integer();
    if next()? != [0] {
        return None;
    }
    let (modulus, exponent, private) = (next()?, next()?, next()?);
    let (first, second) = (next()?, next()?);
    // What is worked out of them, if it is there.
    let rest = [next(), next(), next()];
    let number = |bytes: &[u8]| BigInt::from_bytes_be(Sign::Plus, bytes);
    let one = BigInt::from(1);
    let (p, q, d) = (number(first), number(second), number(private));
    let product = &d * number(exponent);
    let known = [modulus, exponent, private, first, second].into_iter();
    let valid = known.chain(rest.into_iter().flatten()).all(is_positive)
        && &p * &q == number(modulus)
        && [&p, &q].into_iter().all(|factor| *factor > one && &product % (factor - &one) == one);
    let [dp, dq, inverse] = rest.map(|value| value.map(number));
    let fits = || {
        dp.is_none_or(|dp| dp == &d % (&p - &one))
            && dq.is_none_or(|dq| dq == &d % (&q - &one))
            && inverse.is_none_or(|inverse| (inverse * &q) % &p == one)
    };
    (valid && fits()).then_some(Key::Rsa { modulus, exponent })
}

/// A key of any kind with its algorithm.
fn wrapped(bytes: &[u8]) -> Option<Key<'_>> {
    let mut info = whole(bytes)?;
    info.integer()?;
    let (id, parameters) = algorithm(info.sequence()?).ok()?;
    let key = info.next(OCTETS)?;
    let short = || Der(key).next(OCTETS).filter(|seed| seed.len() == 32);
    match id {
        RSA => rsa(key),
        ELLIPTIC => elliptic(key, Der(parameters).oid()),
        ED25519 => short().map(|_| Key::Ed25519),
        X25519 => short().map(|_| Key::Other),
        _ => None,
    }
}

fn elliptic<'d>(bytes: &'d [u8], curve: Option<&'d [u8]>) -> Option<Key<'d>> {
    let mut key = whole(bytes)?;
    if key.integer()? != [1] {
        return None;
    }
    key.next(OCTETS)?;
    let mut of = |number: u8| (key.tag() == Some(part(number))).then(|| key.any()).flatten();
    let named = of(0).and_then(|named| Der(named).oid());
    let point = of(1).and_then(|point| Der(point).bits());
    let curve = curve.or(named).filter(|curve| CURVES.contains(curve))?;
    Some(Key::Elliptic { curve, point })
}
