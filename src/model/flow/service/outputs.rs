//! What services say of themselves, written into the values of their assets.

use super::read::ServiceLayout;
use crate::model::flow::outputs::Places;
use crate::model::flow::run::FlowRun;

const SERVICE: [&str; 13] = [
    "answered",
    "failed",
    "rejected",
    "timed_out",
    "error_rate",
    "mean_latency",
    "median_latency",
    "latency_95",
    "latency_99",
    "utilisation",
    "busy",
    "queue",
    "mean_queue",
];
const DEPENDENCY: [&str; 8] = [
    "calls",
    "retries_made",
    "failed",
    "timed_out",
    "cut_off",
    "opened",
    "breaker",
    "mean_latency",
];

/// Where the outputs of services and dependencies stand.
#[derive(Clone, Debug)]
pub(in crate::model::flow) struct ServiceOutputs {
    services: Vec<Places<13>>,
    dependencies: Vec<Places<8>>,
}

impl ServiceOutputs {
    pub(in crate::model::flow) fn new(layout: &ServiceLayout) -> Self {
        let services = layout
            .services
            .iter()
            .map(|member| Places::new(member, SERVICE));
        let dependencies = layout
            .dependencies
            .iter()
            .map(|member| Places::new(member, DEPENDENCY));
        Self {
            services: services.collect(),
            dependencies: dependencies.collect(),
        }
    }

    /// Writes what holds now.
    pub(in crate::model::flow) fn write(&self, run: &FlowRun, values: &mut [f64]) {
        for (service, places) in (0..).zip(&self.services) {
            let report = run.service_report(service);
            let outputs = [
                report.answered as f64,
                report.failed as f64,
                report.rejected as f64,
                report.timed_out as f64,
                report.error_rate,
                report.mean_latency,
                report.quantiles[0],
                report.quantiles[1],
                report.quantiles[2],
                report.utilisation,
                f64::from(report.busy),
                report.queue as f64,
                report.mean_queue,
            ];
            places.write(values, outputs);
        }
        for (dependency, places) in (0..).zip(&self.dependencies) {
            let report = run.dependency_report(dependency);
            let outputs = [
                report.calls as f64,
                report.retries as f64,
                report.failed as f64,
                report.timed_out as f64,
                report.cut_off as f64,
                report.opened as f64,
                f64::from(report.breaker as u8),
                report.mean_latency,
            ];
            places.write(values, outputs);
        }
    }
}
