//! The envelope that says which kind its bytes are: four magic bytes, then a `runtime.Unknown`.

use super::{
    DecodeError, Malformed, NotRepresentable, layout, read,
    wire::{LENGTH, Reader, put_bytes},
    write,
};
use crate::status::quote;
use serde_json::Value;

const MAGIC: &[u8] = b"k8s\0";

/// How released servers name their table of types; other builds name another line of their source.
const SCHEME: &str = "pkg/api/legacyscheme/scheme.go:30";

/// What an envelope holds.
#[derive(Default)]
struct Unknown<'a> {
    api_version: &'a [u8],
    kind: &'a [u8],
    raw: &'a [u8],
}

/// The object in a body of type `application/vnd.kubernetes.protobuf`, as the server would print it
/// in JSON, with `apiVersion` and `kind`; where the envelope doesn't say them, those of `default`
/// (API version and kind).
///
/// Fields that nobody knows are left out, bytes that aren't UTF-8 become replacement characters,
/// quantities are as they were written. Linear in the length of the body.
///
/// # Errors
/// A body that isn't an envelope, isn't well formed, is of a kind that isn't built in, or has
/// messages nested more than 128 deep (the real server has no such limit).
pub fn decode(body: &[u8], default: (&str, &str)) -> Result<Value, DecodeError> {
    if body.is_empty() {
        return Err(DecodeError::new("empty data"));
    }
    let Some(data) = body.strip_prefix(MAGIC) else {
        return Err(DecodeError::new(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
        ));
    };
    if data.is_empty() {
        return Err(DecodeError::new("empty body"));
    }
    let unknown = open(data).map_err(|error| DecodeError::new(error.to_string()))?;
    let said = |said: &[u8], default: &str| match said {
        [] => default.to_owned(),
        said => String::from_utf8_lossy(said).into_owned(),
    };
    let api_version = said(unknown.api_version, default.0);
    let kind = said(unknown.kind, default.1);
    let Some(layout) = layout::kind(&api_version, &kind) else {
        let message = format!(
            "no kind {} is registered for version {} in scheme {SCHEME:?}",
            quote(&kind),
            quote(&api_version)
        );
        return Err(DecodeError::of(&api_version, &kind, message));
    };
    let mut object = read::message(layout, unknown.raw, read::DEPTH)
        .map_err(|error| DecodeError::of(&api_version, &kind, error.to_string()))?;
    if let Value::Object(members) = &mut object {
        members.insert("apiVersion".to_owned(), api_version.into());
        members.insert("kind".to_owned(), kind.into());
    }
    Ok(object)
}

fn open(data: &[u8]) -> Result<Unknown<'_>, Malformed> {
    let mut unknown = Unknown::default();
    let mut reader = Reader::new(data);
    while let Some(tag) = reader.tag("Unknown")? {
        let name = match tag.number {
            1 => "TypeMeta",
            2 => "Raw",
            3 => "ContentEncoding",
            4 => "ContentType",
            _ => {
                reader.skip(tag)?;
                continue;
            }
        };
        if tag.wire != LENGTH {
            let wire = tag.wire;
            return Err(Malformed::new(format!("proto: wrong wireType = {wire} for field {name}")));
        }
        let bytes = reader.bytes()?;
        match tag.number {
            1 => type_meta(bytes, &mut unknown)?,
            2 => unknown.raw = bytes,
            _ => {}
        }
    }
    Ok(unknown)
}

fn type_meta<'a>(data: &'a [u8], unknown: &mut Unknown<'a>) -> Result<(), Malformed> {
    let mut reader = Reader::new(data);
    while let Some(tag) = reader.tag("TypeMeta")? {
        let (slot, name) = match tag.number {
            1 => (&mut unknown.api_version, "APIVersion"),
            2 => (&mut unknown.kind, "Kind"),
            _ => {
                reader.skip(tag)?;
                continue;
            }
        };
        if tag.wire != LENGTH {
            let wire = tag.wire;
            return Err(Malformed::new(format!("proto: wrong wireType = {wire} for field {name}")));
        }
        *slot = reader.bytes()?;
    }
    Ok(())
}

/// Whether objects of a kind have a protobuf form: built-in kinds and their lists, options, `Status`,
/// `PartialObjectMetadata`. Custom resources and tables have none.
pub fn represents(api_version: &str, kind: &str) -> bool {
    layout::kind(api_version, kind).is_some()
}

/// An object, which names its `apiVersion` and `kind`, as `application/vnd.kubernetes.protobuf`.
///
/// The same bytes as the real server's, but for JSON inside (`fieldsV1`, a ControllerRevision's data),
/// which it keeps as the client wrote it. Linear in the size of the object and its depth.
///
/// # Errors
/// The kind has no protobuf form, or a field isn't of its type.
pub fn encode(object: &Value) -> Result<Vec<u8>, NotRepresentable> {
    let named = |member: &str| object.get(member).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (named("apiVersion"), named("kind"));
    let layout = layout::kind(api_version, kind)
        .ok_or_else(|| NotRepresentable(format!("{kind:?} of {api_version:?} isn't built in")))?;
    let mut raw = Vec::new();
    write::message(layout, object, &mut raw)?;

    let mut type_meta = Vec::new();
    put_bytes(&mut type_meta, 1, api_version.as_bytes());
    put_bytes(&mut type_meta, 2, kind.as_bytes());
    let mut out = Vec::with_capacity(raw.len() + type_meta.len() + 24);
    out.extend_from_slice(MAGIC);
    put_bytes(&mut out, 1, &type_meta);
    put_bytes(&mut out, 2, &raw);
    put_bytes(&mut out, 3, b"");
    put_bytes(&mut out, 4, b"");
    Ok(out)
}

/// A frame of a stream of type `application/vnd.kubernetes.protobuf;stream=watch`: its length in four
/// bytes, the highest first, and a `WatchEvent` without envelope that holds `object` with one.
///
/// # Errors
/// As [`encode`].
pub fn encode_watch_event(event: &str, object: &Value) -> Result<Vec<u8>, NotRepresentable> {
    let mut raw = Vec::new();
    put_bytes(&mut raw, 1, &encode(object)?);
    let mut frame = vec![0; 4];
    put_bytes(&mut frame, 1, event.as_bytes());
    put_bytes(&mut frame, 2, &raw);
    let length = u32::try_from(frame.len() - 4)
        .map_err(|_| NotRepresentable("an event of more than 4 GiB".to_owned()))?;
    if let Some(first) = frame.first_chunk_mut() {
        *first = length.to_be_bytes();
    }
    Ok(frame)
}
