//! The text of a profiles file as tables, parsed once and strictly. Where it is not valid TOML as a whole, it is parsed
//! table by table: what is wrong with one profile does not break another.

mod pieces;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, Error};

use super::error::ConfigError;
use super::fields;
use super::node::{Kind, Node, OriginOf, Table};
use crate::profile::preset::{self, PRESETS};
use crate::profile::{Origin, is_name};
use crate::suggest::nearest;
use crate::text::{may_be_token, quote_name};

const DEFAULTS: &str = "defaults";
const PROFILES: &str = "profiles";
pub(super) const CREDENTIALS: &str = "credentials";

const CREDENTIALS_EXAMPLE: &str =
    "write `[credentials]`, and below it `\"https://git.example.com\" = \"PROFILE\"`";

/// What may stand at the top of a profiles file.
const ROOTS: [&str; 3] = [DEFAULTS, PROFILES, CREDENTIALS];

pub(super) struct Document {
    pub(super) defaults: Table,
    /// Each is a table.
    pub(super) profiles: BTreeMap<String, Node>,
    pub(super) credentials: Table,
    /// What is wrong with the file itself, in its order. What it affects is not read.
    pub(super) problems: Vec<Problem>,
}

/// A part of the file that cannot be read.
pub(super) struct Problem {
    pub(super) scope: Scope,
    pub(super) error: ConfigError,
}

impl Problem {
    fn new(scope: Scope, error: ConfigError) -> Self {
        let error = match &scope {
            Scope::Profile(name) if is_name(name) => error.in_profile(name),
            _ => error,
        };
        Self { scope, error }
    }
}

/// What a problem affects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// Every profile: without `[defualts]` or `[profles.api.params]`, which may be meant for any of them, a profile
    /// might get another token.
    File,
    Profile(String),
    Credentials,
    /// Nothing that is known by name.
    Nothing,
}

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let lines = Lines::new(text);
        let (root, problems) = match DeTable::parse(text) {
            Ok(parsed) => {
                let origin_of = |offset| Origin::Line(lines.at(offset).0);
                (Table::new(parsed.into_inner(), &origin_of), Vec::new())
            }
            Err(error) => pieces::parse(text, &lines, &error),
        };
        let mut document = Self {
            defaults: Table::default(),
            profiles: BTreeMap::new(),
            credentials: Table::default(),
            problems,
        };
        for (name, node) in root.0 {
            document.add_root(&name, node);
        }
        let problems = &mut document.problems;
        problems.sort_by_key(|problem| problem.error.position());
        document
    }

    fn add_root(&mut self, name: &str, node: Node) {
        match name {
            DEFAULTS => self.defaults = self.table(name, node, Scope::File),
            CREDENTIALS => self.credentials = self.table(name, node, Scope::Credentials),
            PROFILES => {
                for (name, node) in self.table(name, node, Scope::File).0 {
                    self.add_profile(name, node);
                }
            }
            _ => self.add_problem(Scope::File, unknown_table(name, &node)),
        }
    }

    fn add_profile(&mut self, name: String, node: Node) {
        let error = if is_name(&name) {
            not_a_table(&format!("{PROFILES}.{name}"), &node)
        } else {
            Some(bad_name(&name).at(&node))
        };
        match error {
            Some(error) => self.add_problem(Scope::Profile(name), error),
            None => _ = self.profiles.insert(name, node),
        }
    }

    fn add_problem(&mut self, scope: Scope, error: ConfigError) {
        self.problems.push(Problem::new(scope, error));
    }

    fn table(&mut self, name: &str, node: Node, scope: Scope) -> Table {
        if let Some(error) = not_a_table(name, &node) {
            self.add_problem(scope, error);
        }
        match node.kind {
            Kind::Table(table) => table,
            _ => Table::default(),
        }
    }

    /// The names of all profiles, in order; those that cannot be read too.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: BTreeSet<&str> = self.profiles.keys().map(String::as_str).collect();
        for problem in &self.problems {
            if let Scope::Profile(name) = &problem.scope {
                names.insert(name);
            }
        }
        names.into_iter().collect()
    }

    /// Whether there is a profile of this name, even one that cannot be read.
    pub(super) fn has(&self, name: &str) -> bool {
        self.profiles.contains_key(name)
            || self.problem_of(&Scope::Profile(name.to_owned())).is_some()
    }

    /// The problem that keeps this from being read.
    pub(super) fn problem_of(&self, scope: &Scope) -> Option<&ConfigError> {
        let problem = self.problems.iter().find(|problem| problem.scope == *scope);
        problem.map(|problem| &problem.error)
    }

    /// What is wrong with asking for a profile that is not there.
    pub(super) fn unknown_profile(&self, name: &str) -> ConfigError {
        let names = self.names();
        let near = nearest(name, names.iter().copied());
        let did_you_mean = near.map(|near| format!("did you mean `{near}`?"));
        // It may stand where the file cannot be read.
        if let Some(error) = self.syntax_errors() {
            return ConfigError {
                hint: did_you_mean.or(error.hint),
                ..error
            };
        }
        let what = if near.is_none() && may_be_token(name) {
            "unknown profile; its name is not shown because it looks like a token".to_owned()
        } else {
            format!("unknown profile `{name}`")
        };
        let hint = if PRESETS.iter().any(|preset| preset.name == name) {
            format!("it is a preset: `tok init --preset {name} --append` makes a profile of it")
        } else if let Some(did_you_mean) = did_you_mean {
            did_you_mean
        } else if names.is_empty() {
            "the file has no profiles; see `tok presets`, or `profiles.example.toml`".to_owned()
        } else {
            "`tok list` shows the profiles".to_owned()
        };
        ConfigError::new(what).hint(hint)
    }

    /// All syntax errors as one error, at the place of the first.
    fn syntax_errors(&self) -> Option<ConfigError> {
        let errors = self.problems.iter().map(|problem| &problem.error);
        let mut errors = errors.filter(|error| error.is_syntax_error());
        let first = errors.next()?.clone();
        let others = errors.map(|error| {
            let line = error.line.unwrap_or_default();
            format!("; line {line}: {}", error.what)
        });
        Some(ConfigError {
            what: first.what + &others.collect::<String>(),
            profile: None,
            ..first
        })
    }
}

pub(super) fn preset_keys(preset: &'static preset::Preset) -> Table {
    let origin_of: &OriginOf<'_> = &|_| Origin::Preset(preset.name);
    // A test parses every preset.
    let parsed = DeTable::parse(preset.keys()).map(toml::Spanned::into_inner);
    Table::new(parsed.unwrap_or_default(), origin_of)
}

fn not_a_table(name: &str, node: &Node) -> Option<ConfigError> {
    let hint = match name {
        _ if matches!(node.kind, Kind::Table(_)) => return None,
        DEFAULTS => "write `[defaults]`, and its keys below it",
        CREDENTIALS => CREDENTIALS_EXAMPLE,
        _ => "write `[profiles.NAME]` with single brackets, and the keys of the profile below it",
    };
    let what = format!("`{name}` is {}, not a table", node.kind_name());
    Some(ConfigError::new(what).hint(hint).at(node))
}

fn unknown_table(name: &str, node: &Node) -> ConfigError {
    let is_profile = matches!(&node.kind, Kind::Table(table) if table.iter().any(|(key, _)| fields::is_key(key)));
    let hint = match nearest(name, ROOTS) {
        Some(PROFILES) => "write `[profiles.NAME]`".to_owned(),
        Some(near) => format!("did you mean `[{near}]`?"),
        None if is_profile && is_name(name) => format!("write `[profiles.{name}]`"),
        None => "keys belong below `[profiles.NAME]` or `[defaults]`".to_owned(),
    };
    let name = quote_name(name);
    ConfigError::new(format!(
        "unknown table or key {name} at the top of the file"
    ))
    .hint(hint)
    .at(node)
}

/// The error of a name that no profile can have.
pub(super) fn bad_name(name: &str) -> ConfigError {
    ConfigError::new(format!("{} is not a valid profile name", quote_name(name))).hint(
        "a name is up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit",
    )
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let after_break = |(at, byte): (usize, u8)| (byte == b'\n').then_some(at + 1);
        let starts = text.bytes().enumerate().filter_map(after_break);
        Self {
            text,
            starts: [0].into_iter().chain(starts).collect(),
        }
    }

    /// Line and column of a byte, from 1; columns are characters.
    fn at(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied();
        let before = self.text.get(start.unwrap_or_default()..offset);
        let column = before.map_or(0, |before| before.chars().count()) + 1;
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}

/// A syntax error in a piece of the text. The parser's own `Display` would print the line itself, secrets and all.
fn syntax_error(error: &Error, piece: &std::ops::Range<usize>, lines: &Lines<'_>) -> ConfigError {
    let text = lines.text.get(piece.clone()).unwrap_or_default();
    // What is missing at the end is missing from the last line with something in it.
    let offset = error.span().map_or(0, |span| span.start);
    let offset = offset.min(text.trim_end().len());
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    invalid(&message, lines.at(piece.start + offset))
}

fn invalid(message: &str, (line, column): (u32, u32)) -> ConfigError {
    let hint = syntax::hint(message);
    // The parser's "expected …" helps only without a hint of ours.
    let description = match message.split_once(", expected ") {
        Some((description, _)) if hint.is_some() => description,
        _ => message,
    };
    ConfigError {
        line: Some(line),
        column: Some(column),
        hint: hint.map(str::to_owned),
        ..ConfigError::new(format!("not valid TOML: {description}"))
    }
}

#[cfg(test)]
mod tests;
