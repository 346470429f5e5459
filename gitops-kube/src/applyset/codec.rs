//! The inventory as text: a header and parts of bounded size, each named by its digest. Pure.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::{Digest, Inventory, InventoryEntry, ObjectId, Uid, Verified},
    reason,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The format that is written, and the newest that is understood.
const FORMAT: u64 = 1;
/// More parts than this are refused: a hundred thousand objects need about fifty.
const MAX_PARTS: usize = 256;

/// Says what the parts are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    format: u64,
    objects: usize,
    /// The digests of the parts' texts.
    pub(super) parts: Vec<Digest>,
}

impl Header {
    pub(super) fn text(&self) -> String {
        // Numbers and texts can't fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// An inventory as text.
#[derive(Debug, Clone)]
pub(super) struct Encoded {
    pub(super) header: Header,
    /// In the order of the header.
    pub(super) parts: Vec<String>,
}

/// One entry: group, kind, namespace, name, incarnation, digests and memo. Ids are spelt out
/// since the one-text form of an id does not tell `a:b` from `a__b`.
#[derive(Serialize, Deserialize)]
struct Row(
    Arc<str>,
    Arc<str>,
    Arc<str>,
    Arc<str>,
    Option<Uid>,
    Option<(String, String)>,
    Option<Arc<str>>,
);

/// Encodes an inventory in parts of at most `limit` bytes.
///
/// Entries are dealt to parts by a hash of their ids, so that a change of one entry changes one
/// part. O(n).
///
/// # Errors
/// `TooLarge` if it doesn't fit.
pub(super) fn encode(inventory: &Inventory, limit: usize) -> Result<Encoded> {
    let rows: Vec<(u32, String)> = inventory
        .iter()
        .map(|(id, entry)| {
            // A tuple of texts can't fail to serialise.
            (bucket(id), serde_json::to_string(&row(id, entry)).unwrap_or_default())
        })
        .collect();
    let mut count: u32 = 1;
    loop {
        let parts = deal(&rows, count);
        if parts.iter().all(|part| part.len() <= limit) {
            let digests = parts.iter().map(Digest::of).collect();
            let header = Header { format: FORMAT, objects: inventory.len(), parts: digests };
            return Ok(Encoded { header, parts });
        }
        count *= 2;
        if count as usize > MAX_PARTS {
            let message = format!(
                "the inventory of {} objects does not fit in {MAX_PARTS} parts of {limit} bytes",
                inventory.len()
            );
            return Err(Error::new(Stage::Inventory, Retry::Never, reason::TOO_LARGE, message)
                .advise("split the app"));
        }
    }
}

/// `count` parts, a power of two, each a JSON list with a row a line.
fn deal(rows: &[(u32, String)], count: u32) -> Vec<String> {
    let mut parts = vec![String::from("["); count as usize];
    for (bucket, row) in rows {
        // The remainder is below `count`.
        if let Some(part) = parts.get_mut((bucket % count) as usize) {
            part.push_str(if part.len() > 1 { ",\n" } else { "\n" });
            part.push_str(row);
        }
    }
    for part in &mut parts {
        part.push_str("\n]");
    }
    parts
}

fn bucket(id: &ObjectId) -> u32 {
    let parts = [id.group(), id.kind(), id.namespace(), id.name()];
    let digest = Digest::of_parts(parts.map(str::as_bytes));
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&digest.as_bytes()[..4]);
    u32::from_be_bytes(bytes)
}

fn row(id: &ObjectId, entry: &InventoryEntry) -> Row {
    let verified = entry.verified.as_ref();
    Row(
        id.group().into(),
        id.kind().into(),
        id.namespace().into(),
        id.name().into(),
        entry.uid.clone(),
        verified.map(|verified| (short(verified.desired), short(verified.state))),
        verified.and_then(|verified| verified.memo.clone()),
    )
}

/// Reads a header.
///
/// # Errors
/// `InventoryTooNew` for a format that this version doesn't know, `InventoryCorrupt` for what is
/// no header. `place` says where it stood.
pub(super) fn header(text: &str, place: &str) -> Result<Header> {
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }
    let broken = |error| corrupt(place, "its header can't be read").with_source(error);
    let Format { format } = serde_json::from_str(text).map_err(broken)?;
    if format > FORMAT {
        let message = format!("{place} has format {format}, and this version knows {FORMAT}");
        return Err(Error::new(Stage::Inventory, Retry::Never, reason::INVENTORY_TOO_NEW, message)
            .advise("run the version that wrote it, or a newer one"));
    }
    let header: Header = serde_json::from_str(text).map_err(broken)?;
    if header.parts.is_empty() || header.parts.len() > MAX_PARTS {
        return Err(corrupt(place, "its header names no parts"));
    }
    Ok(header)
}

/// Decodes the parts that a header names, in its order.
///
/// # Errors
/// `InventoryCorrupt` when a part is not what the header says, or can't be read.
pub(super) fn decode(header: &Header, parts: &[String], place: &str) -> Result<Inventory> {
    let digests = parts.iter().map(Digest::of);
    if !digests.eq(header.parts.iter().copied()) {
        return Err(corrupt(place, "its entries are not those that its header names"));
    }
    let mut inventory = Inventory::default();
    for part in parts {
        let rows: Vec<Row> = serde_json::from_str(part)
            .map_err(|error| corrupt(place, "its entries can't be read").with_source(error))?;
        for row in rows {
            let (id, entry) =
                entry(row).ok_or_else(|| corrupt(place, "it has a digest that is none"))?;
            inventory.insert(id, entry);
        }
    }
    if inventory.len() != header.objects {
        return Err(corrupt(place, "it has more or fewer entries than its header says"));
    }
    Ok(inventory)
}

fn entry(row: Row) -> Option<(ObjectId, InventoryEntry)> {
    let Row(group, kind, namespace, name, uid, digests, memo) = row;
    let verified = match digests {
        Some((desired, state)) => {
            Some(Verified { desired: long(&desired)?, state: long(&state)?, memo })
        }
        None => None,
    };
    let id = ObjectId::new(&group, &kind, &namespace, &name);
    Some((id, InventoryEntry { uid, verified }))
}

/// 43 characters instead of 71: digests are most of an inventory.
fn short(digest: Digest) -> String {
    URL_SAFE_NO_PAD.encode(digest.as_bytes())
}

fn long(text: &str) -> Option<Digest> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}").parse().ok()
}

/// What can't be read whole is never taken for empty.
pub(super) fn corrupt(place: &str, what: &str) -> Error {
    let message = format!("{place} can't be used: {what}");
    Error::new(Stage::Inventory, Retry::Never, reason::INVENTORY_CORRUPT, message).advise(
        "restore it from a backup, or remove its data key \"inventory\": the members are then \
         looked up by their label",
    )
}
