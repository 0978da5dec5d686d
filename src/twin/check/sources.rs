//! Sources, their bindings, and how columns have changed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::contract::{
    Binding, BrokerAccess, Connection, Evolution, Payload, SourceSettings,
};
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::Checker;

impl Checker<'_, '_> {
    pub(super) fn check_sources(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("sources");
        let ids: Vec<(&str, DocumentPath)> = twin
            .sources
            .iter()
            .enumerate()
            .map(|(index, source)| (source.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("source", &ids);
        for (index, source) in twin.sources.iter().enumerate() {
            let path = list.item(index);
            self.connection(&source.connection, &path.field("connection"));
            let bindings = path.field("bindings");
            for (index, binding) in source.bindings.iter().enumerate() {
                self.binding(source, binding, &bindings.item(index));
            }
        }
    }

    fn connection(&mut self, connection: &Connection, path: &DocumentPath) {
        match connection {
            Connection::File { path: name } | Connection::Folder { path: name } => {
                self.source_path(name, &path.field("path"));
            }
            Connection::Mqtt { topics, .. } => {
                if let Some(access) = connection.broker() {
                    self.broker(&access, path);
                }
                let list = path.field("topics");
                if topics.is_empty() {
                    let finding = Finding::error("no topic is subscribed to")
                        .hint("name at least one filter, such as `\"plant/#\"`");
                    self.report(&list, finding);
                }
                for (index, topic) in topics.iter().enumerate() {
                    self.topic_filter(topic, &list.item(index));
                }
            }
            Connection::HttpPush {
                listen,
                token_variable,
            } => {
                if !is_host_and_port(listen) {
                    let finding = Finding::error(format!("`{listen}` is no address to listen at"))
                        .hint("write host and port, such as `\"127.0.0.1:8086\"`");
                    self.report(&path.field("listen"), finding);
                }
                let place = path.field("token_variable");
                self.environment_variable(token_variable.as_deref(), &place);
            }
            Connection::Process { command, .. } => {
                if command.first().is_none_or(|one| one.trim().is_empty()) {
                    let finding = Finding::error("no program is named")
                        .hint("write the program and its arguments: `[\"read-plc\", \"--json\"]`");
                    self.report(&path.field("command"), finding);
                }
            }
        }
    }

    /// How a broker is reached, whether to listen or to publish.
    pub(super) fn broker(&mut self, access: &BrokerAccess<'_>, path: &DocumentPath) {
        self.broker_url(access.url, &path.field("url"));
        let place = path.field("password_variable");
        self.environment_variable(access.password_variable, &place);
        if access.password_variable.is_some() && access.user.is_none() {
            let finding =
                Finding::error("there is a password and no user").hint("add `user: \"name\"`");
            self.report(&place, finding);
        }
        let encrypted = !access.url.starts_with("mqtt://");
        self.authority(access.authority, encrypted, "mqtts://", path);
    }

    /// A certificate authority, which only an encrypted connection has use for.
    pub(super) fn authority(
        &mut self,
        name: Option<&str>,
        encrypted: bool,
        scheme: &str,
        path: &DocumentPath,
    ) {
        let Some(name) = name else { return };
        let place = path.field("authority");
        self.source_path(name, &place);
        if !encrypted {
            let finding =
                Finding::error("a certificate authority is named for a connection without TLS")
                    .hint(format!(
                        "write `{scheme}` in the url, or leave the authority out"
                    ));
            self.report(&place, finding);
        }
    }

    /// A path that something else writes to: other than a file that belongs to
    /// the document it may be absolute.
    pub(super) fn source_path(&mut self, name: &str, path: &DocumentPath) {
        if name.trim().is_empty() {
            let finding = Finding::error("the path is empty")
                .hint("name a file or folder, relative to the document's folder or absolute");
            self.report(path, finding);
        }
    }

    fn broker_url(&mut self, url: &str, path: &DocumentPath) {
        let rest = url
            .strip_prefix("mqtt://")
            .or_else(|| url.strip_prefix("mqtts://"));
        let finding = match rest {
            None => Finding::error(format!("`{url}` is no address of an MQTT broker")),
            Some(rest) if rest.contains('@') => {
                self.report(
                    path,
                    Finding::error("user and password do not stand in the url").hint(
                        "write the user under `user`, and under `password_variable` the environment variable that holds the password",
                    ),
                );
                return;
            }
            Some(rest) => {
                let host = rest.strip_suffix('/').unwrap_or(rest);
                let named = !host.contains(':') || host.ends_with(']');
                if (named && is_host(host)) || is_host_and_port(host) {
                    return;
                }
                Finding::error(format!("`{url}` names no host, or no port"))
            }
        };
        self.report(
            path,
            finding.hint("write `\"mqtt://host:1883\"`, or with TLS `\"mqtts://host:8883\"`"),
        );
    }

    /// A topic filter as MQTT 5.0, 4.7.1 has it.
    fn topic_filter(&mut self, filter: &str, path: &DocumentPath) {
        let levels: Vec<&str> = filter.split('/').collect();
        let problem = if filter.is_empty() {
            "the topic filter is empty".to_owned()
        } else if levels
            .iter()
            .any(|level| level.len() > 1 && level.contains(['+', '#']))
        {
            format!("in `{filter}` a wildcard does not stand alone between slashes")
        } else if levels[..levels.len() - 1].contains(&"#") {
            format!("in `{filter}` something follows `#`")
        } else {
            return;
        };
        let finding = Finding::error(problem)
            .hint("`+` stands for one level, `#` at the end for all that follow: `plant/+/state`");
        self.report(path, finding);
    }

    pub(super) fn environment_variable(&mut self, name: Option<&str>, path: &DocumentPath) {
        let Some(name) = name else { return };
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || !name.chars().all(fits)
        {
            // What stands there may be the secret itself, so it is not repeated.
            let finding = Finding::error("this is not the name of an environment variable").hint(
                "a name such as `\"PLANT_PASSWORD\"` belongs here; the secret itself does not stand in the document",
            );
            self.report(path, finding);
        }
    }

    fn binding(&mut self, source: &SourceSettings, binding: &Binding, path: &DocumentPath) {
        let twin = self.twin;
        let payload = match &source.connection {
            Connection::Mqtt { payload, .. } | Connection::Process { payload, .. } => {
                Some(*payload)
            }
            // A sender chooses between line protocol and JSON.
            Connection::HttpPush { .. } => Some(Payload::Json),
            Connection::File { .. } | Connection::Folder { .. } => None,
        };
        for (pointer, name) in [
            (&binding.value, "value"),
            (&binding.time, "time"),
            (&binding.sequence, "sequence"),
            (&binding.quality, "quality"),
        ] {
            if pointer.is_empty() {
                continue;
            }
            let place = path.field(name);
            if payload != Some(Payload::Json) {
                let finding = Finding::warning(format!(
                    "`{name}` points into a JSON document, and this source has none"
                ))
                .hint("leave it out");
                self.report(&place, finding);
            } else if !is_json_pointer(pointer) {
                let finding = Finding::error(format!("`{pointer}` is no JSON pointer")).hint(
                    "write a slash before every name: `\"/reading/value\"`; `~0` stands for `~`, `~1` for `/`",
                );
                self.report(&place, finding);
            }
        }
        if !binding.topic.is_empty() && matches!(source.connection, Connection::Mqtt { .. }) {
            self.topic_filter(&binding.topic, &path.field("topic"));
        }
        let Some(channel) = twin.channels.iter().find(|one| one.id == binding.channel) else {
            let ids: Vec<&str> = twin.channels.iter().map(|one| one.id.as_str()).collect();
            let finding = Finding::error(format!("there is no channel `{}`", binding.channel))
                .hint(self.near(&binding.channel, "channels", &ids));
            self.report(&path.field("channel"), finding);
            return;
        };
        if let Some(unit) = &binding.unit {
            let name = format!("what is bound to channel `{}`", channel.id);
            self.unit(unit, &channel.unit, &name, &path.field("unit"));
        }
    }

    pub(super) fn check_evolution(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("evolution");
        let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, channel) in twin.channels.iter().enumerate() {
            columns.insert(channel.column.as_deref().unwrap_or(&channel.id), index);
        }
        let own: BTreeSet<&str> = columns.keys().copied().collect();
        // In order: a later change may name what an earlier one has renamed.
        for (index, change) in twin.evolution.iter().enumerate() {
            let path = list.item(index);
            match change {
                Evolution::Renamed { from, to } => {
                    let place = path.field("to");
                    let found = self.column(from, &columns, &path.field("from"));
                    if to.trim().is_empty() {
                        let finding = Finding::error("the new header is empty")
                            .hint("write the header that files have now");
                        self.report(&place, finding);
                    } else if from == to {
                        let finding = Finding::error(format!(
                            "the column `{from}` is renamed to what it is called already"
                        ))
                        .hint("remove this change");
                        self.report(&place, finding);
                    } else if columns.contains_key(to.as_str()) {
                        let finding =
                            Finding::error(format!("another channel reads the column `{to}`"))
                                .hint("two channels cannot read one column");
                        self.report(&place, finding);
                    } else if let Some(channel) = found {
                        columns.insert(to, channel);
                    }
                }
                Evolution::Removed { column } => {
                    self.column(column, &columns, &path.field("column"));
                }
                Evolution::Added { column } => {
                    if own.contains(column.as_str()) {
                        let finding = Finding::error(format!(
                            "the column `{column}` is read by a channel, and `Added` is for columns that none reads"
                        ))
                        .hint("remove this change");
                        self.report(&path.field("column"), finding);
                    }
                }
                Evolution::Unit { column, unit } => {
                    if let Some(channel) = self.column(column, &columns, &path.field("column")) {
                        let channel = &twin.channels[channel];
                        let name = format!("column `{column}` of channel `{}`", channel.id);
                        self.unit(unit, &channel.unit, &name, &path.field("unit"));
                    }
                }
            }
        }
    }

    /// The channel that reads a column, or a finding.
    fn column(
        &mut self,
        name: &str,
        columns: &BTreeMap<&str, usize>,
        path: &DocumentPath,
    ) -> Option<usize> {
        let found = columns.get(name).copied();
        if found.is_none() {
            let names: Vec<&str> = columns.keys().copied().collect();
            let finding = Finding::error(format!("no channel reads a column `{name}`"))
                .hint(self.near(name, "columns", &names));
            self.report(path, finding);
        }
        found
    }
}

fn is_host(host: &str) -> bool {
    let inside = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    !inside.is_empty()
        && inside
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
}

pub(super) fn is_host_and_port(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok())
}

/// RFC 6901, section 3.
fn is_json_pointer(text: &str) -> bool {
    text.starts_with('/')
        && text
            .split('~')
            .skip(1)
            .all(|rest| rest.starts_with(['0', '1']))
}
