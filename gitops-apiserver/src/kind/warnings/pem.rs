//! Blocks of PEM in a text, where Go's library sees some.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Go takes bits after the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// What stands between a beginning and an end.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) bytes: Vec<u8>,
}

/// All blocks of a text, in their order.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut rest = text;
    // A block is sought before the first end; what is none is passed over up to that end.
    while let Some(end) = find(rest, END) {
        let after = rest.get(end + END.len()..).unwrap_or_default();
        let before = rest.get(..end).unwrap_or_default();
        match block(before, after) {
            Some(block) => {
                found.push(block);
                rest = line(after).1;
            }
            None => rest = after,
        }
    }
    found
}

/// The block between what is before an end and what is after it.
fn block(before: &[u8], after: &[u8]) -> Option<Block> {
    let begin = before.windows(BEGIN.len()).rposition(|part| part == BEGIN)?;
    if begin > 0 && before.get(begin - 1) != Some(&b'\n') {
        return None;
    }
    let (label, mut body) = line(before.get(begin + BEGIN.len()..)?);
    let label = label.strip_suffix(DASHES)?;
    // Headers, if any.
    while let (header, rest) = line(body)
        && header.contains(&b':')
    {
        body = rest;
    }
    let trailer = after.strip_prefix(label)?.strip_prefix(DASHES)?;
    if !line(trailer).0.is_empty() {
        return None;
    }
    let plain: Vec<u8> =
        body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    let bytes = BASE64.decode(plain).ok()?;
    Some(Block { label: String::from_utf8_lossy(label).into_owned(), bytes })
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|at| at == part)
}

/// The first line without spaces at its end, and what follows.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    let (line, rest) = match end.and_then(|end| text.split_at_checked(end)) {
        Some((line, rest)) => {
            (line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default())
        }
        None => (text, &[][..]),
    };
    let blank = line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (line.get(..line.len() - blank).unwrap_or_default(), rest)
}
