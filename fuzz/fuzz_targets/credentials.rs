//! What a request shows to be let in: see `properties::credentials`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| parlor_fuzz::credentials(data));
