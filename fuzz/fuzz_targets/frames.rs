//! Bytes of a socket: see `properties::frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parlor_fuzz::frames(data));
