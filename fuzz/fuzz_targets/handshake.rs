//! A request that asks to upgrade: see `properties::handshake`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parlor_fuzz::handshake(data));
