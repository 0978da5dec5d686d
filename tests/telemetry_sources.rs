//! Sources and sinks against real files, programs, servers and brokers.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports what it found by failing"
)]

#[path = "telemetry_sources/broker.rs"]
mod broker;
#[path = "telemetry_sources/capture.rs"]
mod capture;
#[path = "telemetry_sources/common.rs"]
mod common;
#[path = "telemetry_sources/corpus.rs"]
mod corpus;
#[path = "telemetry_sources/files.rs"]
mod files;
#[path = "telemetry_sources/http.rs"]
mod http;
#[path = "telemetry_sources/mqtt.rs"]
mod mqtt;
#[path = "support/plate.rs"]
mod plate;
#[path = "telemetry_sources/positions.rs"]
mod positions;
#[path = "telemetry_sources/process.rs"]
mod process;
#[path = "support/program.rs"]
mod program;
#[path = "telemetry_sources/proxy.rs"]
mod proxy;
#[path = "telemetry_sources/publish.rs"]
mod publish;
#[path = "telemetry_sources/raw_client.rs"]
mod raw_client;
#[path = "telemetry_sources/sparkplug.rs"]
mod sparkplug;
mod support;
