//! Names of container images, as far as the pull policy depends on them.

/// The pull policy of an image that names none: a moving tag is always pulled.
///
/// A name without tag and digest has the tag `latest`; a name that can't be parsed has none, as in
/// `github.com/distribution/reference`.
pub(super) fn pull_policy(image: &str) -> &'static str {
    if tag(image).is_some_and(|tag| tag == "latest") { "Always" } else { "IfNotPresent" }
}

fn tag(image: &str) -> Option<&str> {
    let is_id = image.len() == 64 && image.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_id {
        return None;
    }
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let path_at = name.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match name.get(path_at..)?.find(':') {
        Some(colon) => (name.get(..path_at + colon)?, name.get(path_at + colon + 1..)),
        None => (name, None),
    };
    let fine = is_repository(repository) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    match (fine, tag, digest) {
        (false, ..) | (true, None, Some(_)) => None,
        (true, Some(tag), _) => Some(tag),
        (true, None, None) => Some("latest"),
    }
}

/// An optional host, then path components.
fn is_repository(name: &str) -> bool {
    let path = match name.split_once('/') {
        Some((host, path)) if is_host(host) => path,
        _ => name,
    };
    !path.is_empty() && path.split('/').all(is_component) && path.len() <= 255
}

/// The first component is a host if it has a dot or a port, is `localhost`, or has upper case.
fn is_host(first: &str) -> bool {
    let looks_like = first.contains(['.', ':'])
        || first == "localhost"
        || first.bytes().any(|b| b.is_ascii_uppercase());
    let (name, port) = match first.rsplit_once(':') {
        Some((name, port)) if !first.ends_with(']') => (name, Some(port)),
        _ => (first, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let bracketed = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|v6| !v6.is_empty() && v6.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'));
    looks_like
        && (bracketed || name.split('.').all(label))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Lower-case letters and digits, joined by one dot, one or two underscores, or any dashes.
fn is_component(component: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = component.bytes().next().zip(component.bytes().last());
    let joined = component
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|b| b == b'-'));
    ends.is_some_and(|(first, last)| alphanumeric(first) && alphanumeric(last)) && joined
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    let lengths = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        lengths.contains(&(algorithm, hex.len()))
            && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}
