//! Base64 as Go reads it.

use ::base64::{Engine, engine::general_purpose::STANDARD};

/// Bytes as text.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The text that Go writes for the bytes that it reads from a text: line ends are skipped, spare
/// bits dropped. The error is the place that Go names.
pub(super) fn canonical(text: &str) -> Result<String, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = [0_u8; 4];
    let mut length = 0;
    let mut symbols =
        text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).peekable();
    while let Some((at, byte)) = symbols.next() {
        if byte == b'=' {
            match length {
                // Two signs are needed, of which this is the first.
                2 => match symbols.next() {
                    None => return Err(text.len()),
                    Some((_, b'=')) => {}
                    Some((second, _)) => return Err(second - 1),
                },
                3 => {}
                _ => return Err(at),
            }
            if let Some((after, _)) = symbols.next() {
                return Err(after);
            }
            bytes.extend(whole(group).iter().take(length - 1));
            return Ok(encode(&bytes));
        }
        let Some(value) = sextet(byte) else { return Err(at) };
        if let Some(slot) = group.get_mut(length) {
            *slot = value;
        }
        length += 1;
        if length == 4 {
            bytes.extend(whole(group));
            (group, length) = ([0; 4], 0);
        }
    }
    match length {
        0 => Ok(encode(&bytes)),
        unfinished => Err(text.len() - unfinished),
    }
}

fn whole([a, b, c, d]: [u8; 4]) -> [u8; 3] {
    [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
