//! What a source says of a sample, from its own words to a code.

use super::super::problem::shortened;
use super::super::sample::SourceQuality;
use super::directory::Directory;
use super::message::Decoded;
use crate::quantity::SimTime;
use crate::twin::QualityMeaning;

/// OPC UA `Good`.
const GOOD: u32 = 0x0000_0000;
/// OPC UA `Uncertain`.
const UNCERTAIN: u32 = 0x4000_0000;
/// OPC UA `Bad`.
const BAD: u32 = 0x8000_0000;

/// Reads a quality code.
///
/// Numbers are OPC UA status codes, decimal or `0x…`, except 192 and 500, which
/// are Sparkplug's good and stale and reserved in OPC UA; `sparkplug:0` and
/// `opcua:0x80000000` say which is meant. Words are `good`, `uncertain`, `bad`
/// and `stale`, or those that the channel's contract explains.
pub(super) fn read(
    text: &str,
    channel: u32,
    directory: &Directory,
) -> Result<SourceQuality, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(SourceQuality::None);
    }
    if let Some(code) = text.strip_prefix("sparkplug:") {
        return code
            .trim()
            .parse()
            .map(SourceQuality::Sparkplug)
            .map_err(|_| unknown(text));
    }
    let number = text.strip_prefix("opcua:").unwrap_or(text).trim();
    let code = match number.strip_prefix("0x") {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => number.parse().ok(),
    };
    if let Some(code) = code {
        return Ok(match code {
            192 | 500 => SourceQuality::Sparkplug(code as i32),
            code => SourceQuality::OpcUa(code),
        });
    }
    if let Some(meaning) = directory.quality_meaning(channel, text) {
        return Ok(SourceQuality::OpcUa(match meaning {
            QualityMeaning::Good => GOOD,
            QualityMeaning::Uncertain => UNCERTAIN,
            QualityMeaning::Bad => BAD,
        }));
    }
    match text.to_ascii_lowercase().as_str() {
        "good" | "ok" => Ok(SourceQuality::OpcUa(GOOD)),
        "uncertain" => Ok(SourceQuality::OpcUa(UNCERTAIN)),
        "bad" => Ok(SourceQuality::OpcUa(BAD)),
        "stale" => Ok(SourceQuality::Sparkplug(500)),
        _ => Err(unknown(text)),
    }
}

fn unknown(text: &str) -> String {
    format!(
        "`{}` is no quality code: expected an OPC UA status code, `good`, `uncertain`, `bad`, or a \
         code that the channel's contract explains",
        shortened(text)
    )
}

/// As [`read`]; a code that is not understood makes the sample uncertain and is
/// noted beside it, so that it is neither lost nor trusted.
pub(super) fn read_or_note(
    text: &str,
    channel: u32,
    directory: &Directory,
    place: &str,
    received: SimTime,
    into: &mut Decoded,
) -> SourceQuality {
    match read(text, channel, directory) {
        Ok(quality) => quality,
        Err(reason) => {
            into.undecodable(
                place,
                received,
                text,
                format!("is not understood: {reason}"),
            );
            SourceQuality::OpcUa(UNCERTAIN)
        }
    }
}

/// A quality code as text that every decoder reads back.
#[must_use]
pub fn quality_text(quality: SourceQuality) -> String {
    match quality {
        SourceQuality::None => String::new(),
        SourceQuality::OpcUa(code) => format!("opcua:{code:#010x}"),
        SourceQuality::Sparkplug(code) => format!("sparkplug:{code}"),
    }
}
