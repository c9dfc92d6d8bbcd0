//! `[credentials]`: the table that says which profile's token goes to which URL. What a URL in it means is
//! [`crate::credential`]'s.

use super::ConfigError;
use super::file::ProfilesFile;
use super::layers::unknown_key;
use super::node::{self, Kind, Node, Table};
use super::read::{Read, word, wrong};
use super::sections::{self, Header, Section};
use crate::credential::{CredentialMap, Mapping, UrlPattern};
use crate::profile::{self, Profile};
use crate::text::{may_be_token, sanitize};

/// The name of the table.
pub(super) const CREDENTIALS: &str = "credentials";

/// The keys of a URL's own table.
pub(super) const KEYS: [&str; 3] = ["profile", "username", "scheme"];

const EXAMPLE: &str = "write `\"https://git.example.com\" = \"PROFILE\"`";

const SWAPPED: &str = "the URL stands before the `=`, the profile's name behind it: `\"https://git.example.com\" = \"PROFILE\"`";

impl ProfilesFile {
    /// Which profile's token goes to which URL.
    ///
    /// # Errors
    /// The table has a mistake; any, as what is wrong in one line may change what another means. That a profile is
    /// not there or wrong is found by [`ProfilesFile::mapped_profile`].
    pub fn credential_map(&self) -> Result<CredentialMap, ConfigError> {
        let sections = sections::split(&self.text);
        self.check_map(&sections)?;
        self.map_in(&sections)
    }

    fn map_in(&self, sections: &[Section<'_>]) -> Result<CredentialMap, ConfigError> {
        let wanted: Vec<_> = sections
            .iter()
            .filter(|section| matches!(section.header, Header::Shared | Header::Credentials))
            .collect();
        let table = self.parse(&wanted)?;
        let rows = match node::get(&table, CREDENTIALS) {
            None => return Ok(CredentialMap::default()),
            Some(Node {
                kind: Kind::Table(rows),
                ..
            }) => rows,
            Some(other) => return Err(self.wrong_kind(CREDENTIALS, other)),
        };
        let mut map = CredentialMap::default();
        for (url, node) in rows {
            let mapping = mapping(url, node)
                .map_err(|(error, line)| error.at(&self.path, line.or(node.line())))?;
            if let Some(twin) = map
                .0
                .iter()
                .find(|other| other.pattern.is_same(&mapping.pattern))
            {
                let what = match twin.line {
                    Some(line) => format!("`{}` is mapped in line {line} already", shown(url)),
                    None => format!("`{}` is mapped twice", shown(url)),
                };
                return Err(ConfigError::new(what)
                    .hint("drop one of the two")
                    .at(&self.path, node.line()));
            }
            map.0.push(mapping);
        }
        Ok(map)
    }

    /// The profile of a mapping, valid.
    ///
    /// # Errors
    /// As [`ProfilesFile::profile`].
    pub fn mapped_profile(&self, mapping: &Mapping) -> Result<Profile, ConfigError> {
        self.profile(&mapping.profile)
            .map_err(|error| self.of_mapping(mapping, error))
    }

    /// Where a mapping names no profile, that is its mistake.
    fn of_mapping(&self, mapping: &Mapping, error: ConfigError) -> ConfigError {
        if !error.is_unknown_profile {
            return error;
        }
        let what = format!("`{}` names no profile that there is", shown(&mapping.url));
        let found = ConfigError::new(what).at(&self.path, mapping.line);
        error.hint.into_iter().fold(found, ConfigError::hint)
    }

    /// Everything that is wrong with the table in these sections, which are all of the file.
    pub(super) fn credential_problems(&self, sections: &[Section<'_>]) -> Vec<ConfigError> {
        let map = match self.map_in(sections) {
            Ok(map) => map,
            Err(error) => return vec![error],
        };
        let names = self.names_in(sections);
        let is_unknown = |mapping: &&Mapping| names.all.binary_search(&mapping.profile).is_err();
        let unknown = map.0.iter().filter(is_unknown);
        unknown
            .map(|mapping| self.of_mapping(mapping, names.unknown(&mapping.profile)))
            .collect()
    }
}

/// A URL as it may be shown: whoever wrote a user or a query into it may have put a secret there, and what has no
/// scheme may be no URL at all.
fn shown(url: &str) -> String {
    let whole = match url.rsplit_once('@') {
        Some((before, rest)) => {
            let scheme = before
                .split_once("://")
                .map(|(scheme, _)| format!("{scheme}://"));
            format!("{}…@{rest}", scheme.unwrap_or_default())
        }
        None => url.to_owned(),
    };
    match whole.split_once(['?', '#']) {
        _ if !whole.contains("://") && may_be_token(&whole) => "…".to_owned(),
        Some((before, _)) => sanitize(&format!("{before}…")),
        None => sanitize(&whole),
    }
}

fn mapping(url: &str, node: &Node) -> Read<Mapping> {
    let is_swapped = matches!(&node.kind, Kind::Text(text) if text.contains("://"));
    let pattern = UrlPattern::parse(url).or_else(|error| {
        let hint = if is_swapped { SWAPPED } else { error.hint() };
        wrong(
            node,
            format!("the URL `{}` in `[credentials]` {error}", shown(url)),
            hint,
        )
    })?;
    let plain: Table;
    let keys = match &node.kind {
        Kind::Text(_) => {
            plain = vec![("profile".to_owned(), node.clone())];
            &plain
        }
        Kind::Table(table) => table,
        _ => {
            let what = format!(
                "`{}` is {}, not a profile's name",
                shown(url),
                node.kind_name()
            );
            return wrong(node, what, EXAMPLE);
        }
    };
    if let Some((key, place)) = keys.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
        return Err((unknown_key(key, KEYS.into_iter()), place.line()));
    }
    let profile = match node::get(keys, "profile") {
        None => {
            return wrong(
                node,
                format!("`{}` names no `profile`", shown(url)),
                EXAMPLE,
            );
        }
        Some(Node {
            kind: Kind::Text(name),
            ..
        }) if profile::is_name(name) => name.to_string(),
        Some(other) => {
            return wrong(
                other,
                format!("what `{}` names is no profile's name", shown(url)),
                EXAMPLE,
            );
        }
    };
    let username = node::get(keys, "username").map(username).transpose()?;
    let scheme = node::get(keys, "scheme")
        .map(|node| word(node, "scheme"))
        .transpose()?;
    Ok(Mapping {
        url: url.to_owned(),
        pattern,
        profile,
        username,
        scheme,
        line: node.line(),
    })
}

fn username(node: &Node) -> Read<String> {
    match &node.kind {
        // RFC 7617 §2: a colon would end it.
        Kind::Text(name)
            if !name.is_empty()
                && !name.contains(':')
                && !name.contains(|c: char| c.is_control()) =>
        {
            Ok(name.to_string())
        }
        _ => wrong(
            node,
            "`username` is no username",
            "write what the server wants, in quotes, without a colon",
        ),
    }
}
