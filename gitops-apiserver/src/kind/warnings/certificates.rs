//! Certificates, as far as it takes to know their keys.
//!
//! The texts of names and what extensions say are not read, nor whether a point is on its curve.

use super::{
    der::{BOOLEAN, Der, OCTETS, SET, TIME, UTC_TIME, part},
    keys::{CURVES, ED25519, ELLIPTIC, Key, RSA, Read},
};
use chrono::NaiveDateTime;

/// The key of a certificate, with what is around it in the order in which Go reads it.
pub(super) fn public_key(bytes: &[u8]) -> Read<Key<'_>> {
    let mut outer = Der(bytes);
    let mut certificate = outer.sequence().ok_or("x509: malformed certificate")?;
    let mut signed = certificate.sequence().ok_or("x509: malformed tbs certificate")?;
    let version = version(&mut signed)?;
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
    time(&mut validity)?;
    time(&mut validity)?;
    name(&mut signed)?;
    let mut info = signed.sequence().ok_or("x509: malformed spki")?;
    let by = info.sequence().ok_or("x509: malformed public key algorithm identifier")?;
    let by = algorithm(by)?;
    let key = info.bits().ok_or("x509: malformed subjectPublicKey")?;
    let key = public(by, key)?;
    if version > 0 {
        unique_ids(&mut signed)?;
    }
    if version == 2 {
        extensions(&mut signed)?;
    }
    certificate.bits().ok_or("x509: malformed signature")?;
    if outer.is_empty() { Ok(key) } else { Err("x509: trailing data") }
}

/// The version, counted from 0.
fn version(signed: &mut Der<'_>) -> Read<u8> {
    const MALFORMED: &str = "x509: malformed version";
    if signed.tag() != Some(part(0)) {
        return Ok(0);
    }
    let mut inner = Der(signed.any().ok_or(MALFORMED)?);
    match inner.integer().filter(|_| inner.is_empty()) {
        Some([version @ 0..=2]) => Ok(*version),
        Some([first, ..]) if first & 0x80 == 0 => Err("x509: invalid version"),
        _ => Err(MALFORMED),
    }
}

/// An algorithm and its parameters.
pub(super) fn algorithm(mut identifier: Der<'_>) -> Read<(&[u8], &[u8])> {
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

fn time(validity: &mut Der<'_>) -> Read<()> {
    let (malformed, year) = match validity.tag() {
        Some(UTC_TIME) => ("x509: malformed UTCTime", "%y"),
        Some(TIME) => ("x509: malformed GeneralizedTime", "%Y"),
        _ => return Err("x509: unsupported time format"),
    };
    let text = validity.any().ok_or(malformed)?;
    let text = str::from_utf8(text).ok().filter(|text| is_time(text, year));
    text.map(|_| ()).ok_or(malformed)
}

/// A time to the second, or with a short year also to the minute, and where it is told.
fn is_time(text: &str, year: &str) -> bool {
    let plain = text.strip_suffix('Z').or_else(|| {
        let (plain, zone) = text.split_at_checked(text.len().checked_sub(5)?)?;
        let shift = zone.strip_prefix(['+', '-'])?;
        // None is written as Z.
        let valid = shift != "0000" && is_number(shift, 0, 24) && is_number(shift, 2, 59);
        valid.then_some(plain)
    });
    let seconds =
        if year == "%Y" || plain.is_some_and(|plain| plain.len() > 10) { "%S" } else { "" };
    let length = if year == "%Y" { 14 } else { 10 + seconds.len() };
    plain.is_some_and(|plain| {
        plain.len() == length
            && plain.bytes().all(|byte| byte.is_ascii_digit())
            && (seconds.is_empty() || is_number(plain, length - 2, 59))
            && NaiveDateTime::parse_from_str(plain, &format!("{year}%m%d%H%M{seconds}")).is_ok()
    })
}

/// Whether there are two digits of a number that is not too large.
fn is_number(text: &str, at: usize, most: u8) -> bool {
    let digits = text.get(at..at + 2).filter(|two| two.bytes().all(|one| one.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).is_some_and(|number: u8| number <= most)
}

fn unique_ids(signed: &mut Der<'_>) -> Read<()> {
    for (tag, malformed) in
        [(0x81, "x509: malformed issuerUniqueID"), (0x82, "x509: malformed subjectUniqueID")]
    {
        if signed.tag() == Some(tag) {
            signed.any().ok_or(malformed)?;
        }
    }
    Ok(())
}

/// Extensions by their form. What they say is not read.
fn extensions(signed: &mut Der<'_>) -> Read<()> {
    const MALFORMED: &str = "x509: malformed extensions";
    if signed.tag() != Some(part(3)) {
        return Ok(());
    }
    let mut all = signed.any().and_then(|all| Der(all).sequence()).ok_or(MALFORMED)?;
    while !all.is_empty() {
        let mut extension = all.sequence().ok_or("x509: malformed extension")?;
        extension.oid().ok_or("x509: malformed extension OID field")?;
        if extension.tag() == Some(BOOLEAN) {
            let flag = extension.any().filter(|flag| matches!(flag, [0 | 0xff]));
            flag.ok_or("x509: malformed extension critical field")?;
        }
        extension.next(OCTETS).ok_or("x509: malformed extension value field")?;
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

pub(super) fn is_positive(number: &[u8]) -> bool {
    !matches!(number, [] | [0] | [0x80..=0xff, ..])
}
