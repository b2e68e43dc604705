//! A text of a client's: see `properties::commands`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parlor_fuzz::commands(data));
