//! Secrets without a certificate or without its key. What the blocks of PEM have in them is not
//! looked at: neither whether it can be read, nor whether the key is the certificate's.

use crate::builtin::defaults::field;
use base64::Engine as _;
use pem::Pem;
use serde_json::Value;

/// The warning for a Secret.
pub(super) fn of(object: &Value) -> Option<String> {
    if field::text(object, "type") != "kubernetes.io/tls" {
        return None;
    }
    let blocks = |key: &str| -> Vec<Pem> {
        let text = object.get("data").and_then(|data| data.get(key)?.as_str()).unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
        pem::parse_many(bytes).unwrap_or_default()
    };
    let (certificates, keys) = (blocks("tls.crt"), blocks("tls.key"));
    let is_key = |tag: &str| tag == "PRIVATE KEY" || tag.ends_with(" PRIVATE KEY");
    if !certificates.iter().any(|block| block.tag() == "CERTIFICATE") {
        Some(no_certificate(&certificates))
    } else if !keys.iter().any(|block| is_key(block.tag())) {
        Some(no_key(&keys))
    } else {
        None
    }
}

fn labels(blocks: &[Pem]) -> String {
    let labels: Vec<&str> = blocks.iter().map(|block| block.tag()).collect();
    labels.join(" ")
}

fn no_certificate(found: &[Pem]) -> String {
    let why = match found {
        [] => "failed to find any PEM data in certificate input".to_owned(),
        [one] if one.tag().ends_with("PRIVATE KEY") => "failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned(),
        _ => format!("failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]", labels(found)),
    };
    format!("tls: {why}")
}

fn no_key(found: &[Pem]) -> String {
    let why = match found {
        [] => "failed to find any PEM data in key input".to_owned(),
        [one] if one.tag() == "CERTIFICATE" => {
            "found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        _ => format!(
            "failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]",
            labels(found)
        ),
    };
    format!("tls: {why}")
}
