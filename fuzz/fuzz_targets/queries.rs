//! Lets libFuzzer make up input for `hostile::queries`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::queries::run(data));
