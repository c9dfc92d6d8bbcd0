//! The pages taken apart, and what counts as the same output.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// README.md or a page of docs/.
#[derive(Clone)]
pub(crate) struct Page {
    /// Its path from the root of the package.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A fenced block.
pub(crate) struct Block {
    pub(crate) language: String,
    /// The page, and the line of its opening fence.
    pub(crate) place: String,
    pub(crate) text: String,
}

/// README and all pages of docs/, by name.
pub(crate) fn pages() -> Vec<Page> {
    let files = fs::read_dir(root().join("docs")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut names: Vec<String> = pages
        .map(|path| format!("docs/{}", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    names.push("README.md".to_owned());
    names.sort();
    names.iter().map(|name| Page::read(name)).collect()
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap();
        Self {
            name: name.to_owned(),
            text,
        }
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for (index, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), is_open) {
                (Some(language), false) => {
                    blocks.push(Block {
                        language: language.to_owned(),
                        place: format!("{}:{}", self.name, index + 1),
                        text: String::new(),
                    });
                    is_open = true;
                }
                (Some(_), true) => is_open = false,
                (None, true) => blocks.last_mut().unwrap().text += &(line.to_owned() + "\n"),
                (None, false) => {}
            }
        }
        assert!(!is_open, "{}: a block is not closed", self.name);
        blocks
    }

    /// The lines outside of fenced blocks.
    fn prose(&self) -> Vec<&str> {
        let mut is_open = false;
        let outside = self.text.lines().filter(|line| {
            let is_fence = line.starts_with("```");
            is_open ^= is_fence;
            !is_fence && !is_open
        });
        outside.collect()
    }

    /// The anchors of its headings.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let anchor = |title: &str| {
            let is_kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-';
            let kept: String = title.trim().chars().filter(is_kept).collect();
            kept.to_lowercase().replace(' ', "-")
        };
        let prose = self.prose().into_iter();
        prose
            .filter(|line| line.starts_with('#'))
            .map(|line| anchor(line.trim_start_matches('#')))
            .collect()
    }

    /// Where its links lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = self.prose().into_iter().flat_map(|line| {
            let ends = line.split("](").skip(1);
            ends.filter_map(|rest| rest.split_once(')'))
        });
        links.map(|(to, _)| to.to_owned()).collect()
    }

    /// The rows of its table whose first column has this heading, cell by cell.
    fn table(&self, heading: &str) -> Option<Vec<Vec<String>>> {
        let cells = |line: &str| -> Vec<String> {
            // A bar inside a cell is written with a backslash.
            let line = line.replace("\\|", "\u{0}");
            let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
            let cells = inner.split('|');
            cells
                .map(|cell| cell.trim().replace('\u{0}', "|"))
                .collect()
        };
        let lines = self.prose();
        let head = lines
            .iter()
            .position(|line| line.starts_with(&format!("| {heading} |")))?;
        let rows = lines.into_iter().skip(head + 2);
        Some(
            rows.take_while(|line| line.starts_with('|'))
                .map(cells)
                .collect(),
        )
    }
}

/// The table of a page whose first column has this heading.
pub(crate) fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let found = Page::read(page).table(heading);
    found.unwrap_or_else(|| panic!("{page} has no table of `{heading}`"))
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
