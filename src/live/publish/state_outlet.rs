//! What is taken of a running session to be published.

use std::sync::Arc;

use super::outbox::Outbox;
use crate::live::session::Session;
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::telemetry::SourceQuality;
use crate::telemetry::sink::{Publication, PublishedSample};
use crate::twin::{ChannelRole, LoadedTwin, PublishSettings, VariableIndex};

/// Takes simulated values and residuals of a session whenever their time has
/// come. An instant is published once: not again where the past is simulated
/// anew.
#[derive(Clone, Debug)]
pub struct StateOutlet {
    outbox: Arc<Outbox>,
    every: SimDuration,
    values: Vec<Value>,
    residuals: Vec<ResidualOf>,
    /// The last instant that was published.
    last: Option<SimTime>,
    /// The number of the next publication.
    next: u64,
}

/// A simulated value.
#[derive(Clone, Debug)]
struct Value {
    name: String,
    variable: VariableIndex,
    unit: Unit,
}

/// The residuals of a channel, in SI: a difference in degrees Celsius would be
/// read as a temperature.
#[derive(Clone, Debug)]
struct ResidualOf {
    name: String,
    channel: usize,
    code: String,
}

impl StateOutlet {
    pub(super) fn new(
        settings: &PublishSettings,
        loaded: &LoadedTwin,
        outbox: Arc<Outbox>,
    ) -> Self {
        let twin = &loaded.twin;
        let measured = twin
            .channels
            .iter()
            .filter(|channel| channel.role == ChannelRole::Measurement)
            .map(|channel| channel.id.clone());
        let names: Vec<String> = if settings.what.is_empty() {
            measured.collect()
        } else {
            settings.what.clone()
        };
        let mut values = Vec::new();
        let mut residuals = Vec::new();
        for name in names {
            let channel = twin.channels.iter().position(|one| one.id == name);
            let variable = match channel {
                Some(channel) => loaded.variables.find(&twin.channels[channel].variable),
                None => loaded.variables.find(&name),
            };
            // A name that stands for nothing was refused when the document was read.
            let Some(variable) = variable else { continue };
            let unit = match channel {
                Some(channel) => &twin.channels[channel].unit,
                None => &loaded.variables.get(variable).unit,
            };
            if let Some(channel) = channel
                && settings.residuals
                && twin.channels[channel].role == ChannelRole::Measurement
            {
                residuals.push(ResidualOf {
                    name: format!("{name}.residual"),
                    channel,
                    code: unit.dimension().si_code(),
                });
            }
            values.push(Value {
                name,
                variable,
                unit: unit.clone(),
            });
        }
        Self {
            outbox,
            every: settings.every,
            values,
            residuals,
            last: None,
            next: 1,
        }
    }

    /// Looks at a session that has made a step. Never waits.
    pub(in crate::live) fn look(&mut self, session: &Session) {
        let now = session.now();
        let due = now.floor_to(self.every).unwrap_or(now);
        if self.last.is_some_and(|last| last >= due) {
            return;
        }
        let since = self.last.replace(now);
        let mut publications = Vec::with_capacity(self.values.len() + self.residuals.len());
        for value in &self.values {
            let si = session.simulation().value(value.variable);
            let (shown, code) = (value.unit.from_si(si), value.unit.code().to_owned());
            publications.push((value.name.clone(), now, shown, code));
        }
        for one in &self.residuals {
            // The last one since the instant before, with its own time.
            let residual = session
                .residuals(one.channel)
                .and_then(|channel| channel.residuals.last())
                .filter(|residual| since.is_none_or(|since| residual.time > since));
            if let Some(residual) = residual {
                let (name, code) = (one.name.clone(), one.code.clone());
                publications.push((name, residual.time, residual.value, code));
            }
        }
        let first = self.next;
        self.next += publications.len() as u64;
        self.outbox.put(publications.into_iter().zip(first..).map(
            |((channel, time, value, unit), sequence)| {
                Publication::Sample(PublishedSample {
                    channel,
                    time,
                    received: now,
                    value,
                    unit,
                    sequence: Some(sequence),
                    quality: SourceQuality::None,
                })
            },
        ));
    }
}
