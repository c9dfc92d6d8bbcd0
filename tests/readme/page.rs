//! The README taken apart, and what counts as the same output.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
pub(crate) struct Block {
    pub(crate) language: String,
    /// The line of its opening fence.
    pub(crate) line: usize,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

pub(crate) fn text() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

pub(crate) fn blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (index, line) in text().lines().enumerate() {
        match (line.strip_prefix("```"), is_open) {
            (Some(language), false) => {
                blocks.push(Block {
                    language: language.to_owned(),
                    line: index + 1,
                    text: String::new(),
                });
                is_open = true;
            }
            (Some(_), true) => is_open = false,
            (None, true) => blocks.last_mut().unwrap().text += &(line.to_owned() + "\n"),
            (None, false) => {}
        }
    }
    assert!(!is_open, "a block of the README is not closed");
    blocks
}

/// The lines outside of fenced blocks.
fn prose() -> Vec<String> {
    let mut is_open = false;
    let text = text();
    let outside = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_open ^= is_fence;
        !is_fence && !is_open
    });
    outside.map(str::to_owned).collect()
}

/// The anchors that GitHub makes of the headings.
pub(crate) fn headings() -> Vec<String> {
    let anchor = |title: &str| {
        let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-';
        title
            .trim()
            .chars()
            .filter(kept)
            .collect::<String>()
            .to_lowercase()
            .replace(' ', "-")
    };
    prose()
        .iter()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect()
}

/// Where the links of the page lead.
pub(crate) fn links() -> Vec<String> {
    let of = |line: &String| -> Vec<String> {
        line.split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(to, _)| to.to_owned())
            .collect()
    };
    prose().iter().flat_map(of).collect()
}

/// The rows of the table whose first column has this heading, cell by cell.
pub(crate) fn table(heading: &str) -> Vec<Vec<String>> {
    let cells = |line: &String| -> Vec<String> {
        // A bar inside a cell is written with a backslash.
        let line = line.replace("\\|", "\u{0}");
        let inner = line
            .trim()
            .trim_start_matches('|')
            .trim_end_matches('|')
            .to_owned();
        inner
            .split('|')
            .map(|cell| cell.trim().replace('\u{0}', "|"))
            .collect()
    };
    let lines = prose();
    let head = lines
        .iter()
        .position(|line| line.starts_with(&format!("| {heading} |")));
    let head = head.unwrap_or_else(|| panic!("the README has no table of `{heading}`"));
    lines
        .iter()
        .skip(head + 2)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect()
}

/// Whether an output is the one shown. `…` alone stands for any lines, at the end of a line for the rest of it.
/// Times and durations differ from run to run and count as equal.
pub(crate) fn is_as_shown(expected: &[&str], found: &[&str]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => {
            (0..=found.len()).any(|skip| is_as_shown(rest, &found[skip..]))
        }
        (Some((line, rest)), Some((other, others))) => {
            let (line, other) = (masked(line), masked(other));
            let is_same = line
                .strip_suffix('…')
                .map_or(line == other, |start| other.starts_with(start));
            is_same && is_as_shown(rest, others)
        }
        _ => false,
    }
}

/// A line with its instants and durations replaced by words.
fn masked(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let word = without_instants(word);
        let core = word.trim_end_matches(')');
        let is_span = core.ends_with(['d', 'h', 'm', 's'])
            && core.len() > 1
            && core[..core.len() - 1]
                .bytes()
                .all(|byte| byte.is_ascii_digit());
        let is_count = core.len() > 3 && core.bytes().all(|byte| byte.is_ascii_digit());
        if is_span && words.last().is_some_and(|last| last == "SPAN") {
            words.pop();
        }
        let mask = if is_span { "SPAN" } else { "COUNT" };
        words.push(if is_span || is_count {
            word.replace(core, mask)
        } else {
            word
        });
    }
    words.join(" ")
}

/// `2026-11-23T10:00:00Z`, and the numbers of `"expires_at":` and the like.
fn without_instants(word: &str) -> String {
    let shape: String = word
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let mut word = match shape.find("0000-00-00T00:00:00Z") {
        Some(at) if shape.len() == word.len() => {
            format!("{}INSTANT{}", &word[..at], &word[at + 20..])
        }
        _ => word.to_owned(),
    };
    for name in ["\"expires_at\":", "\"expires_in\":", "\"retry_after\":"] {
        if let Some((before, after)) = word.clone().split_once(name) {
            word = format!(
                "{before}{name}COUNT{}",
                after.trim_start_matches(|c: char| c.is_ascii_digit())
            );
        }
    }
    word
}

#[test]
fn what_counts_as_the_same_output() {
    let same = |expected: &[&str], found: &[&str]| is_as_shown(expected, found);
    assert!(same(
        &["at 2026-11-23T10:00:00Z (in 23h 59m)"],
        &["at 2027-01-01T00:00:01Z (in 1d)"]
    ));
    assert!(same(&["a", "…", "z"], &["a", "b", "c", "z"]) && same(&["a…"], &["abc"]));
    assert!(
        same(&["86399"], &["86400"])
            && same(
                &["{\"expires_in\":900,\"x\":1}"],
                &["{\"expires_in\":899,\"x\":1}"]
            )
    );
    assert!(!same(&["5"], &["4"]) && !same(&["a"], &["a", "b"]) && !same(&["a", "b"], &["a"]));
    assert!(!same(&["in 5m"], &["in a while"]) && !same(&["…", "z"], &["a"]));
}
