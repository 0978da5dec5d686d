//! A network as the text of an EPANET file.

use std::fmt::Write;

use super::inp::{
    Action, Command, CurveUse, HeadLoss, Inp, LinkKind, LinkQuantity, Mixing, NodeKind,
    NodeQuantity, Premise, QualityKind, Relation, SourceKind, Statistic, Status, Subject,
    ValveKind, When,
};
use super::units::PressureUnit;

/// Multipliers of a pattern on a line.
const ON_A_LINE: usize = 8;

/// The whole file.
pub(super) fn text(inp: &Inp) -> String {
    let mut file = Printer {
        inp,
        text: String::new(),
    };
    file.heading("[TITLE]");
    file.lines(&inp.title);
    file.nodes();
    file.links();
    file.node_sections();
    file.link_sections();
    file.patterns_and_curves();
    file.controls();
    file.rules();
    file.energy();
    file.quality();
    file.reactions();
    file.times();
    file.options();
    file.heading("[REPORT]");
    file.lines(&inp.report);
    file.map();
    file.text.push('\n');
    file.lines(&inp.unknown_sections);
    file.text.push_str("\n[END]\n");
    file.text
}

struct Printer<'i> {
    inp: &'i Inp,
    text: String,
}

/// A name, in quotes where it holds spaces.
fn quoted(name: &str) -> String {
    if name.contains(char::is_whitespace) || name.is_empty() {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

/// A comment behind a line, if there is one.
fn comment(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("\t;{text}")
    }
}

/// A time \[s] that is read back as the same second: EPANET cuts off what a sum of fractions of
/// an hour lacks, so where hours, minutes and seconds would lose one, half a second is added.
fn clock(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let read_back = hours as f64 + minutes as f64 / 60.0 + rest as f64 / 3_600.0;
    if (3_600.0 * read_back) as i64 == seconds {
        if rest == 0 {
            format!("{hours}:{minutes:02}")
        } else {
            format!("{hours}:{minutes:02}:{rest:02}")
        }
    } else {
        format!("{}", (seconds as f64 + 0.5) / 3_600.0)
    }
}

impl Printer<'_> {
    fn heading(&mut self, heading: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(heading);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    fn node(&self, node: usize) -> String {
        quoted(&self.inp.nodes[node].id)
    }

    fn link(&self, link: usize) -> String {
        quoted(&self.inp.links[link].id)
    }

    fn pattern(&self, pattern: Option<usize>) -> String {
        pattern.map_or_else(String::new, |one| {
            format!("\t{}", quoted(&self.inp.patterns[one].id))
        })
    }

    fn curve(&self, curve: usize) -> String {
        quoted(&self.inp.curves[curve].id)
    }

    fn nodes(&mut self) {
        let inp = self.inp;
        self.heading("[JUNCTIONS]");
        self.line(";Name\tElevation\tDemand\tPattern");
        for node in &inp.nodes {
            if let NodeKind::Junction {
                elevation, demands, ..
            } = &node.kind
            {
                let demand = match demands.as_slice() {
                    [one] if one.category.is_empty() => {
                        format!("\t{}{}", one.base, self.pattern(one.pattern))
                    }
                    _ => String::new(),
                };
                let remark = comment(&node.comment);
                self.line(&format!(
                    "{}\t{elevation}{demand}{remark}",
                    quoted(&node.id)
                ));
            }
        }
        self.heading("[RESERVOIRS]");
        self.line(";Name\tHead\tPattern");
        for node in &inp.nodes {
            if let NodeKind::Reservoir { head, pattern } = &node.kind {
                let (pattern, remark) = (self.pattern(*pattern), comment(&node.comment));
                self.line(&format!("{}\t{head}{pattern}{remark}", quoted(&node.id)));
            }
        }
        self.heading("[TANKS]");
        self.line(";Name\tElevation\tInitial\tMinimum\tMaximum\tDiameter\tVolume\tCurve\tOverflow");
        for node in &inp.nodes {
            if let NodeKind::Tank(tank) = &node.kind {
                let mut line = format!(
                    "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                    quoted(&node.id),
                    tank.elevation,
                    tank.initial_level,
                    tank.minimum_level,
                    tank.maximum_level,
                    tank.diameter,
                    tank.minimum_volume
                );
                match (tank.volume_curve, tank.overflow) {
                    (Some(curve), _) => line.push_str(&format!("\t{}", self.curve(curve))),
                    (None, true) => line.push_str("\t*"),
                    (None, false) => {}
                }
                if tank.overflow {
                    line.push_str("\tYES");
                }
                self.line(&format!("{line}{}", comment(&node.comment)));
            }
        }
    }

    fn links(&mut self) {
        let inp = self.inp;
        self.heading("[PIPES]");
        self.line(";Name\tNode1\tNode2\tLength\tDiameter\tRoughness\tMinorLoss\tStatus");
        for link in &inp.links {
            if let LinkKind::Pipe(pipe) = &link.kind {
                let status = match link.status {
                    _ if pipe.check_valve => "CV",
                    Status::Closed => "Closed",
                    Status::Open | Status::Active => "Open",
                };
                let (from, to) = (self.node(link.from), self.node(link.to));
                self.line(&format!(
                    "{}\t{from}\t{to}\t{}\t{}\t{}\t{}\t{status}{}",
                    quoted(&link.id),
                    pipe.length,
                    pipe.diameter,
                    pipe.roughness,
                    pipe.minor_loss,
                    comment(&link.comment)
                ));
            }
        }
        self.heading("[PUMPS]");
        self.line(";Name\tNode1\tNode2\tParameters");
        for link in &inp.links {
            if let LinkKind::Pump(pump) = &link.kind {
                let (from, to) = (self.node(link.from), self.node(link.to));
                let mut line = format!("{}\t{from}\t{to}", quoted(&link.id));
                match pump.head_curve {
                    Some(curve) => line.push_str(&format!("\tHEAD {}", self.curve(curve))),
                    None => line.push_str(&format!("\tPOWER {}", pump.power)),
                }
                if pump.speed.to_bits() != 1.0_f64.to_bits() {
                    line.push_str(&format!("\tSPEED {}", pump.speed));
                }
                if let Some(pattern) = pump.speed_pattern {
                    let name = quoted(&inp.patterns[pattern].id);
                    line.push_str(&format!("\tPATTERN {name}"));
                }
                self.line(&format!("{line}{}", comment(&link.comment)));
            }
        }
        self.heading("[VALVES]");
        self.line(";Name\tNode1\tNode2\tDiameter\tType\tSetting\tMinorLoss\tCurve");
        for link in &inp.links {
            if let LinkKind::Valve(valve) = &link.kind {
                let (from, to) = (self.node(link.from), self.node(link.to));
                let kind = super::words::word_of(&ValveKind::ALL, valve.kind);
                let setting = match (valve.kind, valve.curve) {
                    (ValveKind::Gpv, Some(curve)) => self.curve(curve),
                    _ => valve.setting.to_string(),
                };
                let curve = match (valve.kind, valve.curve) {
                    (ValveKind::Pcv, Some(curve)) => format!("\t{}", self.curve(curve)),
                    _ => String::new(),
                };
                self.line(&format!(
                    "{}\t{from}\t{to}\t{}\t{kind}\t{setting}\t{}{curve}{}",
                    quoted(&link.id),
                    valve.diameter,
                    valve.minor_loss,
                    comment(&link.comment)
                ));
            }
        }
    }

    fn node_sections(&mut self) {
        let inp = self.inp;
        self.heading("[TAGS]");
        for node in inp.nodes.iter().filter(|node| !node.tag.is_empty()) {
            self.line(&format!(
                "NODE\t{}\t{}",
                quoted(&node.id),
                quoted(&node.tag)
            ));
        }
        for link in inp.links.iter().filter(|link| !link.tag.is_empty()) {
            self.line(&format!(
                "LINK\t{}\t{}",
                quoted(&link.id),
                quoted(&link.tag)
            ));
        }
        self.heading("[DEMANDS]");
        self.line(";Junction\tDemand\tPattern\tCategory");
        for node in &inp.nodes {
            let NodeKind::Junction { demands, .. } = &node.kind else {
                continue;
            };
            if demands.len() == 1 && demands[0].category.is_empty() {
                continue;
            }
            for demand in demands {
                let (pattern, category) = (self.pattern(demand.pattern), comment(&demand.category));
                self.line(&format!(
                    "{}\t{}{pattern}{category}",
                    quoted(&node.id),
                    demand.base
                ));
            }
        }
        self.heading("[EMITTERS]");
        for node in &inp.nodes {
            if let NodeKind::Junction { emitter, .. } = &node.kind
                && *emitter > 0.0
            {
                self.line(&format!("{}\t{emitter}", quoted(&node.id)));
            }
        }
    }

    fn link_sections(&mut self) {
        let inp = self.inp;
        self.heading("[STATUS]");
        for link in &inp.links {
            let status = match (&link.kind, link.status) {
                (LinkKind::Pipe(_), _)
                | (LinkKind::Pump(_), Status::Open | Status::Active)
                | (LinkKind::Valve(_), Status::Active) => continue,
                (_, Status::Closed) => "Closed",
                (_, Status::Open) => "Open",
            };
            self.line(&format!("{}\t{status}", quoted(&link.id)));
        }
        let leaks = |link: &&super::inp::Link| matches!(&link.kind, LinkKind::Pipe(pipe) if pipe.leak_area > 0.0 || pipe.leak_expansion > 0.0);
        // A section that older versions of EPANET do not know is written only where it is needed.
        if inp.links.iter().any(|link| leaks(&link)) {
            self.heading("[LEAKAGE]");
            for link in inp.links.iter().filter(leaks) {
                if let LinkKind::Pipe(pipe) = &link.kind {
                    self.line(&format!(
                        "{}\t{}\t{}",
                        quoted(&link.id),
                        pipe.leak_area,
                        pipe.leak_expansion
                    ));
                }
            }
        }
    }

    fn patterns_and_curves(&mut self) {
        let inp = self.inp;
        self.heading("[PATTERNS]");
        for pattern in &inp.patterns {
            for values in pattern.values.chunks(ON_A_LINE) {
                let mut line = quoted(&pattern.id);
                for value in values {
                    let _ = write!(line, "\t{value}");
                }
                self.line(&line);
            }
        }
        self.heading("[CURVES]");
        for curve in &inp.curves {
            let what = match curve.declared {
                CurveUse::Generic => "",
                CurveUse::Head => ";PUMP:",
                CurveUse::Efficiency => ";EFFICIENCY:",
                CurveUse::Volume => ";VOLUME:",
                CurveUse::Position => ";VALVE:",
            };
            if !what.is_empty() {
                self.line(what);
            }
            for (x, y) in &curve.points {
                self.line(&format!("{}\t{x}\t{y}", quoted(&curve.id)));
            }
        }
    }

    fn command(&self, command: Command) -> String {
        match command {
            Command::Status(Status::Open) => "OPEN".to_owned(),
            Command::Status(Status::Closed) => "CLOSED".to_owned(),
            Command::Status(Status::Active) => "ACTIVE".to_owned(),
            Command::Setting(value) => value.to_string(),
        }
    }

    fn controls(&mut self) {
        let inp = self.inp;
        self.heading("[CONTROLS]");
        for control in &inp.controls {
            let condition = match control.when {
                When::Below(node, value) => format!("IF NODE {} BELOW {value}", self.node(node)),
                When::Above(node, value) => format!("IF NODE {} ABOVE {value}", self.node(node)),
                When::Time(seconds) => format!("AT TIME {}", clock(seconds)),
                When::ClockTime(seconds) => format!("AT CLOCKTIME {}", clock(seconds)),
            };
            let disabled = if control.disabled { " DISABLED" } else { "" };
            self.line(&format!(
                "LINK {} {} {condition}{disabled}",
                self.link(control.link),
                self.command(control.command)
            ));
        }
    }

    fn rules(&mut self) {
        let inp = self.inp;
        self.heading("[RULES]");
        for rule in &inp.rules {
            self.line(&format!("RULE {}", quoted(&rule.id)));
            for (index, premise) in rule.premises.iter().enumerate() {
                let join = match (index, premise.is_alternative) {
                    (0, _) => "IF",
                    (_, true) => "OR",
                    (_, false) => "AND",
                };
                let premise = self.premise(premise);
                self.line(&format!("{join} {premise}"));
            }
            for (first, actions) in [("THEN", &rule.then), ("ELSE", &rule.otherwise)] {
                for (index, action) in actions.iter().enumerate() {
                    let join = if index == 0 { first } else { "AND" };
                    let action = self.action(action);
                    self.line(&format!("{join} {action}"));
                }
            }
            if rule.priority != 0.0 {
                self.line(&format!("PRIORITY {}", rule.priority));
            }
            if rule.disabled {
                self.line("DISABLED");
            }
            self.text.push('\n');
        }
    }

    fn premise(&self, premise: &Premise) -> String {
        let relation = match premise.relation {
            Relation::Equal => "=",
            Relation::NotEqual => "<>",
            Relation::Below => "<",
            Relation::Above => ">",
            Relation::AtMost => "<=",
            Relation::AtLeast => ">=",
        };
        let value = premise.value;
        match premise.subject {
            Subject::Time => format!("SYSTEM TIME {relation} {}", clock(value as i64)),
            Subject::ClockTime => format!("SYSTEM CLOCKTIME {relation} {}", clock(value as i64)),
            Subject::SystemDemand => format!("SYSTEM DEMAND {relation} {value}"),
            Subject::Node(node, what) => {
                let (word, value) = match what {
                    NodeQuantity::Demand => ("DEMAND", value),
                    NodeQuantity::Head => ("HEAD", value),
                    NodeQuantity::Level => ("LEVEL", value),
                    NodeQuantity::Pressure => ("PRESSURE", value),
                    NodeQuantity::FillTime => ("FILLTIME", value / 3_600.0),
                    NodeQuantity::DrainTime => ("DRAINTIME", value / 3_600.0),
                };
                let object = match &self.inp.nodes[node].kind {
                    NodeKind::Junction { .. } => "JUNCTION",
                    NodeKind::Reservoir { .. } => "RESERVOIR",
                    NodeKind::Tank(_) => "TANK",
                };
                format!("{object} {} {word} {relation} {value}", self.node(node))
            }
            Subject::Link(link, what) => {
                let name = format!("{} {}", self.object(link), self.link(link));
                match what {
                    LinkQuantity::Flow => format!("{name} FLOW {relation} {value}"),
                    LinkQuantity::Setting => format!("{name} SETTING {relation} {value}"),
                    LinkQuantity::Status => {
                        let status = match value {
                            0.0 => "CLOSED",
                            1.0 => "OPEN",
                            _ => "ACTIVE",
                        };
                        format!("{name} STATUS {relation} {status}")
                    }
                }
            }
        }
    }

    fn object(&self, link: usize) -> &'static str {
        match &self.inp.links[link].kind {
            LinkKind::Pipe(_) => "PIPE",
            LinkKind::Pump(_) => "PUMP",
            LinkKind::Valve(_) => "VALVE",
        }
    }

    fn action(&self, action: &Action) -> String {
        let what = match action.command {
            Command::Status(_) => "STATUS",
            Command::Setting(_) => "SETTING",
        };
        format!(
            "{} {} {what} IS {}",
            self.object(action.link),
            self.link(action.link),
            self.command(action.command)
        )
    }

    fn energy(&mut self) {
        let inp = self.inp;
        self.heading("[ENERGY]");
        let energy = &inp.energy;
        self.line(&format!("GLOBAL EFFIC {}", energy.efficiency));
        self.line(&format!("GLOBAL PRICE {}", energy.price));
        if let Some(pattern) = energy.pattern {
            self.line(&format!(
                "GLOBAL PATTERN {}",
                quoted(&inp.patterns[pattern].id)
            ));
        }
        self.line(&format!("DEMAND CHARGE {}", energy.demand_charge));
        for link in &inp.links {
            if let LinkKind::Pump(pump) = &link.kind {
                let name = quoted(&link.id);
                if pump.price > 0.0 {
                    self.line(&format!("PUMP {name} PRICE {}", pump.price));
                }
                if let Some(pattern) = pump.price_pattern {
                    let pattern = quoted(&inp.patterns[pattern].id);
                    self.line(&format!("PUMP {name} PATTERN {pattern}"));
                }
                if let Some(curve) = pump.efficiency_curve {
                    let curve = self.curve(curve);
                    self.line(&format!("PUMP {name} EFFIC {curve}"));
                }
            }
        }
    }

    fn quality(&mut self) {
        let inp = self.inp;
        self.heading("[QUALITY]");
        for node in inp.nodes.iter().filter(|node| node.quality > 0.0) {
            self.line(&format!("{}\t{}", quoted(&node.id), node.quality));
        }
        self.heading("[SOURCES]");
        for node in &inp.nodes {
            if let Some(source) = &node.source {
                let kind = match source.kind {
                    SourceKind::Concentration => "CONCEN",
                    SourceKind::Mass => "MASS",
                    SourceKind::FlowPaced => "FLOWPACED",
                    SourceKind::Setpoint => "SETPOINT",
                };
                let pattern = self.pattern(source.pattern);
                self.line(&format!(
                    "{}\t{kind}\t{}{pattern}",
                    quoted(&node.id),
                    source.strength
                ));
            }
        }
        self.heading("[MIXING]");
        for node in &inp.nodes {
            if let NodeKind::Tank(tank) = &node.kind {
                let model = match tank.mixing {
                    Mixing::Mixed => continue,
                    Mixing::TwoCompartment => format!("2COMP\t{}", tank.mixing_fraction),
                    Mixing::FirstInFirstOut => "FIFO".to_owned(),
                    Mixing::LastInFirstOut => "LIFO".to_owned(),
                };
                self.line(&format!("{}\t{model}", quoted(&node.id)));
            }
        }
    }

    fn reactions(&mut self) {
        let inp = self.inp;
        let reactions = &inp.reactions;
        self.heading("[REACTIONS]");
        for (words, value) in [
            ("ORDER BULK", reactions.bulk_order),
            ("ORDER TANK", reactions.tank_order),
            ("ORDER WALL", reactions.wall_order),
            ("GLOBAL BULK", reactions.bulk),
            ("GLOBAL WALL", reactions.wall),
            ("LIMITING POTENTIAL", reactions.limiting),
            ("ROUGHNESS CORRELATION", reactions.roughness_correlation),
        ] {
            self.line(&format!("{words} {value}"));
        }
        for link in &inp.links {
            if let LinkKind::Pipe(pipe) = &link.kind {
                for (word, value) in [("BULK", pipe.bulk), ("WALL", pipe.wall)] {
                    if let Some(value) = value {
                        self.line(&format!("{word}\t{}\t{value}", quoted(&link.id)));
                    }
                }
            }
        }
        for node in &inp.nodes {
            if let NodeKind::Tank(tank) = &node.kind
                && let Some(bulk) = tank.bulk
            {
                self.line(&format!("TANK\t{}\t{bulk}", quoted(&node.id)));
            }
        }
    }

    fn times(&mut self) {
        let times = &self.inp.times;
        let lines = [
            ("DURATION", Some(times.duration)),
            ("HYDRAULIC TIMESTEP", Some(times.hydraulic_step)),
            ("QUALITY TIMESTEP", times.quality_step),
            ("RULE TIMESTEP", times.rule_step),
            ("PATTERN TIMESTEP", Some(times.pattern_step)),
            ("PATTERN START", Some(times.pattern_start)),
            ("REPORT TIMESTEP", Some(times.report_step)),
            ("REPORT START", Some(times.report_start)),
            ("START CLOCKTIME", Some(times.start_clock)),
        ];
        self.heading("[TIMES]");
        for (words, seconds) in lines {
            if let Some(seconds) = seconds {
                let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
                self.line(&format!("{words} {hours}:{minutes:02}:{rest:02}"));
            }
        }
        let statistic = match self.inp.times.statistic {
            Statistic::None => "NONE",
            Statistic::Average => "AVERAGE",
            Statistic::Minimum => "MINIMUM",
            Statistic::Maximum => "MAXIMUM",
            Statistic::Range => "RANGE",
        };
        self.line(&format!("STATISTIC {statistic}"));
    }

    fn options(&mut self) {
        let inp = self.inp;
        let options = &inp.options;
        self.heading("[OPTIONS]");
        self.line(&format!("UNITS {}", options.flow_unit.word()));
        let pressure = super::words::word_of(&PressureUnit::ALL, options.pressure());
        self.line(&format!("PRESSURE {pressure}"));
        self.line(match options.headloss {
            HeadLoss::HazenWilliams => "HEADLOSS H-W",
            HeadLoss::DarcyWeisbach => "HEADLOSS D-W",
            HeadLoss::ChezyManning => "HEADLOSS C-M",
        });
        match options.unbalanced {
            None => self.line("UNBALANCED STOP"),
            Some(extra) => self.line(&format!("UNBALANCED CONTINUE {extra}")),
        }
        let unit = if options.micrograms { "ug/L" } else { "mg/L" };
        match &options.quality {
            QualityKind::None => self.line(&format!("QUALITY NONE {unit}")),
            QualityKind::Age => self.line("QUALITY AGE"),
            QualityKind::Trace(node) => {
                let node = self.node(*node);
                self.line(&format!("QUALITY TRACE {node}"));
            }
            QualityKind::Constituent(name) => {
                self.line(&format!("QUALITY {} {unit}", quoted(name)));
            }
        }
        self.line(&format!("PATTERN {}", quoted(&options.default_pattern)));
        if options.pressure_driven {
            self.line("DEMAND MODEL PDA");
        }
        if !options.backflow {
            self.line("BACKFLOW ALLOWED NO");
        }
        let always = [
            ("DEMAND MULTIPLIER", options.demand_multiplier),
            ("EMITTER EXPONENT", options.emitter_exponent),
            ("VISCOSITY", options.viscosity),
            ("DIFFUSIVITY", options.diffusivity),
            ("SPECIFIC GRAVITY", options.specific_gravity),
            ("TRIALS", options.trials),
            ("ACCURACY", options.accuracy),
            ("CHECKFREQ", options.check_frequency),
            ("MAXCHECK", options.maximum_check),
            ("DAMPLIMIT", options.damping_limit),
            // The required pressure stands first: EPANET holds each against the other.
            ("REQUIRED PRESSURE", options.required_pressure),
            ("MINIMUM PRESSURE", options.minimum_pressure),
            ("PRESSURE EXPONENT", options.pressure_exponent),
        ];
        for (words, value) in always {
            self.line(&format!("{words} {value}"));
        }
        for (words, value) in [
            ("TOLERANCE", options.tolerance),
            (
                "HEADERROR",
                Some(options.head_error).filter(|value| *value > 0.0),
            ),
            (
                "FLOWCHANGE",
                Some(options.flow_change).filter(|value| *value > 0.0),
            ),
        ] {
            if let Some(value) = value {
                self.line(&format!("{words} {value}"));
            }
        }
        self.lines(&inp.unused_options);
    }

    fn map(&mut self) {
        let inp = self.inp;
        self.heading("[COORDINATES]");
        for node in &inp.nodes {
            if let Some((x, y)) = node.coordinates {
                self.line(&format!("{}\t{x}\t{y}", quoted(&node.id)));
            }
        }
        self.heading("[VERTICES]");
        for link in &inp.links {
            for (x, y) in &link.vertices {
                self.line(&format!("{}\t{x}\t{y}", quoted(&link.id)));
            }
        }
        self.heading("[LABELS]");
        self.lines(&inp.labels);
        self.heading("[BACKDROP]");
        self.lines(&inp.backdrop);
    }
}
