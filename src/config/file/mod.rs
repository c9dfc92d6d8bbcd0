//! A profiles file: its text, its tables, and the part of it that one profile needs.

use std::cell::OnceCell;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::ConfigError;
use super::credentials::CREDENTIALS;
use super::dead_link::DeadLink;
use super::lines::Lines;
use super::names::Names;
use super::node::{self, Kind, Node, Table};
use super::sections::{self, Header, Section};
use crate::os::{self, ReadError};
use crate::profile::{self, Origin};
use crate::suggest::nearest;
use crate::text::quote_name;

/// The largest profiles file that is read, in bytes and in words.
const LARGEST: (u64, &str) = (64 << 20, "64 MiB");
/// The most that is read of what is no plain file: a pipe, or a device without an end.
const LARGEST_STREAM: (u64, &str) = (8 << 20, "8 MiB");

/// How URLs are mapped.
const MAP: &str = "write `[credentials]`, and below it `\"https://git.example.com\" = \"PROFILE\"`";

/// What may stand at the top of the file.
const ROOTS: [&str; 3] = ["defaults", "profiles", CREDENTIALS];

/// A profiles file in memory.
pub struct ProfilesFile {
    pub(super) path: PathBuf,
    pub(super) text: Zeroizing<String>,
    /// Whether group or others may read it.
    pub(super) is_readable_by_others: bool,
    /// Those of the file as it was opened; `None` where the text did not come from one.
    metadata: Option<fs::Metadata>,
    /// Counted when a line is first asked for.
    lines: OnceCell<Lines>,
}

impl ProfilesFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not there, no file, unreadable, too large or not UTF-8.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let failed = |what: String| ConfigError::new(what).at(path, None);
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => match DeadLink::on(path) {
                Some(link) => failed(link.said_of(path)).hint(DeadLink::HINT),
                None => failed("there is no profiles file here".to_owned())
                    .hint("make one with `tok init --preset NAME`; `tok presets` lists the names"),
            },
            io::ErrorKind::IsADirectory => failed("is a directory, not a profiles file".to_owned()),
            _ => failed(format!("cannot be read: {}", os::describe(&error))),
        };
        let (file, metadata) = os::open_to_read(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(failed("is a directory, not a profiles file".to_owned())
                .hint("name the file itself, for example `--config DIR/profiles.toml`"));
        }
        let (most, shown) = if metadata.is_file() {
            LARGEST
        } else {
            LARGEST_STREAM
        };
        let mut bytes = os::read_all(&file, &metadata, most).map_err(|unread| match unread {
            ReadError::TooLarge => failed(format!("is larger than {shown}")),
            other => failed(format!("cannot be read: {other}")),
        })?;
        let text = String::from_utf8(mem::take(&mut bytes)).map_err(|error| {
            let bytes = Zeroizing::new(error.into_bytes());
            let valid = std::str::from_utf8(&bytes)
                .err()
                .map_or(0, |error| error.valid_up_to());
            let line = Lines::of(&bytes).at(&bytes, valid);
            ConfigError::new("not valid UTF-8")
                .at(path, Some(line))
                .hint("save the file as UTF-8")
        })?;
        Ok(Self::of_text(
            path,
            Zeroizing::new(text),
            os::is_readable_by_others(&metadata),
            Some(metadata),
        ))
    }

    fn of_text(
        path: &Path,
        mut text: Zeroizing<String>,
        is_readable_by_others: bool,
        metadata: Option<fs::Metadata>,
    ) -> Self {
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        Self {
            path: path.to_owned(),
            text,
            is_readable_by_others,
            metadata,
            lines: OnceCell::new(),
        }
    }

    /// A profiles file from its text, as if it stood at this path and only its owner could read it.
    #[must_use]
    pub fn from_text(path: &Path, text: &str) -> Self {
        Self::of_text(path, Zeroizing::new(text.to_owned()), false, None)
    }

    /// What the file was when it was opened.
    #[must_use]
    pub fn metadata(&self) -> Option<&fs::Metadata> {
        self.metadata.as_ref()
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line, from 1, on which a table begins.
    pub(super) fn line_of(&self, section: &Section<'_>) -> u32 {
        self.line_at(section.bytes.start)
    }

    fn line_at(&self, byte: usize) -> u32 {
        let text = self.text.as_bytes();
        self.lines.get_or_init(|| Lines::of(text)).at(text, byte)
    }

    /// The names of all profiles, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names_in(&sections::split(&self.text)).all
    }

    /// The names of all profiles, those without a header of their own too.
    pub(super) fn names_in(&self, sections: &[Section<'_>]) -> Names<'_> {
        let shared: Vec<_> = sections
            .iter()
            .filter(|section| section.header == Header::Shared)
            .collect();
        Names::new(self, sections, self.parse(&shared).ok().as_ref())
    }

    /// The table of one profile and that of `[defaults]`, both as written in these sections of the file, which may lack
    /// those of other profiles.
    ///
    /// # Errors
    /// There is no such profile, or what it needs of the file is not valid TOML.
    pub(super) fn tables(
        &self,
        sections: &[Section<'_>],
        name: &str,
    ) -> Result<(Table, Table), ConfigError> {
        let wanted: Vec<_> = sections
            .iter()
            .filter(|section| match &section.header {
                Header::Shared | Header::Defaults => true,
                Header::Profile(of) => of == name,
                Header::Credentials | Header::Foreign(_) | Header::Broken => false,
            })
            .collect();
        let table = self.parse(&wanted)?;
        self.check_roots(&table, sections)?;
        let defaults = self.defaults_in(&table)?;
        match self.profile_in(&table, name)? {
            Some(profile) => Ok((profile, defaults)),
            None => Err(self.names_in(&sections::split(&self.text)).unknown(name)),
        }
    }

    /// `[defaults]` of a parsed table.
    pub(super) fn defaults_in(&self, table: &Table) -> Result<Table, ConfigError> {
        match node::get(table, "defaults") {
            Some(Node {
                kind: Kind::Table(table),
                ..
            }) => Ok(table.clone()),
            Some(other) => Err(self.wrong_kind("defaults", other)),
            None => Ok(Table::new()),
        }
    }

    /// One profile of a parsed table, where it is there.
    pub(super) fn profile_in(
        &self,
        table: &Table,
        name: &str,
    ) -> Result<Option<Table>, ConfigError> {
        let found = match node::get(table, "profiles") {
            Some(Node {
                kind: Kind::Table(profiles),
                ..
            }) => node::get(profiles, name),
            Some(other) => return Err(self.wrong_kind("profiles", other)),
            None => None,
        };
        match found {
            Some(Node {
                kind: Kind::Table(profile),
                ..
            }) => Ok(Some(profile.clone())),
            Some(other) => Err(self.wrong_kind(&format!("profiles.{name}"), other)),
            None => Ok(None),
        }
    }

    /// Everything that is wrong with the file as a whole: headers that are none, foreign tables, bad names.
    pub(super) fn problems(&self) -> Vec<ConfigError> {
        let sections = sections::split(&self.text);
        let mut problems: Vec<_> = sections
            .iter()
            .filter_map(|section| self.header_problem(section))
            .collect();
        let shared: Vec<_> = sections
            .iter()
            .filter(|section| matches!(section.header, Header::Shared | Header::Defaults))
            .collect();
        match self.parse(&shared) {
            Ok(table) => {
                problems.extend(self.stray_keys(&table));
                problems.extend(self.defaults_in(&table).err());
                if let Some(profiles) = node::get(&table, "profiles")
                    && !matches!(profiles.kind, Kind::Table(_))
                {
                    problems.push(self.wrong_kind("profiles", profiles));
                }
                problems.extend(self.credential_problems(&sections));
            }
            Err(error) => problems.push(error),
        }
        problems
    }

    /// Top-level keys that mean nothing, inline tables among them.
    fn stray_keys(&self, table: &Table) -> impl Iterator<Item = ConfigError> {
        let strays = table
            .iter()
            .filter(|(name, _)| !ROOTS.contains(&name.as_str()));
        strays.map(|(name, node)| unknown_table(name).at(&self.path, node.line()))
    }

    pub(super) fn header_problem(&self, section: &Section<'_>) -> Option<ConfigError> {
        let error = match &section.header {
            Header::Foreign(name) => unknown_table(name),
            Header::Broken => {
                ConfigError::new("not a table header").hint(if self.is_broken_map(section) {
                    MAP
                } else {
                    "write `[profiles.NAME]`; a name with a dot needs quotes: `[profiles.\"a.b\"]`"
                })
            }
            Header::Profile(name) if !profile::is_name(name) => bad_name(name),
            _ => return None,
        };
        Some(error.at(&self.path, Some(self.line_of(section))))
    }

    /// Whether this was meant to be the header of the table of URLs.
    fn is_broken_map(&self, section: &Section<'_>) -> bool {
        let text = self.text.get(section.bytes.clone()).unwrap_or_default();
        let word = text.trim_start_matches(['[', ' ', '\t']);
        section.header == Header::Broken && word.starts_with(CREDENTIALS)
    }

    /// Refuses a file in which the table of URLs is lost: whoever asks would hear that no token is for him.
    pub(super) fn check_map(&self, sections: &[Section<'_>]) -> Result<(), ConfigError> {
        let is_it = |section: &&Section<'_>| {
            self.is_broken_map(section) || matches!(section.header, Header::Foreign(_))
        };
        let lost = sections.iter().find(is_it);
        lost.and_then(|section| self.header_problem(section))
            .map_or(Ok(()), Err)
    }

    /// Refuses what stands at the top of the file and means nothing. It stops every profile: `[defualts]` or
    /// `[profles.api.params]` may be meant for any of them, and a token asked for without it would be another one.
    pub(super) fn check_roots(
        &self,
        table: &Table,
        sections: &[Section<'_>],
    ) -> Result<(), ConfigError> {
        if let Some(stray) = self.stray_keys(table).next() {
            return Err(stray);
        }
        let foreign = sections
            .iter()
            .find(|section| matches!(section.header, Header::Foreign(_)));
        foreign
            .and_then(|section| self.header_problem(section))
            .map_or(Ok(()), Err)
    }

    pub(super) fn wrong_kind(&self, what: &str, node: &Node) -> ConfigError {
        let hint = match what {
            "defaults" => "write `[defaults]`, and its keys below",
            CREDENTIALS => MAP,
            _ => "write `[profiles.NAME]` with single brackets, and the keys of the profile below",
        };
        let error = ConfigError::new(format!("`{what}` is {}, not a table", node.kind_name()));
        error.hint(hint).at(&self.path, node.line())
    }

    /// Parses these sections together, as if the file held nothing else.
    pub(super) fn parse(&self, sections: &[&Section<'_>]) -> Result<Table, ConfigError> {
        let mut excerpt = Zeroizing::new(String::new());
        let mut pieces = Vec::with_capacity(sections.len());
        for section in sections {
            pieces.push((excerpt.len(), section.bytes.start));
            excerpt.push_str(self.text.get(section.bytes.clone()).unwrap_or_default());
        }
        let origin = |offset: usize| {
            let piece = pieces
                .partition_point(|(start, _)| *start <= offset)
                .saturating_sub(1);
            let (start, in_file) = pieces.get(piece).copied().unwrap_or_default();
            Origin::Line(self.line_at(in_file + (offset - start)))
        };
        node::parse(&excerpt, &origin).map_err(|(error, at)| match at {
            Origin::Line(line) => error.at(&self.path, Some(line)),
            _ => error.at(&self.path, None),
        })
    }
}

pub(super) fn profiles_in(table: &Table) -> Option<&Table> {
    match node::get(table, "profiles") {
        Some(Node {
            kind: Kind::Table(profiles),
            ..
        }) => Some(profiles),
        _ => None,
    }
}

fn unknown_table(name: &str) -> ConfigError {
    let error = ConfigError::new(format!(
        "unknown table or key {} at the top of the file",
        quote_name(name)
    ));
    match nearest(name, ROOTS) {
        Some("profiles") => error.hint("write `[profiles.NAME]`"),
        Some(near) => error.hint(format!("did you mean `[{near}]`?")),
        None => error.hint("keys belong below `[profiles.NAME]` or `[defaults]`"),
    }
}

/// A name that no profile can have.
pub(super) fn bad_name(name: &str) -> ConfigError {
    ConfigError::new(format!(
        "{} is not a name that a profile can have",
        quote_name(name)
    ))
    .hint(
        "a name is up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit",
    )
}

#[cfg(test)]
mod tests;
