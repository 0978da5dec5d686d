//! The line protocol of InfluxDB, read and written.
//!
//! <https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>:
//! `measurement,tag=value field=1.5,other=2i 1704067200000000000`.

use std::borrow::Cow;

/// Longest line read \[byte].
const LONGEST_LINE: usize = 1 << 16;

/// One line: fields of a measurement at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'text> {
    /// The measurement.
    pub measurement: Cow<'text, str>,
    /// Tag keys with their values, in order of the line.
    pub tags: Vec<(Cow<'text, str>, Cow<'text, str>)>,
    /// Field keys with their values, in order of the line; at least one.
    pub fields: Vec<(Cow<'text, str>, FieldValue<'text>)>,
    /// The timestamp, in the precision that the sender has agreed on.
    pub time: Option<i64>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'text> {
    /// `1.5`; finite.
    Float(f64),
    /// `2i`.
    Integer(i64),
    /// `2u`.
    Unsigned(u64),
    /// `true`.
    Boolean(bool),
    /// `"text"`.
    Text(Cow<'text, str>),
}

impl FieldValue<'_> {
    /// The value as a number; a boolean is one or zero, a text is none.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Integer(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Boolean(on) => Some(f64::from(u8::from(*on))),
            Self::Text(_) => None,
        }
    }
}

/// A line that is none, with the byte where it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no line protocol: at byte {at}, {what}")]
pub struct LineProblem {
    /// Offset in the line, from 1.
    pub at: usize,
    /// What is wrong and what was expected.
    pub what: &'static str,
}

/// The lines of a text: split at line ends outside of quotes, without comments
/// and empty ones.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = line_end(rest);
            let line = rest[..end].trim_end_matches('\r');
            rest = rest.get(end + 1..).unwrap_or("");
            let content = line.trim_start_matches(' ');
            if !content.is_empty() && !content.starts_with('#') {
                return Some(content);
            }
        }
        None
    })
}

/// Where the line ends: a line end inside the quotes of a text field is part of
/// it. Quotes mean something only after the first space that is not escaped,
/// where the fields begin, and there only after an equals sign.
fn line_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'#') {
        return newline(bytes, 0);
    }
    let (mut fields, mut quoted, mut before) = (false, false, b' ');
    let mut at = bytes.iter().take_while(|byte| **byte == b' ').count();
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'\\' if quoted || bytes.get(at + 1) != Some(&b'\n') => at += 1,
            b'"' if quoted => quoted = false,
            b'"' if fields && before == b'=' => quoted = true,
            b'\n' if !quoted => return at,
            b' ' => fields = true,
            _ => {}
        }
        if at > LONGEST_LINE && quoted {
            // A quote that is never closed takes no more than one line along.
            return newline(bytes, 0);
        }
        before = byte;
        at += 1;
    }
    if quoted {
        return newline(bytes, 0);
    }
    bytes.len()
}

fn newline(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |found| from + found)
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it and where.
pub fn parse(line: &str) -> Result<Point<'_>, LineProblem> {
    let mut cursor = Cursor { line, at: 0 };
    if line.len() > LONGEST_LINE {
        return Err(cursor.problem("the line is longer than 65536 bytes"));
    }
    let measurement = cursor.name(b", ")?;
    let mut tags = Vec::new();
    while cursor.take(b',') {
        let key = cursor.name(b"=, ")?;
        if !cursor.take(b'=') {
            return Err(cursor.problem("a tag has no value: expected `=`"));
        }
        tags.push((key, cursor.name(b", =")?));
    }
    if !cursor.take(b' ') {
        return Err(cursor.problem("the fields are missing: expected a space, then `name=value`"));
    }
    cursor.spaces();
    let mut fields = Vec::new();
    loop {
        let key = cursor.name(b"=, ")?;
        if !cursor.take(b'=') {
            return Err(cursor.problem("a field has no value: expected `=`"));
        }
        fields.push((key, cursor.value()?));
        if !cursor.take(b',') {
            break;
        }
    }
    cursor.spaces();
    let rest = line[cursor.at..].trim_end();
    let time = if rest.is_empty() {
        None
    } else {
        match rest.parse() {
            Ok(time) => Some(time),
            Err(_) => {
                return Err(cursor.problem("the timestamp is no whole number"));
            }
        }
    };
    Ok(Point {
        measurement,
        tags,
        fields,
        time,
    })
}

struct Cursor<'text> {
    line: &'text str,
    at: usize,
}

impl<'text> Cursor<'text> {
    fn problem(&self, what: &'static str) -> LineProblem {
        LineProblem {
            at: self.at + 1,
            what,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn spaces(&mut self) {
        while self.take(b' ') {}
    }

    /// A name up to one of `ends`; a backslash takes the meaning from a comma,
    /// an equals sign, a space or itself, and before anything else is itself.
    fn name(&mut self, ends: &[u8]) -> Result<Cow<'text, str>, LineProblem> {
        let start = self.at;
        let bytes = self.line.as_bytes();
        let mut escaped = false;
        while let Some(byte) = self.peek() {
            if byte == b'\\'
                && bytes
                    .get(self.at + 1)
                    .is_some_and(|next| matches!(next, b',' | b'=' | b' ' | b'\\'))
            {
                escaped = true;
                self.at += 2;
            } else if ends.contains(&byte) {
                break;
            } else {
                self.at += 1;
            }
        }
        let text = &self.line[start..self.at];
        if text.is_empty() {
            return Err(self.problem("a name is empty"));
        }
        if !escaped {
            return Ok(Cow::Borrowed(text));
        }
        let mut name = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match characters.peek() {
                Some(next) if character == '\\' && matches!(next, ',' | '=' | ' ' | '\\') => {
                    name.push(*next);
                    characters.next();
                }
                _ => name.push(character),
            }
        }
        Ok(Cow::Owned(name))
    }

    fn value(&mut self) -> Result<FieldValue<'text>, LineProblem> {
        if self.take(b'"') {
            return self.quoted();
        }
        let start = self.at;
        while self.peek().is_some_and(|byte| byte != b',' && byte != b' ') {
            self.at += 1;
        }
        let text = self.line[start..self.at].trim_end();
        let value = match text {
            "t" | "T" | "true" | "True" | "TRUE" => Some(FieldValue::Boolean(true)),
            "f" | "F" | "false" | "False" | "FALSE" => Some(FieldValue::Boolean(false)),
            _ => match text.as_bytes().last() {
                Some(b'i') => text[..text.len() - 1].parse().ok().map(FieldValue::Integer),
                Some(b'u') => text[..text.len() - 1]
                    .parse()
                    .ok()
                    .map(FieldValue::Unsigned),
                Some(b'0'..=b'9' | b'.') => text
                    .parse()
                    .ok()
                    .filter(|value: &f64| value.is_finite())
                    .map(FieldValue::Float),
                _ => None,
            },
        };
        value.ok_or_else(|| {
            self.problem("a field's value is no finite number, boolean or quoted text")
        })
    }

    fn quoted(&mut self) -> Result<FieldValue<'text>, LineProblem> {
        let start = self.at;
        let mut escaped = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                b'"' => {
                    let text = &self.line[start..self.at];
                    self.at += 1;
                    if self.peek().is_some_and(|byte| byte != b',' && byte != b' ') {
                        return Err(
                            self.problem("after a quoted text there has to be `,` or a space")
                        );
                    }
                    return Ok(FieldValue::Text(if escaped {
                        Cow::Owned(text.replace("\\\"", "\"").replace("\\\\", "\\"))
                    } else {
                        Cow::Borrowed(text)
                    }));
                }
                _ => self.at += 1,
            }
        }
        self.at = self.line.len();
        Err(self.problem("a quoted text is not closed"))
    }
}

/// `name` with what means something in a measurement, key or tag value escaped.
/// Line ends, which cannot be written, become spaces.
fn escaped(name: &str, into: &mut String) {
    for character in name.chars() {
        match character {
            ',' | '=' | ' ' | '\\' => {
                into.push('\\');
                into.push(character);
            }
            '\n' | '\r' => into.push_str("\\ "),
            other => into.push(other),
        }
    }
}

/// Appends one line with a line end.
pub fn write(point: &Point<'_>, into: &mut String) {
    escaped(&point.measurement, into);
    for (key, value) in &point.tags {
        into.push(',');
        escaped(key, into);
        into.push('=');
        escaped(value, into);
    }
    for (position, (key, value)) in point.fields.iter().enumerate() {
        into.push(if position == 0 { ' ' } else { ',' });
        escaped(key, into);
        into.push('=');
        match value {
            FieldValue::Float(value) => into.push_str(&value.to_string()),
            FieldValue::Integer(value) => into.push_str(&format!("{value}i")),
            FieldValue::Unsigned(value) => into.push_str(&format!("{value}u")),
            FieldValue::Boolean(on) => into.push_str(if *on { "true" } else { "false" }),
            FieldValue::Text(text) => {
                into.push('"');
                into.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
                into.push('"');
            }
        }
    }
    if let Some(time) = point.time {
        into.push_str(&format!(" {time}"));
    }
    into.push('\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_specification_are_read() {
        let point = parse(
            r#"myMeasurement,tag1=value1,tag2=value2 fieldKey="fieldValue" 1556813561098000000"#,
        )
        .expect("a line");
        assert_eq!(point.measurement, "myMeasurement");
        assert_eq!(point.tags.len(), 2);
        assert_eq!(point.tags[1], ("tag2".into(), "value2".into()));
        assert_eq!(point.fields[0].1, FieldValue::Text("fieldValue".into()));
        assert_eq!(point.time, Some(1_556_813_561_098_000_000));

        let point = parse(r"my\ Measurement fieldKey=-1.234456e+78").expect("a line");
        assert_eq!(point.measurement, "my Measurement");
        assert_eq!(point.fields[0].1, FieldValue::Float(-1.234456e78));
        assert_eq!(point.time, None);

        let point = parse(r"m,tag\ Key1=tag\ Value1 a=12485903u,b=-2i,c=t").expect("a line");
        assert_eq!(point.tags[0], ("tag Key1".into(), "tag Value1".into()));
        assert_eq!(point.fields[0].1, FieldValue::Unsigned(12_485_903));
        assert_eq!(point.fields[1].1, FieldValue::Integer(-2));
        assert_eq!(point.fields[2].1, FieldValue::Boolean(true));
    }

    #[test]
    fn what_is_no_line_is_refused_with_its_place() {
        for (line, at) in [
            ("m", 2),
            ("m ", 3),
            ("m a", 4),
            ("m a=", 5),
            ("m a=NaN", 8),
            ("m a=1e999", 10),
            ("m a=\"open", 10),
            ("m a=1 soon", 7),
            (",a=1 b=2", 1),
            ("m,t= b=2", 5),
            ("m,t b=2", 4),
        ] {
            let problem = parse(line).expect_err(line);
            assert_eq!(problem.at, at, "{line}: {problem}");
        }
    }

    #[test]
    fn comments_empty_lines_and_quoted_line_ends_are_told_apart() {
        let text = "# a comment\n\n m a=1\r\nm b=\"two\nlines\" 5\n#\nm c=3";
        let found: Vec<_> = lines(text).collect();
        assert_eq!(found, ["m a=1", "m b=\"two\nlines\" 5", "m c=3"]);
        // A quote without an end takes its own line along, no more.
        assert_eq!(lines("m a=\"x\nm b=1\n").count(), 2);
    }

    fn value() -> impl Strategy<Value = FieldValue<'static>> {
        prop_oneof![
            any::<f64>()
                .prop_filter("finite", |value| value.is_finite())
                .prop_map(FieldValue::Float),
            any::<i64>().prop_map(FieldValue::Integer),
            any::<u64>().prop_map(FieldValue::Unsigned),
            any::<bool>().prop_map(FieldValue::Boolean),
            "[ -~äπ]{0,12}".prop_map(|text| FieldValue::Text(text.into())),
        ]
    }

    fn name() -> impl Strategy<Value = Cow<'static, str>> {
        r"[a-zäπ_\\, =./-]{1,10}".prop_map(Cow::from)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            measurement in "[a-zäπ_\\\\, =./-]{1,10}",
            tags in proptest::collection::vec((name(), name()), 0..4),
            fields in proptest::collection::vec((name(), value()), 1..4),
            time in proptest::option::of(any::<i64>()),
        ) {
            let point = Point {
                measurement: format!("m{measurement}").into(),
                tags,
                fields,
                time,
            };
            let mut text = String::new();
            write(&point, &mut text);
            let line = lines(&text).next().expect("a line");
            prop_assert_eq!(parse(line), Ok(point));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            for line in lines(&text) {
                let _ = parse(line);
            }
        }

        #[test]
        fn any_mixture_of_what_means_something_is_read_or_refused(
            text in "[m1 ,=\\\\\"\nitä.-]{0,60}"
        ) {
            for line in lines(&text) {
                prop_assert!(line.len() <= text.len());
                let _ = parse(line);
            }
        }
    }
}
