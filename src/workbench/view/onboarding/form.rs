//! The first page of the wizard: where samples are, and to which twin they belong.

use std::path::{Path, PathBuf};

use crate::live::onboarding::BrokerRequest;
use crate::quantity::Unit;
use crate::workbench::view::entry;

/// Time that a broker is listened to at first.
const SECONDS: &str = "20 s";

/// Where samples come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    #[default]
    File,
    /// A broker.
    Broker,
}

/// A field of the first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormField {
    /// The path of the file.
    File,
    /// The twin's document.
    Twin,
    /// The zone of the file's clock.
    Zone,
    /// The address of the broker.
    Url,
    /// The topics, separated by commas.
    Topics,
    /// How long to listen.
    Seconds,
    /// The user, where the broker asks for one.
    User,
    /// Environment variable that holds the password.
    PasswordVariable,
}

impl FormField {
    /// Its label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Twin => "Twin",
            Self::Zone => "Time zone",
            Self::Url => "Broker",
            Self::Topics => "Topics",
            Self::Seconds => "Listen for",
            Self::User => "User",
            Self::PasswordVariable => "Password in",
        }
    }

    /// What an empty field says.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::File => "/data/plant.csv, or drop the file on the window",
            Self::Twin => "/twins/plant/twin.ron",
            Self::Zone => "UTC; Europe/Berlin where the clock on the wall was written down",
            Self::Url => "mqtt://host:1883",
            Self::Topics => "plant/#",
            Self::Seconds => SECONDS,
            Self::User => "nobody",
            Self::PasswordVariable => "name of an environment variable",
        }
    }
}

/// What the first page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Where samples come from.
    pub origin: Origin,
    /// The path of the file.
    pub file: String,
    /// The twin's document, or its folder.
    pub twin: String,
    /// The zone of the file's clock; empty where times say it or it is UTC.
    pub zone: String,
    /// The address of the broker.
    pub url: String,
    /// The topics, separated by commas.
    pub topics: String,
    /// How long to listen.
    pub seconds: String,
    /// The user.
    pub user: String,
    /// Environment variable that holds the password.
    pub password_variable: String,
}

impl Form {
    /// A form for this document, or for one to be named.
    #[must_use]
    pub fn new(document: Option<&Path>) -> Self {
        Self {
            twin: document.map_or_else(String::new, |path| path.display().to_string()),
            topics: "#".to_owned(),
            seconds: SECONDS.to_owned(),
            ..Self::default()
        }
    }

    /// What a field says.
    #[must_use]
    pub fn text(&self, field: FormField) -> &str {
        match field {
            FormField::File => &self.file,
            FormField::Twin => &self.twin,
            FormField::Zone => &self.zone,
            FormField::Url => &self.url,
            FormField::Topics => &self.topics,
            FormField::Seconds => &self.seconds,
            FormField::User => &self.user,
            FormField::PasswordVariable => &self.password_variable,
        }
    }

    pub(super) fn fill(&mut self, field: FormField, text: String) {
        *match field {
            FormField::File => &mut self.file,
            FormField::Twin => &mut self.twin,
            FormField::Zone => &mut self.zone,
            FormField::Url => &mut self.url,
            FormField::Topics => &mut self.topics,
            FormField::Seconds => &mut self.seconds,
            FormField::User => &mut self.user,
            FormField::PasswordVariable => &mut self.password_variable,
        } = text;
    }

    /// The twin's document.
    #[must_use]
    pub fn twin_path(&self) -> Option<PathBuf> {
        let text = self.twin.trim();
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    pub(super) fn zone_name(&self) -> Option<String> {
        let text = self.zone.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Seconds to listen.
    fn listening(&self) -> Option<f64> {
        entry::read(&self.seconds, &Unit::known("s"))
            .ok()
            .filter(|seconds| *seconds >= 1.0 && *seconds <= 86_400.0)
    }

    fn topic_list(&self) -> Vec<String> {
        self.topics
            .split(',')
            .map(|topic| topic.trim().to_owned())
            .filter(|topic| !topic.is_empty())
            .collect()
    }

    /// The request for the broker of the form.
    pub(super) fn broker_request(&self) -> BrokerRequest {
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        BrokerRequest {
            url: self.url.trim().to_owned(),
            topics: self.topic_list(),
            seconds: self.listening().unwrap_or_default(),
            user: given(&self.user),
            password_variable: given(&self.password_variable),
            twin: self.twin_path(),
            ..BrokerRequest::default()
        }
    }

    /// The first field that keeps the form from being used, and why.
    #[must_use]
    pub fn refusal(&self) -> Option<(FormField, String)> {
        let no = |field, why: &str| Some((field, why.to_owned()));
        match self.origin {
            Origin::File if self.file.trim().is_empty() => {
                no(FormField::File, "Name a file, or drop one on the window")
            }
            Origin::Broker if self.url.trim().is_empty() => no(
                FormField::Url,
                "Name the broker, as in mqtt://192.168.0.10:1883",
            ),
            Origin::Broker if self.topic_list().is_empty() => {
                no(FormField::Topics, "Name a topic; # listens to all")
            }
            Origin::Broker if self.listening().is_none() => no(
                FormField::Seconds,
                "Say how long to listen, from 1 s to a day",
            ),
            _ if self.twin.trim().is_empty() => {
                no(FormField::Twin, "Name the twin that the samples belong to")
            }
            _ => None,
        }
    }
}
