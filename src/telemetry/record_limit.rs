//! A reader that gives up on a record without end.

use std::io::{self, Read};

/// Longest record read [byte]. Without a limit an opening quotation mark that
/// is never closed makes a CSV reader buffer the rest of the file.
pub(super) const LONGEST_RECORD: u64 = 1 << 20;

/// The error inside the [`io::Error`] of [`RecordLimit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the record that begins at line {line} is longer than {LONGEST_RECORD} bytes: a quotation \
     mark is probably not closed"
)]
pub(super) struct RecordTooLong {
    /// Line on which the record begins, from 1.
    pub(super) line: u64,
}

/// Passes bytes on until one record gets longer than [`LONGEST_RECORD`], then
/// fails with [`RecordTooLong`].
///
/// Follows the quoting rules of RFC 4180 as the `csv` crate does: a quotation
/// mark means something at the start of a field only, and a doubled one inside
/// quotes is a character.
pub(super) struct RecordLimit<R> {
    inner: R,
    delimiter: u8,
    place: Place,
    length: u64,
    line: u64,
    record_line: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Plain,
    Quoted,
    /// After a quotation mark inside quotes: the end, or the first of two.
    QuoteInQuoted,
}

impl<R: Read> RecordLimit<R> {
    pub(super) fn new(inner: R, delimiter: u8) -> Self {
        Self {
            inner,
            delimiter,
            place: Place::FieldStart,
            length: 0,
            line: 1,
            record_line: 1,
        }
    }

    fn pass(&mut self, byte: u8) -> Result<(), RecordTooLong> {
        if byte == b'\n' {
            self.line += 1;
        }
        self.place = match (self.place, byte) {
            (Place::FieldStart, b'"') | (Place::QuoteInQuoted, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) => Place::Quoted,
            (_, b'\n') => {
                self.length = 0;
                self.record_line = self.line;
                self.place = Place::FieldStart;
                return Ok(());
            }
            (_, byte) if byte == self.delimiter || byte == b'\r' => Place::FieldStart,
            _ => Place::Plain,
        };
        self.length += 1;
        if self.length > LONGEST_RECORD {
            return Err(RecordTooLong {
                line: self.record_line,
            });
        }
        Ok(())
    }
}

impl<R: Read> Read for RecordLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for byte in &buffer[..count] {
            self.pass(*byte)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> io::Result<usize> {
        let mut all = Vec::new();
        RecordLimit::new(text, b',').read_to_end(&mut all)
    }

    #[test]
    fn many_short_records_pass() {
        let text = "1,2\r\n\"a \"\"b\"\", c\",3\n".repeat(200_000);
        assert_eq!(read(text.as_bytes()).expect("short records"), text.len());
    }

    #[test]
    fn a_quote_that_is_never_closed_is_given_up_with_its_line() {
        let text = format!("t,T1\n0,1\n1,\"2\n{}", "2,3\n".repeat(600_000));
        let error = read(text.as_bytes()).expect_err("too long");
        assert!(error.to_string().contains("line 3"), "{error}");
    }

    #[test]
    fn a_quotation_mark_inside_a_plain_field_opens_nothing() {
        let text = format!("t,5\" pipe\n{}", "2,3\n".repeat(600_000));
        assert!(read(text.as_bytes()).is_ok());
    }
}
