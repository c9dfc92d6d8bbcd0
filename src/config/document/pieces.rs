//! What can be read of a text that is not valid TOML: it is cut at the lines that begin with `[`, and each piece is
//! parsed strictly. A piece with an error is not read at all.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue, Error};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::{
    CREDENTIALS, CREDENTIALS_EXAMPLE, DEFAULTS, Lines, PROFILES, Problem, ROOTS, Scope, invalid,
    syntax_error,
};
use crate::config::node::{Kind, Table};
use crate::profile::Origin;
use crate::suggest::nearest;

/// The tables of the pieces without an error, and the errors of the others. `error`: that of the whole text.
pub(super) fn parse(text: &str, lines: &Lines<'_>, error: &Error) -> (Table, Vec<Problem>) {
    let mut root = Table::default();
    let mut problems = Vec::new();
    let mut headers = BTreeSet::new();
    let mut scope_of_error = Scope::File;
    let at = error.span().map_or(0, |span| span.start);
    for piece in cut(text) {
        let part = text.get(piece.clone()).unwrap_or_default();
        let header = header(part);
        let scope = header
            .as_ref()
            .map_or_else(|| guessed_scope(part), |path| scope(path));
        if piece.contains(&at) {
            scope_of_error.clone_from(&scope);
        }
        let error = match (DeTable::parse(part), header) {
            (Err(error), Some(_)) => syntax_error(&error, &piece, lines),
            (Err(error), None) => {
                let mut error = syntax_error(&error, &piece, lines);
                "not a valid table header".clone_into(&mut error.what);
                error.hint(match scope {
                    Scope::Credentials => CREDENTIALS_EXAMPLE,
                    _ => "write `[profiles.NAME]`; a name with a dot needs quotes: `[profiles.\"a.b\"]`",
                })
            }
            (Ok(parsed), header) => {
                let origin_of = |offset| Origin::Line(lines.at(piece.start + offset).0);
                let table = Table::new(parsed.into_inner(), &origin_of);
                let is_new = header.is_none_or(|path| path.is_empty() || headers.insert(path));
                if is_new && merge(&mut root, table) {
                    continue;
                }
                invalid("duplicate key", lines.at(piece.start))
            }
        };
        problems.push(Problem::new(scope, error));
    }
    if problems.is_empty() {
        // Each piece is right by itself, but one redefines what another defines.
        let error = syntax_error(error, &(0..text.len()), lines);
        problems.push(Problem::new(scope_of_error, error));
    }
    (root, problems)
}

/// Adds the entries of one table to another. `false`: both have the same entry.
fn merge(into: &mut Table, from: Table) -> bool {
    from.0.into_iter().all(|(name, node)| {
        let Some((_, known)) = into.0.iter_mut().find(|(known, _)| *known == name) else {
            into.0.push((name, node));
            return true;
        };
        match (&mut known.kind, node.kind) {
            (Kind::Table(known), Kind::Table(table)) => merge(known, table),
            _ => false,
        }
    })
}

/// The pieces of a text, each but the first from a line that begins with `[`. What stands in a multi-line string begins
/// no piece, unless the string is never closed.
fn cut(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut from = Some(0);
    while let Some(offset) = from.take() {
        let rest = text.get(offset..).unwrap_or_default();
        let mut is_line_start = true;
        for token in Source::new(rest).lex() {
            let range = token.span().start()..token.span().end();
            match token.kind() {
                TokenKind::Whitespace => continue,
                TokenKind::LeftSquareBracket if is_line_start => starts.push(offset + range.start),
                TokenKind::MlBasicString | TokenKind::MlLiteralString => {
                    let string = rest.get(range.clone()).unwrap_or_default();
                    let is_closed = string.len() >= 6
                        && (string.ends_with("\"\"\"") || string.ends_with("'''"));
                    let next = string.find("\n[").filter(|_| !is_closed);
                    from = next.map(|next| offset + range.start + next + 1);
                    if from.is_some() {
                        break;
                    }
                }
                _ => {}
            }
            is_line_start = token.kind() == TokenKind::Newline;
        }
    }
    starts.dedup();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

/// The keys of a piece's header, none where it has no header; `None` where that is not valid.
fn header(piece: &str) -> Option<Vec<String>> {
    let mut path = Vec::new();
    if !piece.starts_with('[') {
        return Some(path);
    }
    let mut table = DeTable::parse(piece.lines().next()?).ok()?.into_inner();
    while let Some((key, value)) = table.into_iter().next() {
        path.push(key.into_inner().into_owned());
        table = match value.into_inner() {
            DeValue::Table(table) => table,
            _ => break,
        };
    }
    Some(path)
}

fn scope(header: &[String]) -> Scope {
    match header {
        [root, name, ..] if root == PROFILES => Scope::Profile(name.clone()),
        [root, ..] if root == CREDENTIALS => Scope::Credentials,
        _ => Scope::File,
    }
}

/// What a header that is not valid is most likely meant to affect.
fn guessed_scope(piece: &str) -> Scope {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let line = piece.lines().next().unwrap_or_default();
    let mut words = line.split(|c| !is_bare(c)).filter(|word| !word.is_empty());
    match (
        nearest(words.next().unwrap_or_default(), ROOTS),
        words.next(),
    ) {
        (Some(PROFILES), Some(name)) => Scope::Profile(name.to_owned()),
        (Some(CREDENTIALS), _) => Scope::Credentials,
        (Some(DEFAULTS), _) => Scope::File,
        _ => Scope::Nothing,
    }
}
