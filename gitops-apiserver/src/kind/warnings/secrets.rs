//! Secrets with a certificate and a key that don't fit each other.
//!
//! Of certificates the frame and the key are read; names, times and extensions are not. A key of an
//! elliptic curve is known by the point that it comes with; one of Ed25519 fits any.

use super::{
    der::{Der, OCTETS, SET, TIME, UTC_TIME, part},
    pem::{self, Block},
};
use crate::builtin::defaults::field;
use base64::Engine as _;
use num_bigint::{BigInt, Sign};
use serde_json::Value;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
/// Those that Go knows: P-224, P-256, P-384 and P-521.
const CURVES: [&[u8]; 4] = [
    &[0x2b, 0x81, 0x04, 0x00, 0x21],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    &[0x2b, 0x81, 0x04, 0x00, 0x22],
    &[0x2b, 0x81, 0x04, 0x00, 0x23],
];

/// A public key, or that of a private one.
enum Key<'d> {
    Rsa { modulus: &'d [u8], exponent: &'d [u8] },
    Elliptic { curve: &'d [u8], point: Option<&'d [u8]> },
    Ed25519,
    Other,
}

/// Why something is no certificate or key.
type Read<T> = Result<T, &'static str>;

/// The warning for a Secret.
pub(super) fn of(object: &Value) -> Option<String> {
    if field::text(object, "type") != "kubernetes.io/tls" {
        return None;
    }
    let data = |key: &str| {
        let text = object.get("data")?.get(key)?.as_str()?;
        base64::engine::general_purpose::STANDARD.decode(text).ok()
    };
    let certificates = pem::blocks(&data("tls.crt").unwrap_or_default());
    let keys = pem::blocks(&data("tls.key").unwrap_or_default());
    pair(&certificates, &keys).err()
}

/// Checks that the first certificate and the first key are of each other.
fn pair(certificates: &[Block], keys: &[Block]) -> Result<(), String> {
    let is_key =
        |block: &&Block| block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY");
    let certificate = certificates.iter().find(|block| block.label == "CERTIFICATE");
    let certificate = certificate.ok_or_else(|| no_certificate(certificates))?;
    let key = keys.iter().find(is_key).ok_or_else(|| no_key(keys))?;
    let public = public_key(&certificate.bytes)?;
    let private = private_key(&key.bytes)?;
    let fits = match (&public, &private) {
        (Key::Other, _) => return Err("tls: unknown public key algorithm".to_owned()),
        (
            Key::Rsa { modulus, exponent },
            Key::Rsa { modulus: other_modulus, exponent: other_exponent },
        ) => modulus == other_modulus && exponent == other_exponent,
        (Key::Elliptic { curve, point }, Key::Elliptic { curve: other, point: its }) => {
            curve == other && (its.is_none() || point == its)
        }
        (Key::Ed25519, Key::Ed25519) => true,
        _ => return Err("tls: private key type does not match public key type".to_owned()),
    };
    fits.then_some(()).ok_or_else(|| "tls: private key does not match public key".to_owned())
}

fn labels(blocks: &[Block]) -> String {
    let labels: Vec<&str> = blocks.iter().map(|block| &*block.label).collect();
    labels.join(" ")
}

fn no_certificate(found: &[Block]) -> String {
    let why = match found {
        [] => "failed to find any PEM data in certificate input".to_owned(),
        [one] if one.label.ends_with("PRIVATE KEY") => "failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned(),
        _ => format!("failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]", labels(found)),
    };
    format!("tls: {why}")
}

fn no_key(found: &[Block]) -> String {
    let why = match found {
        [] => "failed to find any PEM data in key input".to_owned(),
        [one] if one.label == "CERTIFICATE" => {
            "found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        _ => format!(
            "failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]",
            labels(found)
        ),
    };
    format!("tls: {why}")
}

/// The key of a certificate, with what is around it in the order in which Go reads it.
fn public_key(bytes: &[u8]) -> Read<Key<'_>> {
    let mut outer = Der(bytes);
    let mut certificate = outer.sequence().ok_or("x509: malformed certificate")?;
    let mut signed = certificate.sequence().ok_or("x509: malformed tbs certificate")?;
    version(&mut signed)?;
    let serial = signed.integer().ok_or("x509: malformed serial number")?;
    if serial.first().is_some_and(|first| first & 0x80 != 0) {
        return Err("x509: negative serial number");
    }
    let inner = signed.sequence().ok_or("x509: malformed signature algorithm identifier")?;
    let by = certificate.sequence().ok_or("x509: malformed algorithm identifier")?;
    if inner.0 != by.0 {
        return Err("x509: inner and outer signature algorithm identifiers don't match");
    }
    algorithm(inner)?;
    name(&mut signed)?;
    let mut validity = signed.sequence().ok_or("x509: malformed validity")?;
    for _ in 0..2 {
        let malformed = match validity.tag() {
            Some(UTC_TIME) => "x509: malformed UTCTime",
            Some(TIME) => "x509: malformed GeneralizedTime",
            _ => return Err("x509: unsupported time format"),
        };
        validity.any().ok_or(malformed)?;
    }
    name(&mut signed)?;
    let mut info = signed.sequence().ok_or("x509: malformed spki")?;
    let by = info.sequence().ok_or("x509: malformed public key algorithm identifier")?;
    let by = algorithm(by)?;
    let key = info.bits().ok_or("x509: malformed subjectPublicKey")?;
    let key = public(by, key)?;
    certificate.bits().ok_or("x509: malformed signature")?;
    if outer.is_empty() { Ok(key) } else { Err("x509: trailing data") }
}

fn version(signed: &mut Der<'_>) -> Read<()> {
    const MALFORMED: &str = "x509: malformed version";
    if signed.tag() != Some(part(0)) {
        return Ok(());
    }
    let mut inner = Der(signed.any().ok_or(MALFORMED)?);
    match inner.integer().filter(|_| inner.is_empty()) {
        Some([0..=2]) => Ok(()),
        Some([first, ..]) if first & 0x80 == 0 => Err("x509: invalid version"),
        _ => Err(MALFORMED),
    }
}

/// An algorithm and its parameters.
fn algorithm(mut identifier: Der<'_>) -> Read<(&[u8], &[u8])> {
    let id = identifier.oid().ok_or("x509: malformed OID")?;
    let parameters = identifier.0;
    if !identifier.is_empty() {
        identifier.any().ok_or("x509: malformed parameters")?;
    }
    let length = parameters.len() - identifier.0.len();
    Ok((id, parameters.get(..length).unwrap_or_default()))
}

fn name(signed: &mut Der<'_>) -> Read<()> {
    let mut name = signed.sequence().ok_or("x509: malformed issuer")?;
    while !name.is_empty() {
        let mut set = Der(name.next(SET).ok_or("x509: invalid RDNSequence")?);
        while !set.is_empty() {
            let attribute = set.sequence();
            let mut attribute = attribute.ok_or("x509: invalid RDNSequence: invalid attribute")?;
            attribute.oid().ok_or("x509: invalid RDNSequence: invalid attribute type")?;
            attribute.any().ok_or("x509: invalid RDNSequence: invalid attribute value")?;
        }
    }
    Ok(())
}

fn public<'d>((id, parameters): (&[u8], &'d [u8]), key: &'d [u8]) -> Read<Key<'d>> {
    match id {
        RSA if parameters != [5, 0] => Err("x509: RSA key missing NULL parameters"),
        RSA => {
            let mut numbers = Der(key).sequence().ok_or("x509: invalid RSA public key")?;
            let modulus = numbers.integer().ok_or("x509: invalid RSA modulus")?;
            let exponent = numbers.integer().ok_or("x509: invalid RSA public exponent")?;
            if !is_positive(modulus) {
                return Err("x509: RSA modulus is not a positive number");
            }
            if !is_positive(exponent) {
                return Err("x509: RSA public exponent is not a positive number");
            }
            Ok(Key::Rsa { modulus, exponent })
        }
        ELLIPTIC => {
            let curve = Der(parameters).oid().ok_or("x509: invalid ECDSA parameters")?;
            let known = CURVES.contains(&curve);
            let key = Key::Elliptic { curve, point: Some(key) };
            known.then_some(key).ok_or("x509: unsupported elliptic curve")
        }
        ED25519 if !parameters.is_empty() => {
            Err("x509: Ed25519 key encoded with illegal parameters")
        }
        ED25519 if key.len() != 32 => Err("x509: wrong Ed25519 public key size"),
        ED25519 => Ok(Key::Ed25519),
        _ => Ok(Key::Other),
    }
}

fn is_positive(number: &[u8]) -> bool {
    !matches!(number, [] | [0] | [0x80..=0xff, ..])
}

/// A private key in one of the three forms that Go reads.
fn private_key(bytes: &[u8]) -> Read<Key<'_>> {
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
    let number = |bytes: &[u8]| BigInt::from_bytes_be(Sign::Plus, bytes);
    let product = number(private) * number(exponent);
    let one = BigInt::from(1);
    let mut factors = [first, second].into_iter().map(number);
    let valid = [modulus, exponent, private, first, second].into_iter().all(is_positive)
        && number(first) * number(second) == number(modulus)
        && factors.all(|factor| factor > one && &product % (factor - &one) == one);
    valid.then_some(Key::Rsa { modulus, exponent })
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
