//! Words of a POSIX shell's command line, with variables in place of secrets.

use std::collections::BTreeMap;
use std::path::Path;

use crate::secret::{SecretRef, looks_like_secret};
use crate::template::is_name;

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The name of a shell variable.
    Variable(String),
}

impl Piece {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// The names of the variables in a value.
pub(super) fn variables(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Variable(name) => Some(name.as_str()),
        Piece::Text(_) => None,
    })
}

/// One word. Texts and variables are quoted separately where double quotes alone would change the text: an interactive
/// bash expands `!` in them.
pub(super) fn word(pieces: &[Piece]) -> String {
    let is_simple = |piece: &Piece| match piece {
        Piece::Text(text) => !text.contains(['"', '\\', '$', '`', '!']),
        Piece::Variable(_) => true,
    };
    if variables(pieces).next().is_none() {
        let text: String = pieces.iter().map(raw).collect();
        return single_quoted(&text);
    }
    if pieces.iter().all(is_simple) {
        return format!("\"{}\"", pieces.iter().map(raw).collect::<String>());
    }
    let is_text = |piece: &Piece| matches!(piece, Piece::Text(_));
    let runs = pieces.chunk_by(|a, b| is_text(a) == is_text(b));
    runs.map(|run| {
        let joined: String = run.iter().map(raw).collect();
        if run.iter().all(is_text) {
            single_quoted(&joined)
        } else {
            format!("\"{joined}\"")
        }
    })
    .collect()
}

fn raw(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Variable(name) => format!("${{{name}}}"),
    }
}

pub(super) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A comment without characters that mean something to a shell: an interactive zsh does not know comments.
pub(super) fn comment(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || " -_.,:/@=+%".contains(letter);
    format!("# {}", text.replace(|letter| !is_plain(letter), " "))
}

/// The variables that the user must set first, each with the line that sets or describes it.
#[derive(Default)]
pub(super) struct Assignments(BTreeMap<String, String>);

impl Assignments {
    /// The variable that holds what a source gives: its own, or one named after the key of the profile.
    pub(super) fn variable(&mut self, key: &str, source: &SecretRef, path: Option<&Path>) -> Piece {
        match (source, path) {
            (SecretRef::Env { var }, _) if is_name(var) && !looks_like_secret(var) => {
                Piece::Variable(var.clone())
            }
            (_, Some(path)) => {
                let path = single_quoted(&path.display().to_string());
                self.add(key, |name| format!("{name}=$(tr -d '\\r' < {path})"))
            }
            _ => {
                let what = source.describe();
                self.add(key, |name| comment(&format!("{name} stands for: {what}")))
            }
        }
    }

    /// A variable named after a key, with a line that says what it stands for.
    pub(super) fn add(&mut self, key: &str, line: impl Fn(&str) -> String) -> Piece {
        let last = key.rsplit('.').next().unwrap_or(key).to_ascii_uppercase();
        let mut name = last.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        if !is_name(&name) {
            name.insert(0, '_');
        }
        while self.0.get(&name).is_some_and(|known| *known != line(&name)) {
            name.push('_');
        }
        self.0.insert(name.clone(), line(&name));
        Piece::Variable(name)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.values().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_to_a_shell_what_they_say() {
        let text = |text: &str| Piece::text(text);
        let variable = |name: &str| Piece::Variable(name.to_owned());
        let cases = [
            (vec![text("it's"), text(" $5")], r"'it'\''s $5'"),
            (vec![], "''"),
            (
                vec![variable("ID"), text(":"), variable("SECRET")],
                r#""${ID}:${SECRET}""#,
            ),
            (
                vec![text(r#"{"a":"#), variable("X"), text("}")],
                r#"'{"a":'"${X}"'}'"#,
            ),
            (vec![text("it's!"), variable("X")], r#"'it'\''s!'"${X}""#),
        ];
        for (pieces, expected) in cases {
            assert_eq!(word(&pieces), expected);
        }
    }
}
