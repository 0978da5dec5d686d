//! `cargo +nightly fuzz run event_log`
#![no_main]

#[path = "../shared.rs"]
mod shared;

libfuzzer_sys::fuzz_target!(|data: &[u8]| shared::run(shared::Target::EventLog, data));
