//! Tokens that continue a list: where, and at which version.

use crate::builtin::types::json;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

const VERSION: &str = "meta.k8s.io/v1";

/// As Go's `RawURLEncoding`, which doesn't mind bits that are left over.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// The version that the list is of; -1 for whatever is there now.
    pub version: i64,
    /// The first key that is wanted, below the prefix of the list: `NAME` or `NAMESPACE/NAME`,
    /// usually with a NUL behind it, the smallest key that follows the last one sent.
    pub start: String,
}

/// Why a token is none, in the server's words, which answers 400 `BadRequest`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContinueError(String);

impl ContinueError {
    fn generic(why: impl std::fmt::Display) -> Self {
        ContinueError(format!("continue key is not valid: {why}"))
    }
}

impl Continuation {
    /// The token, as a list out of the server's cache has it.
    pub fn encode(&self) -> String {
        // The cache writes a slash first. Only etcd, which writes none, tells that a version is
        // gone and where to go on without one.
        let slash = if self.version == -1 { "" } else { "/" };
        let start = Value::from(format!("{slash}{}", self.start)).to_string();
        let text = format!(r#"{{"v":"{VERSION}","rv":{},"start":{}}}"#, self.version, html(&start));
        ENGINE.encode(text)
    }

    /// Reads a token.
    ///
    /// # Errors
    /// If it is no token, or one that leads out of the list.
    pub fn decode(token: &str) -> Result<Self, ContinueError> {
        let data = decode_base64(token)?;
        let (value, _) = json::read(&data).map_err(ContinueError::generic)?;
        let version = member(&value, "v", "string")?.and_then(Value::as_str).unwrap_or_default();
        let number = member(&value, "rv", "int64")?.and_then(Value::as_i64).unwrap_or_default();
        let start = member(&value, "start", "string")?.and_then(Value::as_str).unwrap_or_default();
        if version != VERSION {
            let why = format!("server does not recognize this encoded version {version}");
            return Err(ContinueError::generic(why));
        }
        if number == 0 {
            let why = "incorrect encoded start resourceVersion (version meta.k8s.io/v1)";
            return Err(ContinueError::generic(why));
        }
        if start.is_empty() {
            let why = "encoded start key empty (version meta.k8s.io/v1)";
            return Err(ContinueError::generic(why));
        }
        let key = start.strip_prefix('/').unwrap_or(start);
        let clean = |part: &str| !matches!(part, "" | "." | "..");
        if !key.is_empty() && !key.split('/').all(clean) {
            return Err(ContinueError::generic(start));
        }
        Ok(Continuation { version: number, start: key.to_owned() })
    }
}

/// A field of the token, whose type must be right. Go finds fields whatever their case.
fn member<'a>(
    token: &'a Value,
    name: &str,
    wanted: &str,
) -> Result<Option<&'a Value>, ContinueError> {
    let Value::Object(map) = token else {
        if token.is_null() {
            return Ok(None);
        }
        let why = format!(
            "json: cannot unmarshal {} into Go value of type storage.continueToken",
            kind(token)
        );
        return Err(ContinueError::generic(why));
    };
    let exact = map.get(name);
    let value = exact.or_else(|| {
        map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    });
    let right = match value {
        None | Some(Value::Null) => true,
        Some(value) if wanted == "string" => value.is_string(),
        Some(value) => value.is_i64(),
    };
    match value {
        Some(value) if !right => {
            // A number is shown where a number, but not this one, would be right.
            let shown = match value {
                Value::Number(number) if wanted != "string" => format!("number {number}"),
                value => kind(value).to_owned(),
            };
            let field = format!("continueToken.{name} of type {wanted}");
            let why = format!("json: cannot unmarshal {shown} into Go struct field {field}");
            Err(ContinueError::generic(why))
        }
        value => Ok(value),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn decode_base64(token: &str) -> Result<Vec<u8>, ContinueError> {
    let illegal =
        |at: usize| ContinueError::generic(format!("illegal base64 data at input byte {at}"));
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    // Go skips line breaks.
    let bytes = token.bytes().enumerate().filter(|(_, b)| !matches!(b, b'\r' | b'\n'));
    let bytes: Vec<(usize, u8)> = bytes.collect();
    if let Some((at, _)) = bytes.iter().find(|(_, b)| !known(*b)) {
        return Err(illegal(*at));
    }
    if let (1, Some((at, _))) = (bytes.len() % 4, bytes.last()) {
        return Err(illegal(*at));
    }
    let text: Vec<u8> = bytes.into_iter().map(|(_, b)| b).collect();
    ENGINE.decode(text).map_err(ContinueError::generic)
}

/// JSON as Go writes it: safe within HTML.
fn html(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}
