//! Protobuf's wire format: tags, varints and lengths.

use super::Malformed;

/// How the bytes of a field are delimited.
pub(super) const VARINT: u8 = 0;
pub(super) const FIXED64: u8 = 1;
pub(super) const LENGTH: u8 = 2;
const START_GROUP: u8 = 3;
const END_GROUP: u8 = 4;
const FIXED32: u8 = 5;

#[derive(Debug, Clone, Copy)]
pub(super) struct Tag {
    pub(super) number: u32,
    pub(super) wire: u8,
}

/// Reads the fields of one message.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// The next field's tag; `message` is Go's name, for error messages.
    pub(super) fn tag(&mut self, message: &str) -> Result<Option<Tag>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        // As Go does it: the upper bits are cut off, and a number may turn out negative.
        let number = (tag >> 3) as u32 as i32;
        let wire = (tag & 7) as u8;
        if wire == END_GROUP {
            return Err(Malformed::new(format!(
                "proto: {message}: wiretype end group for non-group"
            )));
        }
        match u32::try_from(number) {
            Ok(number) if number > 0 => Ok(Some(Tag { number, wire })),
            _ => Err(Malformed::new(format!(
                "proto: {message}: illegal tag {number} (wire type {tag})"
            ))),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.rest.split_first().ok_or_else(Malformed::unexpected_end)?;
            self.rest = rest;
            value |= u64::from(first & 0x7f) << shift;
            if *first < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::new("proto: integer overflow"))
    }

    /// What a length announces.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        self.take(length)
    }

    pub(super) fn fixed64(&mut self) -> Result<u64, Malformed> {
        let bytes: [u8; 8] = self.take(8)?.try_into().map_err(|_| Malformed::unexpected_end())?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Leaves out the value of a field that nobody knows.
    pub(super) fn skip(&mut self, tag: Tag) -> Result<(), Malformed> {
        let mut wire = tag.wire;
        let mut groups = 0usize;
        loop {
            match wire {
                VARINT => drop(self.varint()?),
                FIXED64 => drop(self.take(8)?),
                LENGTH => drop(self.bytes()?),
                START_GROUP => groups += 1,
                END_GROUP => {
                    groups = groups
                        .checked_sub(1)
                        .ok_or_else(|| Malformed::new("proto: unexpected end of group"))?;
                }
                FIXED32 => drop(self.take(4)?),
                wire => {
                    return Err(Malformed::new(format!("proto: illegal wireType {wire}")));
                }
            }
            if groups == 0 {
                return Ok(());
            }
            wire = (self.varint()? & 7) as u8;
        }
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        match i64::try_from(self.varint()?) {
            Ok(length) => usize::try_from(length).map_err(|_| Malformed::unexpected_end()),
            Err(_) => Err(Malformed::new("proto: negative length found during unmarshaling")),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(Malformed::unexpected_end)?;
        self.rest = rest;
        Ok(taken)
    }
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn put_tag(out: &mut Vec<u8>, number: u32, wire: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire));
}

/// A field whose length stands before it.
pub(super) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_tag(out, number, LENGTH);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
