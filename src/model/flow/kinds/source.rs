//! Sources.

use super::{
    RandomTime, attribute, choice, contingency, count, declaration, input, name, not_negative,
    outlet, output, passing_outputs,
};
use crate::quantity::Unit;
use crate::twin::{AttributeForm, Bounds, Causality, Kind, Shape};

pub(super) fn source() -> Kind {
    let mut declarations = RandomTime::INTERVAL.parameters(Some(0.0)).to_vec();
    declarations.extend([
        count("batch", 1.0, "Items that arrive at a time."),
        not_negative("limit", "1", 0.0, "Most items it makes; zero: no limit."),
        declaration(
            Causality::Parameter,
            "class",
            "1",
            Some(0.0),
            Bounds::between(0.0, 60_000.0),
            "Class of its items: what set-ups and routers go by.",
        ),
        declaration(
            Causality::Parameter,
            "priority",
            "1",
            Some(0.0),
            Bounds::between(-1e6, 1e6),
            "Priority of its items; the higher goes first where priority counts.",
        ),
        not_negative(
            "due_after",
            "s",
            0.0,
            "Time after its arrival at which an item is due; zero: never.",
        ),
        input(
            "rate_factor",
            1.0,
            Bounds::NOT_NEGATIVE,
            "Multiplies the rate of arrivals; zero stops them.",
        ),
    ]);
    declarations.extend(passing_outputs());
    declarations.extend([
        output("lost", "1", "Items that found no place and were lost."),
        output("waiting", "1", "1 while an item waits for room behind it."),
    ]);
    let mut attributes = RandomTime::INTERVAL.attributes().to_vec();
    attributes.extend([
        attribute(
            "arrivals",
            AttributeForm::Curve {
                x: Unit::known("1"),
                y: Unit::known("s"),
            },
            None,
            "Times of the arrivals since the start of the run, by their number: a trace or a \
             schedule in place of intervals.",
        ),
        choice(
            "when_full",
            &["Wait", "Lose"],
            "What becomes of an item that the part behind does not take: it waits and no other \
             arrives meanwhile, or it is lost.",
        ),
    ]);
    Kind {
        name: name::SOURCE,
        title: "Source",
        doc: "Where items come from. With an interval of zero it always has a next item: it \
              never starves what is behind it.",
        declarations,
        attributes,
        ports: vec![outlet("out", "Where its items go.")],
        shape: Shape::Hopper,
        contingencies: contingency::of_source(),
        indicators: Vec::new(),
    }
}
