//! Event logs as extensible event streams (XES, IEEE 1849-2016).
//!
//! A trace is the way of an item: its events name the asset (`concept:name`), the
//! time, and with `lifecycle:transition` whether the item came in (`start`) or left
//! (`complete`), was loaded on a vehicle or unloaded, or how far a request is. What machines, vehicles and
//! operators do stands in traces of their own, whose events name the state or
//! `travel`, and the asset as `org:resource`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};

use super::EventLog;
use super::options::{ColumnRole, LogOptions};
use super::problem::EventLogError;
use super::rows::{Row, Rows};
use super::table::instant;
use super::xml::{Token, Xml, escaped};
use crate::twin::{Twin, What};

const NAME: &str = "concept:name";
const TIME: &str = "time:timestamp";
const TRANSITION: &str = "lifecycle:transition";
const RESOURCE: &str = "org:resource";

/// What encloses what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In nothing that is read.
    Outside,
    Log,
    Trace,
    Event,
}

pub(super) fn read(source: impl Read, rows: &mut Rows<'_>) -> Result<(), EventLogError> {
    let mut xml = Xml::new(BufReader::new(source));
    let mut places = Vec::new();
    let mut trace = BTreeMap::new();
    let mut event: BTreeMap<String, String> = BTreeMap::new();
    let mut event_line = 0;
    while let Some(token) = xml.next()? {
        match token {
            Token::Start {
                name,
                attributes,
                line,
            } => {
                let inside = places.last().copied();
                let place = match (inside, name.as_str()) {
                    (None, "log") => Place::Log,
                    (None, other) => {
                        return Err(EventLogError::Xml {
                            line,
                            problem: format!("`<{other}>` where `<log>` is expected"),
                        });
                    }
                    (Some(Place::Log), "trace") => {
                        trace.clear();
                        rows.begin_again();
                        Place::Trace
                    }
                    (Some(Place::Trace), "event") => {
                        event.clear();
                        event_line = line;
                        Place::Event
                    }
                    (Some(Place::Trace | Place::Event), _) => {
                        let find = |wanted| {
                            let mut found = attributes.iter().filter(|(key, _)| key == wanted);
                            found.next().map(|(_, value)| value.clone())
                        };
                        if let (Some(key), Some(value)) = (find("key"), find("value")) {
                            if inside == Some(Place::Event) {
                                event.insert(key, value);
                            } else if keys_of(ColumnRole::Item, rows.options())
                                .any(|one| one == key)
                            {
                                trace.insert(key, value);
                            }
                        }
                        Place::Outside
                    }
                    _ => Place::Outside,
                };
                places.push(place);
            }
            Token::End => {
                if places.pop() == Some(Place::Event) {
                    push(&event, &trace, event_line, rows);
                }
            }
        }
    }
    if xml.is_empty() {
        return Err(EventLogError::Empty);
    }
    Ok(())
}

/// The keys that a role may have, the first that is there before the others.
fn keys_of(role: ColumnRole, options: &LogOptions) -> impl Iterator<Item = &str> {
    let usual = match role {
        ColumnRole::Time => TIME,
        ColumnRole::Item | ColumnRole::Asset => NAME,
        ColumnRole::Event => TRANSITION,
        other => other.name(),
    };
    let own = options.columns.get(&role);
    let offered = options.columns_if_there.get(&role);
    let others = offered.map(String::as_str).into_iter().chain([usual]);
    (own.map(String::as_str).into_iter()).chain(others.filter(move |_| own.is_none()))
}

/// What the attributes of an event or a trace say of a role; nothing where none is there.
fn said<'a>(
    role: ColumnRole,
    options: &LogOptions,
    attributes: &'a BTreeMap<String, String>,
) -> &'a str {
    let found = keys_of(role, options).find_map(|key| attributes.get(key));
    found.map_or("", String::as_str)
}

fn push(
    event: &BTreeMap<String, String>,
    trace: &BTreeMap<String, String>,
    line: u64,
    rows: &mut Rows<'_>,
) {
    let epoch = rows.twin().epoch;
    let value = |key: &str| event.get(key).map_or("", String::as_str);
    let of = |role| said(role, rows.options(), event);
    let (mut asset, mut what) = (of(ColumnRole::Asset), of(ColumnRole::Event));
    let is_state = rows.asset(asset).is_none()
        && rows.asset(value(RESOURCE)).is_some()
        && rows.options().word(value(NAME)).is_some();
    if is_state {
        (asset, what) = (value(RESOURCE), value(NAME));
    }
    let end = of(ColumnRole::End);
    rows.push(&Row {
        line,
        time: instant(of(ColumnRole::Time), epoch),
        end: (!end.is_empty()).then(|| instant(end, epoch)),
        item: Cow::Borrowed(said(ColumnRole::Item, rows.options(), trace)),
        asset: Cow::Borrowed(asset),
        // Whoever leaves it out tells of what is done.
        event: Cow::Borrowed(if what.is_empty() { "complete" } else { what }),
        server: Cow::Borrowed(of(ColumnRole::Server)),
        class: Cow::Borrowed(of(ColumnRole::Class)),
        from: Cow::Borrowed(of(ColumnRole::From)),
        to: Cow::Borrowed(of(ColumnRole::To)),
    });
}

const HEADER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <classifier name="Activity" keys="concept:name lifecycle:transition"/>
"#;

pub(super) fn write(out: &mut (dyn Write + Send), log: &EventLog, twin: &Twin) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    string(out, 2, NAME, &twin.id)?;
    // Traces by their first record, so that the same log gives the same bytes.
    let mut numbers: BTreeMap<(Option<u64>, u32, u16), usize> = BTreeMap::new();
    let mut traces: Vec<(String, Vec<usize>)> = Vec::new();
    for (place, record) in log.records.iter().enumerate() {
        let Some(line) = log.line(record, twin) else {
            continue;
        };
        let (key, name) = match (record.happening.what, line.item) {
            (
                What::Entered { item, .. }
                | What::Left { item }
                | What::Loaded { item, .. }
                | What::Unloaded { item }
                | What::Request { item, .. },
                Some(name),
            ) => ((Some(item), 0, 0), name.to_owned()),
            (What::Travels { agent, .. }, _) => {
                let name = format!("{} agent {agent}", line.asset);
                ((None, record.happening.asset, agent), name)
            }
            (What::State { server, .. }, _) => {
                let name = format!("{} server {server}", line.asset);
                ((None, record.happening.asset, server), name)
            }
            _ => continue,
        };
        let number = *numbers.entry(key).or_insert_with(|| {
            traces.push((name, Vec::new()));
            traces.len() - 1
        });
        traces[number].1.push(place);
    }
    for (name, places) in &traces {
        out.write_all(b"  <trace>\n")?;
        string(out, 4, NAME, name)?;
        for record in places.iter().map(|place| &log.records[*place]) {
            let Some(line) = log.line(record, twin) else {
                continue;
            };
            out.write_all(b"    <event>\n")?;
            let time = line.time.to_string();
            match record.happening.what {
                What::State { .. } | What::Travels { .. } => {
                    string(out, 6, NAME, line.event)?;
                    string(out, 6, RESOURCE, line.asset)?;
                    string(out, 6, TRANSITION, "start")?;
                }
                What::Entered { class, .. } => {
                    string(out, 6, NAME, line.asset)?;
                    string(out, 6, TRANSITION, "start")?;
                    attribute(out, 6, "int", ColumnRole::Class.name(), &class.to_string())?;
                }
                What::Left { .. } => {
                    string(out, 6, NAME, line.asset)?;
                    string(out, 6, TRANSITION, "complete")?;
                }
                What::Loaded { .. } | What::Unloaded { .. } | What::Request { .. } => {
                    string(out, 6, NAME, line.asset)?;
                    string(out, 6, TRANSITION, line.event)?;
                }
                // It has no line.
                What::Carries { .. } => {}
            }
            if let Some(server) = line.server {
                let key = ColumnRole::Server.name();
                attribute(out, 6, "int", key, &server.to_string())?;
            }
            for (role, waypoint) in [(ColumnRole::From, line.from), (ColumnRole::To, line.to)] {
                if let Some(waypoint) = waypoint {
                    string(out, 6, role.name(), waypoint)?;
                }
            }
            attribute(out, 6, "date", TIME, &time)?;
            if let Some(end) = line.end {
                attribute(out, 6, "date", ColumnRole::End.name(), &end.to_string())?;
            }
            out.write_all(b"    </event>\n")?;
        }
        out.write_all(b"  </trace>\n")?;
    }
    out.write_all(b"</log>\n")
}

fn string(out: &mut (dyn Write + Send), indent: usize, key: &str, value: &str) -> io::Result<()> {
    attribute(out, indent, "string", key, value)
}

fn attribute(
    out: &mut (dyn Write + Send),
    indent: usize,
    form: &str,
    key: &str,
    value: &str,
) -> io::Result<()> {
    let (key, value) = (escaped(key), escaped(value));
    writeln!(
        out,
        "{:indent$}<{form} key=\"{key}\" value=\"{value}\"/>",
        ""
    )
}
