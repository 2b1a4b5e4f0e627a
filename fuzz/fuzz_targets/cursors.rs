//! Lets libFuzzer make up input for `hostile::cursors`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::cursors::run(data));
