//! Services of IT systems, and the calls between them.

use super::{
    RandomTime, contingency, count, declaration, input, name, not_negative, output, passing_outputs,
};
use crate::twin::{Bounds, Causality, Declaration, Kind, Medium, Port, Shape};

fn share(name: &'static str, doc: &'static str) -> Declaration {
    declaration(
        Causality::Parameter,
        name,
        "%",
        Some(0.0),
        Bounds::between(0.0, 1.0),
        doc,
    )
}

pub(super) fn services() -> [Kind; 2] {
    [service(), dependency()]
}

fn service() -> Kind {
    let mut declarations = RandomTime::SERVICE.parameters(None).to_vec();
    declarations.extend([
        count(
            "slots",
            1.0,
            "Requests that it works on at the same time, or waits for answers for: threads, \
             connections.",
        ),
        not_negative(
            "queue_places",
            "1",
            0.0,
            "Requests that may wait for a slot; those beyond are rejected.",
        ),
        share("failing", "Share of requests whose own work fails."),
        not_negative(
            "timeout",
            "s",
            0.0,
            "Time after which a request from outside is given up; zero: never. Work that was \
             begun on it goes on.",
        ),
    ]);
    declarations.extend([
        input(
            "speed",
            1.0,
            Bounds::between(0.0, 1e3),
            "Speed of its own work relative to the given times; zero: it hangs, takes requests \
             and answers none.",
        ),
        declaration(
            Causality::Input,
            "added_latency",
            "s",
            Some(0.0),
            Bounds::between(0.0, 1e6),
            "Time that is added to its own work on each request that begins from now on.",
        ),
        input(
            "slots_lost",
            0.0,
            Bounds::between(0.0, 1e6),
            "How many of its slots are not there at present. What is in them is finished first.",
        ),
        input(
            "down",
            0.0,
            Bounds::between(0.0, 1.0),
            "1 while it is down: what it has fails, and what comes is rejected.",
        )
        .with_words(&[(0.0, "up"), (1.0, "down")]),
    ]);
    declarations.extend(passing_outputs());
    declarations.extend([
        output(
            "answered",
            "1",
            "Requests answered, of outside and of other services.",
        ),
        output(
            "failed",
            "1",
            "Requests that failed, rejected ones included.",
        ),
        output(
            "rejected",
            "1",
            "Requests that found no room, or the service down.",
        ),
        output("timed_out", "1", "Requests whose asker gave up."),
        output(
            "error_rate",
            "%",
            "Of all requests that ended, those that failed.",
        ),
        output(
            "mean_latency",
            "s",
            "Time to the answer, of answered requests, on average.",
        ),
        output(
            "median_latency",
            "s",
            "Time that half of the answered requests did not exceed, to one per cent.",
        ),
        output(
            "latency_95",
            "s",
            "Time that 95 of 100 answered requests did not exceed.",
        ),
        output(
            "latency_99",
            "s",
            "Time that 99 of 100 answered requests did not exceed.",
        ),
        output("utilisation", "%", "Share of its slots in use on average."),
        output("busy", "1", "Slots in use."),
        output("queue", "1", "Requests that wait for a slot."),
        output(
            "mean_queue",
            "1",
            "Requests that wait for a slot on average.",
        ),
    ]);
    let port = |name, medium, at_most, doc| Port {
        name,
        medium,
        at_least: 0,
        at_most,
        doc,
    };
    Kind {
        name: name::SERVICE,
        title: "Service",
        doc: "Answers requests. Each takes a slot, is worked on, and then makes the calls that \
              the service depends on, one after the other, keeping its slot until it is \
              answered. What finds neither slot nor place in the queue is rejected.",
        declarations,
        attributes: RandomTime::SERVICE.attributes_of_constant().to_vec(),
        ports: vec![
            port(
                "in",
                Medium::Items,
                usize::MAX,
                "Requests from outside come in here.",
            ),
            port(
                "out",
                Medium::Items,
                1,
                "Where answered requests from outside go.",
            ),
            port(
                "failed",
                Medium::Items,
                1,
                "Where failed requests from outside go.",
            ),
            port(
                "calls",
                Medium::Calls,
                usize::MAX,
                "The calls it makes, in order.",
            ),
            port("called", Medium::Calls, usize::MAX, "The calls made to it."),
        ],
        shape: Shape::Block,
        contingencies: contingency::of_service(),
        indicators: Vec::new(),
    }
}

fn dependency() -> Kind {
    let port = |name, doc| Port {
        name,
        medium: Medium::Calls,
        at_least: 1,
        at_most: 1,
        doc,
    };
    Kind {
        name: name::DEPENDENCY,
        title: "Dependency",
        doc: "A call that a service makes to another for each of its requests. Of several of \
              one service, the document gives the order.",
        declarations: vec![
            not_negative(
                "timeout",
                "s",
                0.0,
                "Time after which an attempt is given up; zero: never. What the callee has \
                 begun it finishes all the same.",
            ),
            not_negative("retries", "1", 0.0, "Attempts after the first has failed."),
            not_negative(
                "back_off",
                "s",
                0.0,
                "Wait before the first of them; twice as long before each next.",
            ),
            share(
                "jitter",
                "Share of the wait that is left to chance: with 100 % it is anything from \
                 nothing to the whole.",
            ),
            not_negative(
                "failure_threshold",
                "1",
                0.0,
                "Failed attempts in a row that open the circuit breaker; zero: there is none. \
                 While it is open calls fail at once, and are not repeated.",
            ),
            not_negative(
                "reset_time",
                "s",
                30.0,
                "Time after which an open breaker lets one attempt through. If that is \
                 answered, the breaker closes; if not, it is open for as long again.",
            ),
            declaration(
                Causality::Input,
                "failing",
                "%",
                Some(0.0),
                Bounds::between(0.0, 1.0),
                "Share of attempts that fail on the way, at once and without reaching the callee.",
            ),
            output("calls", "1", "Attempts."),
            output("retries_made", "1", "Attempts after a failed one."),
            output("failed", "1", "Attempts that failed."),
            output("timed_out", "1", "Attempts that were not answered in time."),
            output(
                "cut_off",
                "1",
                "Calls that the open breaker failed without an attempt.",
            ),
            output("opened", "1", "How often the breaker opened."),
            output("breaker", "1", "What the breaker does.").with_words(&[
                (0.0, "closed"),
                (1.0, "open"),
                (2.0, "half-open"),
            ]),
            output(
                "mean_latency",
                "s",
                "Time to the answer, of answered attempts, on average.",
            ),
        ],
        attributes: Vec::new(),
        ports: vec![
            port("caller", "The service that calls."),
            port("callee", "The service that is called."),
        ],
        shape: Shape::Connection,
        contingencies: contingency::of_dependency(),
        indicators: Vec::new(),
    }
}
