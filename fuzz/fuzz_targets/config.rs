#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| segue_fuzz::config(text));
