//! Lets libFuzzer make up input for `hostile::tokens`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::tokens::run(data));
