//! Values of ASN.1 in DER, one after the other.

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The tag of an optional part that holds others.
pub(super) const fn part(number: u8) -> u8 {
    0xa0 | number
}

/// What is still to be read.
#[derive(Clone, Copy)]
pub(super) struct Der<'d>(pub(super) &'d [u8]);

impl<'d> Der<'d> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next value.
    pub(super) fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next value, whatever it is.
    pub(super) fn any(&mut self) -> Option<&'d [u8]> {
        let [tag, length, rest @ ..] = self.0 else { return None };
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match length {
            0..=0x7f => (usize::from(*length), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
                let read = |sum: usize, digit: &u8| (sum << 8) | usize::from(*digit);
                let long = digits.iter().fold(0, read);
                // The shortest form is the only one.
                if long < 0x80 || digits.first() == Some(&0) {
                    return None;
                }
                (long, rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(value)
    }

    /// The next value, if it has this tag.
    pub(super) fn next(&mut self, tag: u8) -> Option<&'d [u8]> {
        if self.tag() != Some(tag) {
            return None;
        }
        self.any()
    }

    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.next(SEQUENCE).map(Der)
    }

    /// A whole number, in as few bytes as it takes.
    pub(super) fn integer(&mut self) -> Option<&'d [u8]> {
        let value = self.next(INTEGER)?;
        let padded = match value {
            [] => true,
            [0, next, ..] => next & 0x80 == 0,
            [0xff, next, ..] => next & 0x80 != 0,
            _ => false,
        };
        (!padded).then_some(value)
    }

    /// Bits, which fill their bytes.
    pub(super) fn bits(&mut self) -> Option<&'d [u8]> {
        match self.next(BITS)? {
            [0, bytes @ ..] => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn oid(&mut self) -> Option<&'d [u8]> {
        self.next(OID).filter(|id| id.last().is_some_and(|last| last & 0x80 == 0))
    }
}
