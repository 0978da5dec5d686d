//! Options, times and energy.

use super::super::inp::{HeadLoss, LinkKind, QualityKind, Statistic};
use super::super::section::Section;
use super::super::text::{Row, Word};
use super::super::units::{FlowUnit, PressureUnit};
use super::{Named, Reader, hours, parsed, shortened};

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Kinematic viscosity and diffusivity that EPANET relates to [ft2/s], and what tells an actual
/// value from a relative one.
const VISCOSITY: (f64, f64) = (1.1e-5, 1e-3);
const DIFFUSIVITY: (f64, f64) = (1.3e-8, 1e-4);

impl<'s> Reader<'s, '_> {
    /// The options on which the reading of other sections depends.
    pub(super) fn units(&mut self, rows: &[Row<'s>]) {
        for row in rows {
            let Some(value) = row.word(1) else { continue };
            if row.is(0, "UNIT") {
                let si = value.is("SI").then_some(FlowUnit::Lps);
                let unit = FlowUnit::ALL
                    .into_iter()
                    .find(|unit| value.is(unit.word()))
                    .or(si);
                match unit {
                    Some(unit) => self.inp.options.flow_unit = unit,
                    None => self.error(
                        &value,
                        format!("`{}` is no unit of flow", shortened(value.text)),
                        "write CFS, GPM, MGD, IMGD, AFD, LPS, LPM, MLD, CMH, CMD or CMS",
                    ),
                }
            } else if row.is(0, "HEADL") {
                let formula = [
                    ("H-W", HeadLoss::HazenWilliams),
                    ("D-W", HeadLoss::DarcyWeisbach),
                    ("C-M", HeadLoss::ChezyManning),
                ]
                .into_iter()
                .find_map(|(word, formula)| value.is(word).then_some(formula));
                match formula {
                    Some(formula) => self.inp.options.headloss = formula,
                    None => self.error(
                        &value,
                        format!("`{}` is no head loss formula", shortened(value.text)),
                        "write H-W, D-W or C-M",
                    ),
                }
            }
        }
    }

    pub(super) fn options(&mut self, rows: &[Row<'s>]) {
        for row in rows {
            if row.is(0, "UNIT") || row.is(0, "HEADL") {
                continue;
            }
            if !self.choice_option(row) && !self.number_option(row) {
                let word = row.words[0];
                self.warn(
                    &word,
                    format!("the option `{}` means nothing here", shortened(word.text)),
                    "it is kept for the export and not used",
                );
                let words: Vec<&str> = row.words.iter().map(|word| word.text).collect();
                self.inp.options_kept(&words);
            }
        }
        let options = &mut self.inp.options;
        /// The least that EPANET keeps between the two pressures.
        const LEAST_DIFFERENCE: f64 = 0.1;
        if options.required_pressure - options.minimum_pressure < LEAST_DIFFERENCE - 1e-12 {
            let least = options.minimum_pressure + LEAST_DIFFERENCE;
            options.required_pressure = least;
            if options.pressure_driven
                && let Some(row) = rows
                    .iter()
                    .find(|row| row.is(0, "REQ") || row.is(0, "MINI"))
            {
                self.warn(
                    &row.words[0],
                    "the required pressure is not above the minimum pressure",
                    format!("{least} is taken for it, as EPANET wants at least 0.1 between them"),
                );
            }
        }
    }

    /// An option that is a word; whether the row was one.
    fn choice_option(&mut self, row: &Row<'s>) -> bool {
        let keyword = row.words[0];
        let value = row.word(1);
        if keyword.is("PRES") {
            let Some(value) = value else { return true };
            if value.is("EXP") {
                return false;
            }
            let unit = PressureUnit::ALL
                .into_iter()
                .find_map(|(unit, word)| value.is(word).then_some(unit));
            match unit {
                Some(unit) => self.inp.options.pressure_unit = Some(unit),
                None => self.error(
                    &value,
                    format!("`{}` is no unit of pressure", shortened(value.text)),
                    "write PSI, KPA, METERS, BAR or FEET",
                ),
            }
        } else if keyword.is("HYDR")
            || keyword.is("MAP")
            || keyword.is("VERI")
            || keyword.is("SEGM")
        {
            return false;
        } else if keyword.is("QUAL") {
            if let Some(value) = value {
                self.quality_option(row, &value);
            }
        } else if keyword.is("UNBA") {
            match value {
                Some(value) if value.is("STOP") => self.inp.options.unbalanced = None,
                Some(value) if value.is("CONT") => {
                    let extra = row.word(2).and_then(|word| parsed(word.text));
                    self.inp.options.unbalanced = Some(extra.unwrap_or(0.0).clamp(0.0, 1e6) as i64);
                }
                Some(value) => self.error(
                    &value,
                    format!("`{}` is not what can be done", shortened(value.text)),
                    "write STOP or CONTINUE, and a number of trials behind it",
                ),
                None => {}
            }
        } else if keyword.is("PATT") {
            if let Some(value) = value {
                self.inp.options.default_pattern = value.text.to_owned();
            }
        } else if keyword.is("DEMA") && row.is(1, "MODEL") {
            match row.word(2) {
                Some(word) if word.is("DDA") => self.inp.options.pressure_driven = false,
                Some(word) if word.is("PDA") => self.inp.options.pressure_driven = true,
                other => {
                    let word = other.unwrap_or(keyword);
                    self.error(
                        &word,
                        "the model of demand is not known",
                        "write `DEMAND MODEL DDA` or `DEMAND MODEL PDA`",
                    );
                }
            }
        } else if (keyword.is("BACK") || keyword.is("EMIT"))
            && row.words.len() > 2
            && (row.is(1, "ALLOW") || row.is(1, "BACK"))
        {
            self.inp.options.backflow = !row.is(2, "NO");
        } else {
            return false;
        }
        true
    }

    fn quality_option(&mut self, row: &Row<'s>, value: &Word<'s>) {
        let unit = row.word(2);
        let quality = if value.is("NONE") {
            QualityKind::None
        } else if value.is("AGE") {
            QualityKind::Age
        } else if value.is("TRACE") {
            let Some(name) = unit else {
                self.error(
                    value,
                    "the node to trace is missing",
                    "write `QUALITY TRACE node`",
                );
                return;
            };
            match self.find(Named::Node, &name) {
                Some(node) => QualityKind::Trace(node),
                None => return,
            }
        } else {
            QualityKind::Constituent(value.text.to_owned())
        };
        self.inp.options.quality = quality;
        self.inp.options.micrograms = unit.is_some_and(|word| word.is("ug"));
    }

    /// An option that is a number; whether the row was one.
    fn number_option(&mut self, row: &Row<'s>) -> bool {
        let keyword = row.words[0];
        let two_words = ["SPEC", "EMIT", "DEMA", "MINI", "REQ", "PRES"]
            .iter()
            .any(|word| keyword.is(word));
        let known = [
            "TOLER",
            "DIFF",
            "DAMPLIMIT",
            "FLOWCHANGE",
            "HEADERROR",
            "VISC",
            "TRIAL",
            "ACCU",
            "CHECKFREQ",
            "MAXCHECK",
        ];
        if !two_words && !known.iter().any(|word| keyword.is(word)) {
            return false;
        }
        // As in EPANET, an option without a value keeps its default.
        let Some(word) = row.word(if two_words { 2 } else { 1 }) else {
            return true;
        };
        let may_be_zero = [
            "TOLER",
            "DIFF",
            "DAMPLIMIT",
            "FLOWCHANGE",
            "HEADERROR",
            "MINI",
            "REQ",
            "PRES",
        ]
        .iter()
        .any(|word| keyword.is(word));
        let value = if may_be_zero {
            self.not_negative(&word, "this option")
        } else {
            self.positive(&word, "this option")
        };
        let Some(value) = value else { return true };
        let metric = self.inp.options.flow_unit.is_metric();
        let options = &mut self.inp.options;
        let place = if keyword.is("TOLER") {
            options.tolerance = Some(value);
            return true;
        } else if keyword.is("DIFF") {
            options.diffusivity = relative(value, DIFFUSIVITY, metric);
            return true;
        } else if keyword.is("VISC") {
            options.viscosity = relative(value, VISCOSITY, metric);
            return true;
        } else if keyword.is("DAMPLIMIT") {
            &mut options.damping_limit
        } else if keyword.is("FLOWCHANGE") {
            &mut options.flow_change
        } else if keyword.is("HEADERROR") {
            &mut options.head_error
        } else if keyword.is("SPEC") {
            &mut options.specific_gravity
        } else if keyword.is("TRIAL") {
            &mut options.trials
        } else if keyword.is("ACCU") {
            &mut options.accuracy
        } else if keyword.is("CHECKFREQ") {
            &mut options.check_frequency
        } else if keyword.is("MAXCHECK") {
            &mut options.maximum_check
        } else if keyword.is("EMIT") {
            &mut options.emitter_exponent
        } else if keyword.is("DEMA") {
            &mut options.demand_multiplier
        } else if keyword.is("MINI") {
            &mut options.minimum_pressure
        } else if keyword.is("REQ") {
            &mut options.required_pressure
        } else {
            &mut options.pressure_exponent
        };
        *place = value;
        true
    }

    pub(super) fn times(&mut self) {
        for row in self.rows(Section::Times) {
            if !self.has(&row, 2, "DURATION time") {
                continue;
            }
            let last = row.words[row.words.len() - 1];
            if row.is(0, "STAT") {
                let statistic = [
                    ("NO", Statistic::None),
                    ("AVER", Statistic::Average),
                    ("MINI", Statistic::Minimum),
                    ("MAXI", Statistic::Maximum),
                    ("RANG", Statistic::Range),
                ]
                .into_iter()
                .find_map(|(word, statistic)| last.is(word).then_some(statistic));
                match statistic {
                    Some(statistic) => self.inp.times.statistic = statistic,
                    None => self.error(
                        &last,
                        format!("`{}` is no statistic", shortened(last.text)),
                        "write NONE, AVERAGE, MINIMUM, MAXIMUM or RANGE",
                    ),
                }
                continue;
            }
            let before = row.words[row.words.len() - 2];
            let value = hours(last.text, None).or_else(|| hours(before.text, Some(last.text)));
            let Some(value) = value else {
                self.error(
                    &last,
                    format!("`{}` is not a time", shortened(last.text)),
                    "write hours `1.5`, `1:30`, `90 MIN` or, for a time of day, `1:30 PM`",
                );
                continue;
            };
            self.time(&row, (3_600.0 * value + 0.5) as i64);
        }
        self.bounded_times();
    }

    fn time(&mut self, row: &Row<'s>, seconds: i64) {
        let times = &mut self.inp.times;
        if row.is(0, "DURA") {
            times.duration = seconds;
        } else if row.is(0, "HYDR") {
            times.hydraulic_step = seconds;
        } else if row.is(0, "QUAL") {
            times.quality_step = Some(seconds).filter(|step| *step > 0);
        } else if row.is(0, "RULE") {
            times.rule_step = Some(seconds).filter(|step| *step > 0);
        } else if row.is(0, "PATT") && row.is(1, "TIME") {
            times.pattern_step = seconds;
        } else if row.is(0, "PATT") && row.is(1, "START") {
            times.pattern_start = seconds;
        } else if row.is(0, "REPO") && row.is(1, "TIME") {
            times.report_step = seconds;
        } else if row.is(0, "REPO") && row.is(1, "START") {
            times.report_start = seconds;
        } else if row.is(0, "STAR") {
            times.start_clock = seconds % DAY;
        } else if !row.is(0, "MINI") {
            let word = row.words[0];
            self.warn(
                &word,
                format!("there is no time `{}`", shortened(word.text)),
                "write DURATION, HYDRAULIC TIMESTEP, QUALITY TIMESTEP, RULE TIMESTEP, PATTERN \
                 TIMESTEP, PATTERN START, REPORT TIMESTEP, REPORT START or START CLOCKTIME; the \
                 line is left out",
            );
        }
    }

    /// The steps as EPANET bounds them by each other.
    fn bounded_times(&mut self) {
        const HOUR: i64 = 3_600;
        let times = &mut self.inp.times;
        if times.pattern_step <= 0 {
            times.pattern_step = HOUR;
        }
        if times.report_step <= 0 {
            times.report_step = times.pattern_step;
        }
        if times.hydraulic_step <= 0 {
            times.hydraulic_step = HOUR;
        }
        times.hydraulic_step = times
            .hydraulic_step
            .min(times.pattern_step)
            .min(times.report_step);
        if times.report_start > times.duration {
            times.report_start = 0;
        }
        let within = times.hydraulic_step;
        for step in [&mut times.quality_step, &mut times.rule_step] {
            *step = step.map(|step| step.min(within));
        }
    }

    pub(super) fn energy(&mut self) {
        for row in self.rows(Section::Energy) {
            if !self.has(&row, 3, "GLOBAL PRICE price` or `PUMP name EFFIC curve") {
                continue;
            }
            let count = row.words.len();
            let (what, value) = (row.words[count - 2], row.words[count - 1]);
            if row.is(0, "DEMA") {
                if let Some(charge) = self.not_negative(&row.words[2], "a demand charge") {
                    self.inp.energy.demand_charge = charge;
                }
            } else if row.is(0, "GLOB") {
                self.energy_of_all(&what, &value);
            } else if row.is(0, "PUMP") && count >= 4 {
                self.energy_of_pump(&row.words[1], &what, &value);
            } else {
                let word = row.words[0];
                self.error(
                    &word,
                    format!("`{}` has no energy", shortened(word.text)),
                    "write `GLOBAL …`, `PUMP name …` or `DEMAND CHARGE price`",
                );
            }
        }
    }

    fn energy_of_all(&mut self, what: &Word<'s>, value: &Word<'s>) {
        if what.is("PRICE") {
            if let Some(price) = self.not_negative(value, "a price") {
                self.inp.energy.price = price;
            }
        } else if what.is("PATT") {
            self.inp.energy.pattern = self.find(Named::Pattern, value);
        } else if what.is("EFFI") {
            if let Some(efficiency) = self.positive(value, "an efficiency") {
                if efficiency > 100.0 {
                    self.error(
                        value,
                        "an efficiency cannot be above 100 %",
                        "write per cent",
                    );
                    return;
                }
                self.inp.energy.efficiency = efficiency;
            }
        } else {
            self.no_such_energy(what);
        }
    }

    fn energy_of_pump(&mut self, name: &Word<'s>, what: &Word<'s>, value: &Word<'s>) {
        let Some(link) = self.find(Named::Link, name) else {
            return;
        };
        let (price, pattern, curve) = if what.is("PRICE") {
            (self.not_negative(value, "a price"), None, None)
        } else if what.is("PATT") {
            (None, self.find(Named::Pattern, value), None)
        } else if what.is("EFFI") {
            (None, None, self.find(Named::Curve, value))
        } else {
            self.no_such_energy(what);
            return;
        };
        let LinkKind::Pump(pump) = &mut self.inp.links[link].kind else {
            self.error(
                name,
                format!("`{}` is no pump", shortened(name.text)),
                "name a pump",
            );
            return;
        };
        if let Some(price) = price {
            pump.price = price;
        }
        pump.price_pattern = pattern.or(pump.price_pattern);
        pump.efficiency_curve = curve.or(pump.efficiency_curve);
    }

    fn no_such_energy(&mut self, what: &Word<'_>) {
        self.error(
            what,
            format!("energy has no `{}`", shortened(what.text)),
            "write PRICE, PATTERN or EFFIC",
        );
    }
}

/// A viscosity or diffusivity relative to EPANET's; small numbers are actual values.
fn relative(value: f64, (reference, threshold): (f64, f64), metric: bool) -> f64 {
    if value > threshold || value == 0.0 {
        return value;
    }
    let square_feet = super::super::units::METRES_PER_FOOT.powi(2);
    let actual = if metric { value / square_feet } else { value };
    super::super::units::rounded(actual / reference)
}

impl super::super::inp::Inp {
    /// Keeps an option for the export.
    fn options_kept(&mut self, words: &[&str]) {
        self.unused_options.push(words.join(" "));
    }
}
