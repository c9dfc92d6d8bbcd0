//! A profiles file: any text.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tok::config::ProfilesFile;

fuzz_target!(|text: &str| {
    let file = ProfilesFile::from_text(Path::new("/nowhere/profiles.toml"), text);
    for problem in file.check() {
        // A message never shows a value; it may show a key.
        let is_value =
            text.matches("HIDDEN").count() == 1 && text.contains("{ value = \"HIDDEN\" }");
        assert!(
            !is_value || !problem.to_string().contains("HIDDEN"),
            "{problem}"
        );
    }
    for name in file.names() {
        let _ = file.profile(&name);
    }
});
