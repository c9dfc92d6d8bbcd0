//! What people look at: columns, times, colours, and the bar of a lifetime.
//!
//! Colour is always written; [`crate::render::output`] takes it out where none is wanted. Where nobody looks, because
//! standard output is a file or a pipe, the same answer is made for programs: one record a line, a tab between
//! its fields, no headings, and no words that are other ones a second later.

use std::iter;

use anstyle::{AnsiColor, Color, Style};

use crate::expiry::Freshness;
use crate::text::sanitize;
use crate::time::UnixTime;

/// What is well.
pub const GOOD: Style = foreground(AnsiColor::Green);
/// What wants attention.
pub const WARN: Style = foreground(AnsiColor::Yellow);
/// What is wrong.
pub const BAD: Style = foreground(AnsiColor::Red);
/// What is named, and can be typed.
pub const NAME: Style = foreground(AnsiColor::Cyan);
/// What is beside the point.
pub const DIM: Style = Style::new().dimmed();
/// What stands above.
pub const HEAD: Style = Style::new().bold();

/// What stands in a field that has no value.
pub const NONE: &str = "-";

/// Between two columns.
const GAP: &str = "  ";

const fn foreground(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// Text in a style.
pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{style}{text}{style:#}")
    }
}

/// How many characters of a text are seen.
fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text)
        .map(|part| part.chars().count())
        .sum()
}

/// Rows of cells below one another. The last cell of a row may be as long as it likes.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        let inner = rows.iter().filter(|row| row.len() > column + 1);
        inner
            .filter_map(|row| row.get(column))
            .map(|cell| width(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(widest).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (index, (cell, wide)) in row.iter().zip(&widths).enumerate() {
            line.push_str(cell);
            if index + 1 < row.len() {
                line.extend(iter::repeat_n(' ', wide.saturating_sub(width(cell))));
                line.push_str(GAP);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A table for a person: headings, and aligned columns below them.
pub fn table(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let head = headings.iter().map(|heading| paint(DIM, heading)).collect();
    let all: Vec<Vec<String>> = iter::once(head).chain(rows).collect();
    columns(&all)
}

/// A table for a program: no headings, and a tab between two fields, so that none of them can hold one.
pub fn records(rows: &[Vec<String>]) -> String {
    let field = |cell: &String| {
        if cell.is_empty() {
            NONE.to_owned()
        } else {
            cell.replace(['\t', '\n'], " ")
        }
    };
    rows.iter()
        .map(|row| row.iter().map(field).collect::<Vec<_>>().join("\t") + "\n")
        .collect()
}

/// Names and what they stand for, one a line, below a heading.
pub fn fields(heading: &str, pairs: Vec<(String, String)>) -> String {
    let rows: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| vec![format!("  {}", paint(DIM, &name)), value])
        .collect();
    format!("{}\n{}", paint(HEAD, heading), columns(&rows))
}

/// An instant; where a person looks, also how far away it is.
pub fn when(at: UnixTime, now: UnixTime, is_terminal: bool) -> String {
    if is_terminal {
        format!("{} ({})", at.rfc3339(), at.relative_to(now))
    } else {
        at.rfc3339()
    }
}

/// How many characters the bar of a lifetime has between its ends.
const BAR: i64 = 8;

/// The part of a lifetime that is used up: `▕███░░░░░▏`.
pub fn bar(from: UnixTime, to: UnixTime, now: UnixTime) -> String {
    // A token that is not over yet always has something left to see, and one that is over nothing.
    let used = match used(from, to, now) {
        100 => BAR,
        percent => percent * BAR / 100,
    };
    (0..BAR).fold("▕".to_owned(), |bar, cell| {
        bar + if cell < used { "█" } else { "░" }
    }) + "▏"
}

/// How much of a lifetime is used up, in per cent; 100 is all of it.
pub fn used(from: UnixTime, to: UnixTime, now: UnixTime) -> i64 {
    let lifetime = to.since(from).max(1);
    let gone = now.since(from).clamp(0, lifetime);
    gone.saturating_mul(100) / lifetime
}

/// The word for a token's freshness, and its colour.
pub fn freshness(state: Freshness) -> (&'static str, Style) {
    match state {
        Freshness::Fresh => ("fresh", GOOD),
        Freshness::RefreshDue => ("ageing", GOOD),
        Freshness::Stale | Freshness::ClockSkew => ("stale", WARN),
        Freshness::Expired => ("expired", WARN),
    }
}

/// A value of JSON on one line, fit to be shown: text without its quotes, all else as JSON has it.
pub fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => sanitize(text),
        serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_string) => {
            let words: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
            sanitize(&words.join(", "))
        }
        other => sanitize(&other.to_string()),
    }
}

/// One line of JSON. What a terminal could take for a command, or what would turn the reading round, is escaped:
/// the value stays the same.
pub fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    use std::fmt::Write as _;
    let text = serde_json::to_string(value)?;
    let mut line = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        let is_plain = matches!(character, ' '..='~')
            || !sanitize(character.encode_utf8(&mut [0; 4])).is_empty();
        if is_plain {
            line.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    Ok(line + "\n")
}

/// `1 token`, `2 tokens`.
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let row = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        let painted = paint(GOOD, "é");
        let rows = [
            row(&["ab", "c", "d"]),
            row(&[&painted, "longer than all"]),
            row(&["", "x"]),
        ];
        let shown = anstream::adapter::strip_str(&columns(&rows)).to_string();
        assert_eq!(shown, "ab  c  d\né   longer than all\n    x\n");
        assert_eq!(records(&[row(&["a", "", "b\tc"])]), "a\t-\tb c\n");
    }

    #[test]
    fn bars() {
        let (from, to) = (UnixTime(1000), UnixTime(2000));
        let cases = [
            (900, "▕░░░░░░░░▏"),
            (1000, "▕░░░░░░░░▏"),
            (1500, "▕████░░░░▏"),
            (1999, "▕███████░▏"),
            (2000, "▕████████▏"),
            (9000, "▕████████▏"),
        ];
        for (now, expected) in cases {
            assert_eq!(bar(from, to, UnixTime(now)), expected, "{now}");
        }
        assert_eq!(bar(to, to, to), "▕░░░░░░░░▏");
        assert_eq!(
            used(UnixTime(i64::MIN), UnixTime(i64::MAX), UnixTime(0)),
            1,
            "no overflow"
        );
    }

    #[test]
    fn json_keeps_its_meaning_and_loses_what_a_terminal_obeys() {
        let value = serde_json::json!({"a": "x\u{9b}31m\u{202e}\u{e0001}é\n \"", "b": [1, null]});
        let line = json(&value).unwrap();
        assert!(
            !line.contains('\u{9b}') && !line.contains('\u{202e}') && line.contains('é'),
            "{line}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&line).unwrap(),
            value
        );
    }
}
