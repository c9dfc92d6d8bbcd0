//! A Java `.properties` file: any text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tok::secret::source::parse_properties;

fuzz_target!(|text: &str| {
    match parse_properties(text) {
        Ok(entries) => assert!(entries.len() <= text.len()),
        Err(line) => assert!(line >= 1 && line <= text.len()),
    }
});
