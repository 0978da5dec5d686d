//! The wire format of protocol buffers, read field by field.
//!
//! A payload is walked without building it, so that a hostile one cannot make
//! a large structure out of few bytes; only one metric at a time is decoded.
//! <https://protobuf.dev/programming-guides/encoding/>

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field<'bytes> {
    /// A whole number.
    Varint(u64),
    /// Eight bytes.
    Fixed64,
    /// Bytes, a text or a message.
    Bytes(&'bytes [u8]),
    /// Four bytes.
    Fixed32,
}

/// The fields of a message with their numbers, in order; ends after the first
/// that cannot be read.
pub(super) struct Fields<'bytes> {
    rest: &'bytes [u8],
    failed: bool,
}

impl<'bytes> Fields<'bytes> {
    pub(super) const fn new(bytes: &'bytes [u8]) -> Self {
        Self {
            rest: bytes,
            failed: false,
        }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for position in 0..10 {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            // The tenth byte has room for one bit only.
            if position == 9 && *byte > 1 {
                return None;
            }
            value |= u64::from(byte & 0x7f) << (7 * position);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self, count: u64) -> Option<&'bytes [u8]> {
        let count = usize::try_from(count).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    fn field(&mut self) -> Option<(u32, Field<'bytes>)> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0)?;
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => {
                self.bytes(8)?;
                Field::Fixed64
            }
            2 => {
                let count = self.varint()?;
                Field::Bytes(self.bytes(count)?)
            }
            5 => {
                self.bytes(4)?;
                Field::Fixed32
            }
            // Groups are not part of the format any more.
            _ => return None,
        };
        Some((number, field))
    }
}

/// Bytes that are no protocol buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotProtobuf;

impl<'bytes> Iterator for Fields<'bytes> {
    type Item = Result<(u32, Field<'bytes>), NotProtobuf>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        self.failed = field.is_none();
        Some(field.ok_or(NotProtobuf))
    }
}
