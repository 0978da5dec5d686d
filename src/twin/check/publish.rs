//! What a twin publishes, and where to.

use super::super::publish::{PublishSettings, PublishTarget};
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::Checker;
use super::sources::is_host_and_port;
use crate::twin::{Connection, topic_matches};

impl Checker<'_, '_> {
    pub(super) fn check_publish(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("publish");
        let ids: Vec<(&str, DocumentPath)> = twin
            .publish
            .iter()
            .enumerate()
            .map(|(index, one)| (one.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("publisher", &ids);
        for (index, settings) in twin.publish.iter().enumerate() {
            let path = list.item(index);
            self.target(settings, &path.field("to"));
            if !settings.every.is_positive() {
                let finding = Finding::error("the time between two values must be above zero")
                    .hint("write for example `\"10 s\"`");
                self.report(&path.field("every"), finding);
            } else if twin.timestep.is_positive() && settings.every < twin.timestep {
                let finding = Finding::warning(format!(
                    "values change every {}, the twin's timestep, and not more often",
                    twin.timestep
                ))
                .hint(format!("write `\"{}\"`", twin.timestep));
                self.report(&path.field("every"), finding);
            }
            self.published_names(&settings.what, &path.field("what"));
        }
    }

    fn published_names(&mut self, names: &[String], list: &DocumentPath) {
        let twin = self.twin;
        for (index, name) in names.iter().enumerate() {
            let path = list.item(index);
            if names[..index].contains(name) {
                let finding =
                    Finding::error(format!("`{name}` stands here twice")).hint("remove one");
                self.report(&path, finding);
            } else if name.contains('.') {
                self.variable(name, &path);
            } else if !twin.channels.iter().any(|channel| channel.id == *name) {
                let ids: Vec<&str> = twin.channels.iter().map(|one| one.id.as_str()).collect();
                let finding =
                    Finding::error(format!("there is no channel `{name}`")).hint(format!(
                        "{}; a variable has a dot in its name: `heater_1.temperature`",
                        self.near(name, "channels", &ids)
                    ));
                self.report(&path, finding);
            }
        }
    }

    fn target(&mut self, settings: &PublishSettings, path: &DocumentPath) {
        if let Some(access) = settings.to.broker() {
            self.broker(&access, path);
        }
        match &settings.to {
            PublishTarget::Mqtt { url, topic, .. } => {
                self.topic(url, topic, &path.field("topic"));
            }
            PublishTarget::Http {
                url,
                measurement,
                token_variable,
                authority,
            } => {
                if !is_http_address(url) {
                    let finding = Finding::error(format!("`{url}` is no address of a server"))
                        .hint("write `\"http://host:8086/path\"`, or with TLS `\"https://host/path\"`");
                    self.report(&path.field("url"), finding);
                }
                if measurement.trim().is_empty() {
                    let finding = Finding::error("the measurement has no name")
                        .hint("write for example `\"twin\"`");
                    self.report(&path.field("measurement"), finding);
                }
                let place = path.field("token_variable");
                self.environment_variable(token_variable.as_deref(), &place);
                let encrypted = url.starts_with("https://");
                self.authority(authority.as_deref(), encrypted, "https://", path);
            }
            PublishTarget::File { path: name } => {
                self.source_path(name, &path.field("path"));
                if settings.alarms {
                    let finding = Finding::warning("alarms have no place in a table of values")
                        .hint("publish them to a broker or a server");
                    self.report(path, finding);
                }
            }
        }
    }

    /// First levels of topics, without wildcards, that no source of the same
    /// broker subscribes to: the twin would take what it says for measurements.
    fn topic(&mut self, url: &str, topic: &str, path: &DocumentPath) {
        let twin = self.twin;
        let trimmed = topic.trim_end_matches('/');
        if trimmed.is_empty() || trimmed.contains(['+', '#', '\0']) || trimmed.starts_with('$') {
            let finding = Finding::error(format!("`{topic}` cannot be published to"))
                .hint("write the first levels of the topics, without wildcards: `\"twins/tclab\"`");
            self.report(path, finding);
            return;
        }
        let heard = twin.sources.iter().find(|source| match &source.connection {
            Connection::Mqtt {
                url: other, topics, ..
            } => {
                other == url
                    && topics.iter().any(|filter| {
                        topic_matches(filter, &format!("{trimmed}/value"))
                            || topic_matches(filter, &format!("{trimmed}/alarms/value"))
                    })
            }
            _ => false,
        });
        if let Some(source) = heard {
            let finding = Finding::error(format!(
                "source `{}` subscribes to what is published here: the twin would take its own \
                 values for measurements",
                source.id
            ))
            .hint("publish below another topic, such as `\"twins/tclab\"`");
            self.report(path, finding);
        }
    }
}

fn is_http_address(url: &str) -> bool {
    let Some(rest) = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
    else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    is_host_and_port(authority)
        || (!authority.contains([':', '@']) && is_host_and_port(&format!("{authority}:80")))
}
