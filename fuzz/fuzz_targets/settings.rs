//! Lets libFuzzer make up input for `hostile::settings`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::settings::run(data));
