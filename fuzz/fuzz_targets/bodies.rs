//! Lets libFuzzer make up input for `hostile::bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::bodies::run(data));
