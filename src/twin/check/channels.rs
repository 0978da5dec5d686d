//! Channels, telemetry files, uncertainties, forecast settings and acceptance criteria.

use std::collections::BTreeMap;

use super::super::document::{Channel, ChannelRole, Uncertainty};
use super::super::kind::{Bounds, Causality};
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::super::variable::Variable;
use super::values::{Expected, bounds_words, number, with_unit};
use super::{Checker, causality_words};

impl Checker<'_, '_> {
    pub(super) fn check_channels(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("channels");
        let ids: Vec<(&str, DocumentPath)> = twin
            .channels
            .iter()
            .enumerate()
            .map(|(index, channel)| (channel.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("channel", &ids);
        let mut columns: BTreeMap<&str, DocumentPath> = BTreeMap::new();
        let mut driven: BTreeMap<&str, DocumentPath> = BTreeMap::new();
        for (index, channel) in twin.channels.iter().enumerate() {
            let path = list.item(index);
            self.channel(channel, &path);
            // Equal ids are reported as such.
            let column = channel.column.as_deref();
            let named = path.field(if column.is_some() { "column" } else { "id" });
            let name = column.unwrap_or(&channel.id);
            match columns.get(name) {
                Some(first) if column.is_some() || first.steps().last() != named.steps().last() => {
                    let finding = Finding::error(format!("two channels read the column `{name}`"))
                        .hint("name another column for one of them")
                        .related(self.span(first), "the first one");
                    self.report(&named, finding);
                }
                Some(_) => {}
                None => {
                    columns.insert(name, named);
                }
            }
            if channel.role == ChannelRole::Input {
                let named = path.field("variable");
                if let Some(first) = driven.get(channel.variable.as_str()) {
                    let finding = Finding::error(format!(
                        "two channels drive the input `{}`",
                        channel.variable
                    ))
                    .hint("keep one of them")
                    .related(self.span(first), "the first one");
                    self.report(&named, finding);
                } else {
                    driven.insert(&channel.variable, named);
                }
            }
        }
    }

    fn channel(&mut self, channel: &Channel, path: &DocumentPath) {
        let variable = self.variable(&channel.variable, &path.field("variable"));
        if let Some(variable) = variable {
            self.causality(channel, variable, path);
            let name = format!("channel `{}` of `{}`", channel.id, channel.variable);
            let expected = channel.sample_unit(&variable.unit);
            self.unit(&channel.unit, &expected, &name, &path.field("unit"));
        }
        // Range and threshold are held against the variable, so that a wrong unit of the
        // channel gives one finding and not four.
        let unit_is_meant = variable.is_some() || !self.is_mended(&path.field("unit"));
        let unit = variable.map_or_else(
            || channel.unit.clone(),
            |variable| channel.sample_unit(&variable.unit),
        );
        let unit = &unit;
        let expected = |name: &str| Expected {
            name: name.to_owned(),
            unit,
            bounds: Bounds::NONE,
            example: unit.to_si(20.0),
        };
        if let Some((low, high)) = &channel.range
            && unit_is_meant
        {
            let place = path.field("range");
            self.quantity(low, &expected("the low end of the range"), &place.item(0));
            self.quantity(high, &expected("the high end of the range"), &place.item(1));
            if low.unit().is_commensurable(high.unit()) && low.si() >= high.si() {
                let finding = Finding::error(format!(
                    "the range from \"{low}\" to \"{high}\" holds no value"
                ))
                .hint("write the low end first");
                self.report(&place, finding);
            }
        }
        if let Some(threshold) = &channel.threshold
            && unit_is_meant
        {
            let place = path.field("threshold");
            self.quantity(threshold, &expected("the threshold"), &place);
        }
        if channel.period.is_some_and(|period| !period.is_positive()) {
            let finding = Finding::error("the time between samples must be above zero")
                .hint("write for example `\"1 s\"`, or leave it out");
            self.report(&path.field("period"), finding);
        }
        self.check_contract(channel, unit, unit_is_meant, &path.field("contract"));
    }

    fn causality(&mut self, channel: &Channel, variable: &Variable, path: &DocumentPath) {
        let fits = match channel.role {
            ChannelRole::Input => variable.causality == Causality::Input,
            ChannelRole::Measurement => {
                matches!(variable.causality, Causality::State | Causality::Output)
            }
        };
        if fits {
            return;
        }
        let is = causality_words(variable.causality);
        let hint = match (channel.role, variable.causality) {
            (ChannelRole::Input, _) => {
                "an `Input` channel drives an input; one that is compared has the role `Measurement`"
            }
            (ChannelRole::Measurement, Causality::Input) => {
                "a `Measurement` is compared with a state or output; one that drives has the role `Input`"
            }
            (ChannelRole::Measurement, _) => "a `Measurement` is compared with a state or output",
        };
        let finding = Finding::error(format!(
            "channel `{}` has the role `{:?}`, and `{}` is {is}",
            channel.id, channel.role, channel.variable
        ))
        .hint(hint);
        self.report(&path.field("role"), finding);
    }

    pub(super) fn check_telemetry(&mut self) {
        let list = DocumentPath::root().field("telemetry");
        for (index, file) in self.twin.telemetry.iter().enumerate() {
            self.relative_path(&file.path, &list.item(index).field("path"));
        }
    }

    pub(super) fn check_uncertainties(
        &mut self,
        uncertainties: &[Uncertainty],
        list: &DocumentPath,
    ) {
        let mut seen: BTreeMap<&str, DocumentPath> = BTreeMap::new();
        for (index, uncertainty) in uncertainties.iter().enumerate() {
            let path = list.item(index);
            let named = path.field("variable");
            if let Some(first) = seen.get(uncertainty.variable.as_str()) {
                let finding =
                    Finding::error(format!("`{}` has two uncertainties", uncertainty.variable))
                        .hint("keep one of them")
                        .related(self.span(first), "the first one");
                self.report(&named, finding);
            } else {
                seen.insert(&uncertainty.variable, named);
            }
            self.uncertainty(uncertainty, &path);
        }
    }

    fn uncertainty(&mut self, uncertainty: &Uncertainty, path: &DocumentPath) {
        let place = path.field("distribution");
        let valid = uncertainty.distribution.validate();
        if let Err(error) = &valid {
            let finding = Finding::error(format!("this is not a distribution: {error}"));
            self.report(&place, finding);
        }
        let name = &uncertainty.variable;
        let Some(variable) = self.variable(name, &path.field("variable")) else {
            return;
        };
        let unit = &uncertainty.unit;
        let unit_path = path.field("unit");
        match variable.causality {
            Causality::Output => {
                let finding = Finding::error(format!(
                    "`{name}` is an output, computed from the others, and cannot be uncertain by itself"
                ))
                .hint("state the uncertainty of the parameters, inputs and states it depends on");
                self.report(&path.field("variable"), finding);
            }
            Causality::Input | Causality::State => {
                let name = format!("the uncertainty of `{name}`");
                self.difference_unit(unit, &variable.unit, &name, &unit_path);
            }
            Causality::Parameter => {
                let words = format!("the uncertainty of `{name}`");
                let fits = self.unit(unit, &variable.unit, &words, &unit_path);
                if !fits || valid.is_err() || self.is_mended(&unit_path) {
                    return;
                }
                let mean = uncertainty.distribution.mean();
                if !variable.bounds.contains(unit.to_si(mean)) {
                    let bounds = bounds_words(variable.bounds, unit).unwrap_or_default();
                    let finding = Finding::warning(format!(
                        "the mean {} of `{name}` is out of its bounds",
                        with_unit(mean, unit)
                    ))
                    .hint(format!("it must be {bounds}"));
                    self.report(&place, finding);
                }
            }
        }
    }

    pub(super) fn check_forecast(&mut self) {
        let forecast = &self.twin.forecast;
        let path = DocumentPath::root().field("forecast");
        let (horizon, stride) = (forecast.horizon, forecast.stride);
        let timestep = self.twin.timestep;
        let timestep_is_meant =
            timestep.is_positive() && !self.is_mended(&DocumentPath::root().field("timestep"));
        if !stride.is_positive() {
            let finding = Finding::error("the stride of the forecast must be above zero")
                .hint(format!("write a multiple of the timestep {timestep}"));
            self.report(&path.field("stride"), finding);
        } else if timestep_is_meant && stride.nanoseconds() % timestep.nanoseconds() != 0 {
            let below = stride.nanoseconds() / timestep.nanoseconds() * timestep.nanoseconds();
            let near = crate::quantity::SimDuration::from_nanoseconds(
                below.saturating_add(timestep.nanoseconds()),
            );
            let finding = Finding::error(format!(
                "the stride {stride} of the forecast is not a multiple of the timestep {timestep}"
            ))
            .hint(format!("write for example \"{near}\""));
            self.report(&path.field("stride"), finding);
        }
        if horizon < stride && !self.is_mended(&path.field("stride")) {
            let finding = Finding::error(format!(
                "the forecast's horizon {horizon} is shorter than its stride {stride}"
            ))
            .hint("lengthen the horizon or shorten the stride");
            self.report(&path.field("horizon"), finding);
        }
        self.members(forecast.members, &path.field("members"));
    }

    pub(super) fn check_acceptance(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("acceptance");
        for (index, criterion) in twin.acceptance.iter().enumerate() {
            let path = list.item(index);
            let named = path.field("channel");
            let found = twin
                .channels
                .iter()
                .position(|channel| channel.id == criterion.channel);
            let Some(position) = found else {
                let ids: Vec<&str> = twin.channels.iter().map(|one| one.id.as_str()).collect();
                let finding =
                    Finding::error(format!("there is no channel `{}`", criterion.channel))
                        .hint(self.near(&criterion.channel, "channels", &ids));
                self.report(&named, finding);
                continue;
            };
            let channel = &twin.channels[position];
            if channel.role == ChannelRole::Input {
                let finding = Finding::error(format!(
                    "channel `{}` drives the model and cannot judge it",
                    channel.id
                ))
                .hint("name a channel of the role `Measurement`");
                self.report(&named, finding);
            }
            // A wrong unit or variable of the channel is reported there.
            let Some(variable) = self.variables.find(&channel.variable) else {
                continue;
            };
            let expected = &self.variables.get(variable).unit;
            let place = path.field("at_most");
            let unit = criterion.at_most.unit();
            if self.difference_unit(unit, expected, "`at_most`", &place)
                && criterion.at_most.value() <= 0.0
            {
                let finding = Finding::error(format!(
                    "no residual can be at most {}",
                    number(criterion.at_most.value())
                ))
                .hint("write a value above zero");
                self.report(&place, finding);
            }
        }
    }
}
