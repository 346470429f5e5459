//! Certificates: names of signers and of bundles.

use super::format;
use super::spot::Spot;
use crate::status::quote;

/// What is wrong with a bundle's name. One with a colon starts with its signer's.
pub(super) fn bundle_name_problems(name: &str, masked: &str) -> Vec<String> {
    // `example.com:signer:name` is a bundle of `example.com/signer`.
    let own = match masked.rsplit_once(':') {
        Some((signer, own)) if signer.contains(':') || name.contains(':') => own,
        _ => masked,
    };
    format::subdomain(own)
}

/// The name of a signer: `example.com/signer`.
pub(super) fn signer_name(at: &Spot) {
    let text = at.text();
    let parts: Vec<&str> = text.split('/').collect();
    let (domain, path) =
        match *parts.as_slice() {
            [""] => return at.required(""),
            [domain, path] => (domain, path),
            _ => return at.invalid(
                "must be a fully qualified domain and path of the form 'example.com/signer-name'",
            ),
        };
    if domain.len() > 253 {
        at.too_long(253);
    }
    let labels = |part: &str, form: format::Format| {
        let bad = part.split('.').map(|label| (label, form(label)));
        if let Some((label, problems)) = bad.into_iter().find(|(_, bad)| !bad.is_empty()) {
            for problem in problems {
                at.invalid_as(part, &format!("validating label {}: {problem}", quote(label)));
            }
        }
    };
    labels(domain, format::label);
    if !domain.contains('.') {
        at.invalid_as(domain, "should be a domain with at least two segments separated by dots");
    }
    labels(path, format::subdomain);
    if text.len() > 253 + 1 + 253 + 1 + 63 {
        at.too_long(253 + 1 + 253 + 1 + 63);
    }
}
