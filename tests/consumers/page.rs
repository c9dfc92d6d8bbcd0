//! What `docs/credential-helpers.md` says to each program, so that it is this that is tried.

use std::fs;
use std::path::Path;

/// The first block below a heading, with these words in place of those of the page.
pub(crate) fn block(heading: &str, replaced: &[(&str, &str)]) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/credential-helpers.md");
    let text = fs::read_to_string(page).unwrap();
    let (_, section) = text
        .split_once(&format!("\n## {heading}\n"))
        .expect("the page has this heading");
    let (_, block) = section
        .split_once("```")
        .and_then(|(_, rest)| rest.split_once('\n'))
        .unwrap();
    let (block, _) = block.split_once("```").unwrap();
    replaced.iter().fold(block.to_owned(), |block, (from, to)| {
        assert!(
            block.contains(from),
            "`{from}` is not in the block of {heading}"
        );
        block.replace(from, to)
    })
}
