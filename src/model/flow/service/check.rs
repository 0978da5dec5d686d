//! What makes services unfit, found before a run.

use crate::model::flow::network::{Network, Part};

/// The thing at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServicePlace {
    /// A service.
    Service(u32),
    /// A dependency.
    Dependency(u32),
}

/// Something that is wrong with services or the calls between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProblem {
    /// The thing at fault.
    pub place: ServicePlace,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

/// Every problem of services and dependencies of a network that
/// [`check`](crate::model::flow::check()) finds in order.
#[must_use]
pub fn check_services(network: &Network) -> Vec<ServiceProblem> {
    let mut problems = Vec::new();
    let mut add = |place, problem: String, advice: &str| {
        problems.push(ServiceProblem {
            place,
            problem,
            advice: advice.to_owned(),
        });
    };
    let count = network.services.len();
    for (index, dependency) in (0..).zip(&network.dependencies) {
        if dependency.caller as usize >= count || dependency.callee as usize >= count {
            let problem = "it calls, or is called by, a service that is not there".to_owned();
            add(
                ServicePlace::Dependency(index),
                problem,
                "name services that there are",
            );
        }
    }
    let parts: Vec<Part> = network.parts().collect();
    for (index, service) in (0..).zip(&network.services) {
        let place = ServicePlace::Service(index);
        let asked = parts.iter().any(|part| {
            let mut outlets = network.outlets(*part).iter();
            outlets.any(|outlet| outlet.part == Part::Service(index))
        });
        let called = network.dependencies.iter().any(|one| one.callee == index);
        if !asked && !called {
            let advice = "link a source to its `in`, or let a flow.Dependency call it";
            add(place, "no request ever comes to it".to_owned(), advice);
        }
        if asked && service.outlets.len() != 2 {
            let problem = "requests come from outside, and have no way out".to_owned();
            add(
                place,
                problem,
                "link its `out` and its `failed` to a sink each",
            );
        }
        for outlet in &service.outlets {
            let takes_all = match outlet.part {
                Part::Sink(_) | Part::Service(_) => true,
                Part::Buffer(buffer) => network
                    .buffers
                    .get(buffer as usize)
                    .is_some_and(|one| one.capacity == u32::MAX),
                _ => false,
            };
            if !takes_all {
                let problem = format!(
                    "its requests go on to `{}`, which may have no room for them",
                    network.name(outlet.part)
                );
                let advice = "link it to a sink, another service or a buffer without limit";
                add(place, problem, advice);
            }
        }
        if service.slots == 0 {
            add(
                place,
                "it has no slot for a request".to_owned(),
                "give it one or more",
            );
        }
    }
    if problems.is_empty()
        && let Some(cycle) = cycle(network)
    {
        let names: Vec<String> = cycle
            .iter()
            .map(|service| network.name(Part::Service(*service)))
            .collect();
        problems.push(ServiceProblem {
            place: ServicePlace::Service(cycle[0]),
            problem: format!(
                "services call each other in a ring and a request would never end: {} → {}",
                names.join(" → "),
                names[0]
            ),
            advice: "take one of these dependencies away, or split a service in two".to_owned(),
        });
    }
    problems
}

/// Services that call each other in a ring, each the next.
fn cycle(network: &Network) -> Option<Vec<u32>> {
    let callees = |service: u32| {
        let calls = network
            .dependencies
            .iter()
            .filter(move |one| one.caller == service);
        calls.map(|one| one.callee)
    };
    // Services that lead into no ring, so far as is known.
    let mut sound = vec![false; network.services.len()];
    for start in 0..network.services.len() as u32 {
        let mut way = vec![(start, callees(start).collect::<Vec<_>>())];
        while let Some((service, left)) = way.last_mut() {
            let service = *service;
            match left.pop() {
                Some(next) if sound[next as usize] => {}
                Some(next) => {
                    if let Some(first) = way.iter().position(|(one, _)| *one == next) {
                        return Some(way[first..].iter().map(|(one, _)| *one).collect());
                    }
                    way.push((next, callees(next).collect()));
                }
                None => {
                    sound[service as usize] = true;
                    way.pop();
                }
            }
        }
    }
    None
}
