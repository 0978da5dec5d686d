//! From a twin's services and dependencies to their numbers.

use super::check::ServicePlace;
use super::definition::{Breaker, Dependency, Retry, Service};
use crate::model::ModelError;
use crate::model::flow::build::{Builder, LOOSE, Layout, Member, nanoseconds, whole};
use crate::model::flow::kinds::{RandomTime, name};
use crate::model::flow::network::{Network, Part};
use crate::model::flow::run::FlowRun;
use crate::model::flow::times::Times;
use crate::twin::{Asset, VariableTable};

const SERVICE_INPUTS: &[&str] = &["speed", "added_latency", "slots_lost", "down"];
const DEPENDENCY_INPUTS: &[&str] = &["failing"];

/// The assets that services and dependencies are.
#[derive(Clone, Debug, Default)]
pub(in crate::model::flow) struct ServiceLayout {
    pub(in crate::model::flow) services: Vec<Member>,
    pub(in crate::model::flow) dependencies: Vec<Member>,
}

impl ServiceLayout {
    /// Position in the document of what a problem is about.
    pub(in crate::model::flow) fn asset(&self, place: ServicePlace) -> usize {
        match place {
            ServicePlace::Service(index) => self.services[index as usize].asset,
            ServicePlace::Dependency(index) => self.dependencies[index as usize].asset,
        }
    }

    /// The members with inputs, and the names of these.
    pub(in crate::model::flow) fn inputs(
        &self,
    ) -> impl Iterator<Item = (&Member, &'static [&'static str])> {
        let services = (self.services.iter()).map(|member| (member, SERVICE_INPUTS));
        let dependencies = (self.dependencies.iter()).map(|member| (member, DEPENDENCY_INPUTS));
        services.chain(dependencies)
    }

    /// Lets a run take note of the inputs.
    pub(in crate::model::flow) fn take_inputs(&self, run: &mut FlowRun, values: &[f64]) {
        for (dependency, member) in (0..).zip(&self.dependencies) {
            run.set_failing_calls(dependency, member.slots.value(values, "failing"));
        }
        for (service, member) in (0..).zip(&self.services) {
            let value = |name| member.slots.value(values, name);
            run.set_added_latency(service, nanoseconds(value("added_latency")));
            run.set_service_speed(service, value("speed"));
            // Bounded by its declaration; a part of a slot is none.
            run.set_slots_lost(service, value("slots_lost") as u32);
            run.set_down(service, value("down") >= 0.5);
        }
    }

    /// Writes what parameters say into a network.
    ///
    /// # Errors
    /// The first random time that is none.
    pub(in crate::model::flow) fn write(
        &self,
        layout: &Layout,
        network: &mut Network,
        values: &[f64],
    ) -> Result<(), ModelError> {
        for (service, member) in network.services.iter_mut().zip(&self.services) {
            let value = |name| member.slots.value(values, name);
            let form = member.service.as_ref();
            service.service = layout.times(member, form, RandomTime::SERVICE, values)?;
            service.slots = whole(value("slots"));
            service.queue = whole(value("queue_places"));
            service.failing = value("failing");
            service.timeout = Some(nanoseconds(value("timeout"))).filter(|time| *time > 0);
        }
        for (dependency, member) in network.dependencies.iter_mut().zip(&self.dependencies) {
            let value = |name| member.slots.value(values, name);
            dependency.timeout = Some(nanoseconds(value("timeout"))).filter(|time| *time > 0);
            dependency.retry = Retry {
                retries: whole(value("retries")),
                back_off: nanoseconds(value("back_off")),
                jitter: value("jitter"),
            };
            let threshold = whole(value("failure_threshold"));
            dependency.breaker = (threshold > 0).then(|| Breaker {
                threshold,
                reset: nanoseconds(value("reset_time")),
            });
        }
        Ok(())
    }
}

impl<'a> Builder<'a> {
    /// A service, as a part of the flow.
    pub(in crate::model::flow) fn add_service(&mut self) {
        let service = Service::new(1, Times::constant(0.0), vec![LOOSE; 2]);
        self.layout.frame.services.push(service);
    }

    /// Reads the dependencies, once all services are known.
    pub(in crate::model::flow) fn read_dependencies(&mut self, variables: &VariableTable) {
        let twin = self.twin;
        for (position, asset) in twin.assets.iter().enumerate() {
            if asset.kind != name::DEPENDENCY {
                continue;
            }
            let (caller, callee) = (
                self.linked_service(asset, "caller"),
                self.linked_service(asset, "callee"),
            );
            let (Some(caller), Some(callee)) = (caller, callee) else {
                let advice = "link its port `caller` to the port `calls` of the flow.Service that \
                              calls, and `callee` to the port `called` of the one that is called";
                self.problem(&asset.id, "it does not join two services", advice);
                continue;
            };
            let member = self.member(position, variables);
            self.layout.it.dependencies.push(member);
            self.layout
                .frame
                .dependencies
                .push(Dependency::new(caller, callee));
            self.layout.frame.names.dependencies.push(asset.id.clone());
        }
        // One that nothing links out of is called by services only.
        for service in &mut self.layout.frame.services {
            if service.outlets.iter().all(|outlet| *outlet == LOOSE) {
                service.outlets.clear();
            }
        }
    }

    /// The service that a port of a dependency is linked to.
    fn linked_service(&self, asset: &'a Asset, port: &str) -> Option<u32> {
        let other_port = if port == "caller" { "calls" } else { "called" };
        self.twin.links.iter().find_map(|link| {
            let (from, to) = (link.from.parts()?, link.to.parts()?);
            let ends = [(from, to), (to, from)];
            ends.into_iter().find_map(|(here, there)| {
                let joins = here == (asset.id.as_str(), port) && there.1 == other_port;
                match self.parts.get(there.0) {
                    Some(Part::Service(service)) if joins => Some(*service),
                    _ => None,
                }
            })
        })
    }
}
