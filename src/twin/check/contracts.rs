//! Contracts of channels, and balances between them.

use super::super::contract::{Aggregation, Balance, with_time_exponent};
use super::super::document::Channel;
use super::super::kind::Bounds;
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::Checker;
use super::values::Expected;
use crate::quantity::{Quantity, SimDuration, Unit};

impl Checker<'_, '_> {
    /// `unit` is of the dimension that the samples have; where it is not
    /// `unit_is_meant`, quantities cannot be held against it.
    pub(super) fn check_contract(
        &mut self,
        channel: &Channel,
        unit: &Unit,
        unit_is_meant: bool,
        path: &DocumentPath,
    ) {
        let contract = &channel.contract;
        if contract.is_empty() {
            return;
        }
        self.not_negative(contract.jitter, "the jitter", &path.field("jitter"));
        self.not_negative(contract.lateness, "the lateness", &path.field("lateness"));
        if contract.stuck.is_some_and(|stuck| !stuck.is_positive()) {
            let finding = Finding::error("the stuck limit must be above zero")
                .hint("write for example `\"10 min\"`, or leave it out");
            self.report(&path.field("stuck"), finding);
        }
        if let (Some(jitter), Some(period)) = (contract.jitter, channel.period)
            && period.is_positive()
            && jitter >= period
        {
            let finding = Finding::warning(format!(
                "with a jitter of {jitter} and a period of {period} a missing sample is never noticed at once"
            ))
            .hint("write a jitter below the period");
            self.report(&path.field("jitter"), finding);
        }
        if let (Some(stuck), Some(period)) = (contract.stuck, channel.period)
            && stuck.is_positive()
            && stuck < period
        {
            let finding = Finding::error(format!(
                "the stuck limit {stuck} is shorter than the period {period}: every sample would break it"
            ))
            .hint("write a limit of at least two periods");
            self.report(&path.field("stuck"), finding);
        }
        self.check_aliases(channel, path);
        if !unit_is_meant {
            return;
        }
        if let Some(range) = &contract.operational {
            self.operational(channel, range, unit, &path.field("operational"));
        }
        if let Some(rate) = &contract.rate {
            let place = path.field("rate");
            match with_time_exponent(unit, -1) {
                Some(expected) => self.difference_above_zero(rate, &expected, "`rate`", &place),
                None => self.report(
                    &place,
                    Finding::error("the unit of the channel has no rate of change"),
                ),
            }
        }
        for (value, name) in [
            (&contract.resolution, "resolution"),
            (&contract.noise, "noise"),
            (&contract.drift, "drift"),
        ] {
            if let Some(value) = value {
                let place = path.field(name);
                self.difference_above_zero(value, unit, &format!("`{name}`"), &place);
            }
        }
        if let Aggregation::Total {
            rollover: Some(rollover),
        } = &contract.aggregation
        {
            let place = path.field("aggregation").field("rollover");
            self.difference_above_zero(rollover, unit, "`rollover`", &place);
        }
    }

    fn not_negative(&mut self, duration: Option<SimDuration>, name: &str, path: &DocumentPath) {
        if duration.is_some_and(SimDuration::is_negative) {
            let finding = Finding::error(format!("{name} must not be below zero"))
                .hint("write for example `\"500 ms\"`, or leave it out");
            self.report(path, finding);
        }
    }

    fn difference_above_zero(
        &mut self,
        quantity: &Quantity,
        expected: &Unit,
        name: &str,
        path: &DocumentPath,
    ) {
        if self.difference_unit(quantity.unit(), expected, name, path) && quantity.value() <= 0.0 {
            let finding = Finding::error(format!("{name} cannot be \"{quantity}\""))
                .hint("write a value above zero");
            self.report(path, finding);
        }
    }

    fn operational(
        &mut self,
        channel: &Channel,
        range: &(Quantity, Quantity),
        unit: &Unit,
        path: &DocumentPath,
    ) {
        let (low, high) = range;
        let expected = |name: &str| Expected {
            name: name.to_owned(),
            unit,
            bounds: Bounds::NONE,
            example: unit.to_si(20.0),
        };
        self.quantity(
            low,
            &expected("the low end of normal operation"),
            &path.item(0),
        );
        self.quantity(
            high,
            &expected("the high end of normal operation"),
            &path.item(1),
        );
        let fits = |one: &Quantity| one.unit().is_commensurable(unit);
        if !fits(low) || !fits(high) {
            return;
        }
        if low.si() >= high.si() {
            let finding = Finding::error(format!(
                "normal operation from \"{low}\" to \"{high}\" holds no value"
            ))
            .hint("write the low end first");
            self.report(path, finding);
        } else if let Some((lowest, highest)) = &channel.range
            && fits(lowest)
            && fits(highest)
            && lowest.si() < highest.si()
            && (low.si() < lowest.si() || high.si() > highest.si())
        {
            let finding = Finding::error(format!(
                "normal operation from \"{low}\" to \"{high}\" reaches out of the physical range from \"{lowest}\" to \"{highest}\""
            ))
            .hint("narrow it, or widen `range`");
            self.report(path, finding);
        }
    }

    /// Aliases name one stream: no other channel may be called so.
    fn check_aliases(&mut self, channel: &Channel, path: &DocumentPath) {
        let twin = self.twin;
        let list = path.field("aliases");
        for (index, alias) in channel.contract.aliases.iter().enumerate() {
            let place = list.item(index);
            if alias.trim().is_empty() {
                let finding = Finding::error("an alias is empty").hint("remove it");
                self.report(&place, finding);
                continue;
            }
            let other = twin.channels.iter().find(|other| {
                other.id != channel.id
                    && (other.id == *alias
                        || other.column.as_deref() == Some(alias)
                        || other.contract.aliases.contains(alias))
            });
            if let Some(other) = other {
                let finding = Finding::error(format!("`{alias}` names channel `{}` too", other.id))
                    .hint("keep the alias with one of the two");
                self.report(&place, finding);
            }
        }
    }

    pub(super) fn check_balances(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("balances");
        let ids: Vec<(&str, DocumentPath)> = twin
            .balances
            .iter()
            .enumerate()
            .map(|(index, balance)| (balance.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("balance", &ids);
        for (index, balance) in twin.balances.iter().enumerate() {
            self.balance(balance, &list.item(index));
        }
    }

    fn balance(&mut self, balance: &Balance, path: &DocumentPath) {
        let twin = self.twin;
        let terms = path.field("terms");
        if balance.terms.len() < 2 {
            let finding = Finding::error(format!(
                "balance `{}` has fewer than two terms: nothing has to agree",
                balance.id
            ))
            .hint("name at least two channels, each with its factor: `{\"inflow\": 1.0, \"outflow\": -1.0}`");
            self.report(&terms, finding);
        }
        self.not_negative(
            Some(balance.patience),
            "the patience",
            &path.field("patience"),
        );
        let mut first: Option<(&str, Unit)> = None;
        let mut agree = true;
        for (id, factor) in &balance.terms {
            let place = terms.field(id.clone());
            let Some(channel) = twin.channels.iter().find(|one| one.id == *id) else {
                let ids: Vec<&str> = twin.channels.iter().map(|one| one.id.as_str()).collect();
                let finding = Finding::error(format!("there is no channel `{id}`"))
                    .hint(self.near(id, "channels", &ids));
                self.report_key(&place, finding);
                continue;
            };
            if *factor == 0.0 {
                let finding = Finding::warning(format!(
                    "channel `{id}` enters the balance with a factor of zero"
                ))
                .hint("remove it, or give it a factor");
                self.report(&place, finding);
            }
            // What enters is the observation: of a counter, its rate.
            let Some(variable) = self.variables.find(&channel.variable) else {
                continue;
            };
            let unit = self.variables.get(variable).unit.clone();
            match &first {
                None => first = Some((id, unit)),
                Some((other, expected)) if !expected.is_commensurable(&unit) => {
                    agree = false;
                    let finding = Finding::error(format!(
                        "channel `{id}` measures {}, and `{other}` {}: they cannot be added",
                        unit.dimension(),
                        expected.dimension()
                    ))
                    .hint("a balance is between quantities of one dimension");
                    self.report_key(&place, finding);
                }
                Some(_) => {}
            }
        }
        if let Some((_, unit)) = first.as_ref().filter(|_| agree) {
            let place = path.field("tolerance");
            self.difference_above_zero(&balance.tolerance, unit, "`tolerance`", &place);
        }
    }
}
