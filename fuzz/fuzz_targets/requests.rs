//! Lets libFuzzer make up input for `hostile::requests`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::requests::run(data));
