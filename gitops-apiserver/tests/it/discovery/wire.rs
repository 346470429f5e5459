//! Protobuf messages of which only the bytes are known.

use serde_json::Value;

/// The fields in order, numbers as bytes; `None` if this is no message.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (tag, rest) = varint(bytes)?;
        let (content, rest) = match tag & 7 {
            0 => rest.split_at_checked(rest.len() - varint(rest)?.1.len())?,
            1 => rest.split_at_checked(8)?,
            2 => {
                let (length, rest) = varint(rest)?;
                rest.split_at_checked(usize::try_from(length).ok()?)?
            }
            _ => return None,
        };
        fields.push((tag, content));
        bytes = rest;
    }
    Some(fields)
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

/// The same bytes, but for YAML that orders keys otherwise: the server writes the kind of an
/// operation and the rules of a schema in the order of a struct's fields, at other places by name.
pub(super) fn assert_same_message(theirs: &[u8], ours: &[u8], path: &str) {
    if theirs == ours {
        return;
    }
    if let (Some(a), Some(b)) = (fields(theirs), fields(ours)) {
        let tags = |fields: &[(u64, &[u8])]| fields.iter().map(|one| one.0).collect::<Vec<_>>();
        if tags(&a) == tags(&b) {
            for ((tag, a), (_, b)) in a.iter().zip(&b) {
                assert_same_message(a, b, &format!("{path}.{}", tag >> 3));
            }
            return;
        }
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (theirs, ours) = (text(theirs), text(ours));
    let value =
        |text: &str| serde_saphyr::from_str::<Value>(text).ok().filter(|one| !one.is_string());
    let same = value(&theirs).is_some() && value(&theirs) == value(&ours);
    assert!(same && theirs.len() == ours.len(), "{path}:\n{theirs}\n{ours}");
}
