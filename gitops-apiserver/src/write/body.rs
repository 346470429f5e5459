//! Reading the object of a request.

use super::Write;
use crate::{
    kind::Decoded,
    status::{Status, quote},
};
use serde_json::Value;

impl Write<'_> {
    /// The object of a creation or an update, with defaults. `word` is how the server prints the
    /// versions that it expects.
    pub(super) fn object(&mut self) -> Result<Value, Status> {
        let (value, mut strict) =
            decode_body(self.call.content_type(), &self.call.body, self.kind.media_types())
                .map_err(|error| error.status(&self.kind.info.kind))?;
        let kind = self.kind;
        let text =
            |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (mut api_version, mut of) = (text("apiVersion"), text("kind"));
        if kind.model.is_custom() {
            if of.is_empty() {
                let data = String::from_utf8_lossy(&self.call.body).into_owned();
                return Err(unrecognized(
                    &kind.info.kind,
                    &format!("Object 'Kind' is missing in '{data}'"),
                    &self.call.body,
                ));
            }
        } else {
            if api_version.is_empty() {
                api_version.clone_from(&kind.api_version);
            }
            if of.is_empty() {
                of.clone_from(&kind.info.kind);
            }
        }
        if api_version != kind.api_version {
            return Err(Status::bad_request(format!(
                "the API version in the data ({api_version}) does not match the expected API version ({})",
                kind.api_version
            )));
        }
        let version = &kind.info.version;
        let refuse = |why: &str| {
            Status::bad_request(format!(
                "{of} in version {} cannot be handled as a {}: {why}",
                quote(version),
                kind.info.kind
            ))
        };
        if of != kind.info.kind {
            return Err(refuse(&format!(
                "converting ({version}.{of}) to ({}.{}): unknown conversion",
                if kind.group().is_empty() {
                    "core"
                } else {
                    kind.group().split('.').next().unwrap_or_default()
                },
                kind.info.kind
            )));
        }
        let mut value = value;
        if let Some(map) = value.as_object_mut() {
            map.insert("apiVersion".to_owned(), api_version.into());
            map.insert("kind".to_owned(), of.clone().into());
        }
        let Decoded { object, strict: more } =
            kind.model.decode(value).map_err(|why| refuse(&why))?;
        strict.extend(more);
        self.strict(strict, |found| refuse(&format!("strict decoding error: {found}")))?;
        Ok(object)
    }
}

/// Why a body can't be read.
pub(crate) enum BodyError {
    /// Its media type is not spoken.
    Status(Status),
    /// It is broken; the decoder's words, and the start of the body.
    Broken(String, String),
}

impl BodyError {
    /// As the server answers where it expects an object of a kind.
    pub(crate) fn status(self, kind: &str) -> Status {
        match self {
            BodyError::Status(status) => status,
            BodyError::Broken(why, summary) => Status::bad_request(format!(
                "the object provided is unrecognized (must be of type {kind}): {why} ({summary})"
            )),
        }
    }
}

fn unrecognized(kind: &str, why: &str, body: &[u8]) -> Status {
    BodyError::Broken(why.to_owned(), summary(body)).status(kind)
}

/// Reads a body; also tells which fields are there twice.
pub(crate) fn decode_body(
    content_type: &str,
    body: &[u8],
    accepted: &[&str],
) -> Result<(Value, Vec<String>), BodyError> {
    let broken = |why: String| BodyError::Broken(why, summary(body));
    let media = if content_type.is_empty() { "application/json" } else { content_type };
    if !accepted.contains(&media) {
        return Err(BodyError::Status(Status::unsupported_media_type(accepted)));
    }
    match media {
        "application/yaml" => {
            let value =
                serde_saphyr::from_slice(body).map_err(|error| broken(error.to_string()))?;
            Ok((value, Vec::new()))
        }
        _ => {
            let value = serde_json::from_slice(body).map_err(|error| broken(error.to_string()))?;
            Ok((value, Vec::new()))
        }
    }
}

/// The start of a body, as the server shows it: as text if it may be JSON, else in hex.
fn summary(body: &[u8]) -> String {
    const SHOWN: usize = 30;
    let start = body.get(..SHOWN).unwrap_or(body);
    let more = if body.len() > SHOWN { " ..." } else { "" };
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(start)),
        Some(_) => {
            let hex: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}{more}")
        }
    }
}
