//! Times, lifetimes and JSON as they are shown.

use std::fmt::Display;

use anstyle::Style;

use super::style::{DIM, GOOD, HEADING, WARN, paint};
use super::table::{Cell, columns};
use crate::expiry::Freshness;
use crate::text::sanitize;
use crate::time::UnixTime;

/// Names with their values, one a line, below a heading.
pub fn fields<N: Display>(heading: &str, pairs: impl IntoIterator<Item = (N, String)>) -> String {
    let row =
        |(name, value): (N, String)| vec![Cell::new(DIM, format!("  {name}")), Cell::plain(value)];
    let rows: Vec<_> = pairs.into_iter().map(row).collect();
    format!(
        "{}\n{}",
        paint(HEADING, heading),
        columns(&rows, usize::MAX)
    )
}

/// An instant, on a terminal with the time until then.
pub fn when(at: UnixTime, now: UnixTime, is_terminal: bool) -> String {
    if is_terminal {
        format!("{} ({})", at.rfc3339(), at.relative_to(now))
    } else {
        at.rfc3339()
    }
}

/// Characters of a lifetime's bar, without its ends.
const BAR: i64 = 8;

/// The part of a lifetime that is used up: `▕███░░░░░▏`.
pub fn bar(from: UnixTime, to: UnixTime, now: UnixTime) -> String {
    // The last character is filled only when the token has expired.
    let used = match used(from, to, now) {
        100 => BAR,
        percent => percent * BAR / 100,
    };
    (0..BAR).fold("▕".to_owned(), |bar, cell| {
        bar + if cell < used { "█" } else { "░" }
    }) + "▏"
}

/// The part of a lifetime that is used up, from 0 to 100 per cent.
pub fn used(from: UnixTime, to: UnixTime, now: UnixTime) -> i64 {
    let lifetime = to.since(from).max(1);
    let gone = now.since(from).clamp(0, lifetime);
    gone.saturating_mul(100) / lifetime
}

/// The word for a token's freshness, and its colour.
pub fn freshness(state: Freshness) -> (&'static str, Style) {
    match state {
        Freshness::Fresh => ("fresh", GOOD),
        Freshness::RefreshDue => ("refresh-due", GOOD),
        Freshness::Stale | Freshness::ClockSkew => ("stale", WARN),
        Freshness::Expired => ("expired", WARN),
    }
}

/// A JSON value in one line: strings without quotes, lists of strings separated by commas.
pub fn json_as_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => sanitize(text),
        serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_string) => {
            let strings: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
            sanitize(&strings.join(", "))
        }
        other => sanitize(&other.to_string()),
    }
}

/// One line of JSON, with control characters, and those that change the direction of text, escaped.
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
