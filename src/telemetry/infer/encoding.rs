//! In which encoding a text file is.

use std::fmt;
use std::io::Read;

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use serde::{Deserialize, Serialize};

use super::proposed::Proposed;

/// An encoding that telemetry files come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark; plain ASCII is a part of it.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16LittleEndian,
    /// UTF-16, the high byte first.
    Utf16BigEndian,
    /// Latin-1 as Windows has it (code page 1252).
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16LittleEndian => "UTF-16, little endian",
            Self::Utf16BigEndian => "UTF-16, big endian",
            Self::Windows1252 => "Latin-1 (Windows-1252)",
        })
    }
}

impl Encoding {
    const fn table(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16LittleEndian => encoding_rs::UTF_16LE,
            Self::Utf16BigEndian => encoding_rs::UTF_16BE,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }

    /// The text of a file in this encoding, as UTF-8 without a byte order mark.
    pub(super) fn reader<R: Read>(self, file: R) -> DecodeReaderBytes<R, Vec<u8>> {
        DecodeReaderBytesBuilder::new()
            .encoding(Some(self.table()))
            .strip_bom(true)
            .build(file)
    }
}

/// The encoding of a file that begins with `prefix`; `is_whole` where that is
/// all of it.
pub(super) fn detect(prefix: &[u8], is_whole: bool) -> Proposed<Encoding> {
    if prefix.starts_with(b"\xef\xbb\xbf") {
        return Proposed::new(Encoding::Utf8, 1.0, "its byte order mark says so");
    }
    for (mark, encoding) in [
        (b"\xff\xfe", Encoding::Utf16LittleEndian),
        (b"\xfe\xff", Encoding::Utf16BigEndian),
    ] {
        if prefix.starts_with(mark) {
            return Proposed::new(encoding, 1.0, "its byte order mark says so");
        }
    }
    // Tables are mostly digits and separators: in UTF-16 every other byte is zero.
    let zeros = |odd: usize| {
        prefix
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let half = prefix.len() / 2;
    if half > 0 {
        for (odd, other, encoding) in [
            (1, 0, Encoding::Utf16LittleEndian),
            (0, 1, Encoding::Utf16BigEndian),
        ] {
            if zeros(odd) * 10 > half * 7 && zeros(other) * 10 < half {
                return Proposed::new(
                    encoding,
                    0.9,
                    "every other byte is zero, and there is no byte order mark",
                );
            }
        }
    }
    match std::str::from_utf8(prefix) {
        Ok(text) if text.is_ascii() => Proposed::new(Encoding::Utf8, 1.0, "it is plain ASCII"),
        Ok(_) => Proposed::new(Encoding::Utf8, 0.99, "all of it is valid UTF-8"),
        // Cut off in the middle of a character.
        Err(error) if !is_whole && error.error_len().is_none() => {
            Proposed::new(Encoding::Utf8, 0.99, "all of it is valid UTF-8")
        }
        Err(error) => Proposed::new(
            Encoding::Windows1252,
            0.7,
            format!(
                "it is not UTF-8 (byte {} is no part of a character), and Latin-1 is what \
                 such files mostly are",
                error.valid_up_to() + 1
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    }

    fn decoded(bytes: &[u8]) -> (Encoding, String) {
        let encoding = detect(bytes, true).value;
        let mut text = String::new();
        encoding
            .reader(bytes)
            .read_to_string(&mut text)
            .expect("decoded");
        (encoding, text)
    }

    #[test]
    fn every_encoding_is_told_and_gives_the_same_text() {
        let text = "t;Temperatur °C\n0;21,5\n1;21,6\n";
        let latin: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (
                marked(b"\xef\xbb\xbf", text.as_bytes().to_vec()),
                Encoding::Utf8,
            ),
            (utf16(text, true), Encoding::Utf16LittleEndian),
            (utf16(text, false), Encoding::Utf16BigEndian),
            (
                marked(b"\xff\xfe", utf16(text, true)),
                Encoding::Utf16LittleEndian,
            ),
            (
                marked(b"\xfe\xff", utf16(text, false)),
                Encoding::Utf16BigEndian,
            ),
            (latin, Encoding::Windows1252),
        ] {
            assert_eq!(decoded(&bytes), (encoding, text.to_owned()));
        }
    }

    #[test]
    fn a_character_cut_off_at_the_end_of_a_part_is_still_utf_8() {
        let bytes = &"T °C".as_bytes()[..3];
        assert_eq!(detect(bytes, false).value, Encoding::Utf8);
        assert_eq!(detect(bytes, true).value, Encoding::Windows1252);
    }
}
