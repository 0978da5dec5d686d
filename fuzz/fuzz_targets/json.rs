//! `cargo +nightly fuzz run json`
#![no_main]

#[path = "../shared.rs"]
mod shared;

libfuzzer_sys::fuzz_target!(|data: &[u8]| shared::run(shared::Target::Json, data));
