//! Secrets with a certificate and a key that don't fit each other.
//!
//! A key of an elliptic curve is known by the point that it comes with; one of Ed25519 fits any.

use super::{
    certificates::public_key,
    keys::{Key, private_key},
    pem::{self, Block},
};
use crate::builtin::defaults::field;
use base64::Engine as _;
use serde_json::Value;

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
