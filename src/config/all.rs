//! All profiles of a file at once. Read one by one, each would cut up the whole file again.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::ConfigError;
use super::file::{ProfilesFile, profiles_in};
use super::node::{self, Table};
use super::sections::{self, Header, Section};
use crate::profile::Profile;

impl ProfilesFile {
    /// Every profile by its name, in order: valid, or what is wrong with it.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Result<Profile, ConfigError>)> {
        self.each(Strays::Refused)
    }

    /// Every profile as [`ProfilesFile::all`] has it, with a choice about what else is in the file.
    pub(super) fn each(&self, strays: Strays) -> Vec<(String, Result<Profile, ConfigError>)> {
        let catalogue = Catalogue::new(self, strays);
        let tables = |name: &str| catalogue.tables(name);
        self.names()
            .into_iter()
            .map(|name| {
                let outcome = self.profile_by(&name, &tables, &|| catalogue.line_of_header(&name));
                (name, outcome)
            })
            .collect()
    }
}

/// What becomes of profiles in a file that holds tables or keys which mean nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strays {
    /// None of them is valid.
    Refused,
    /// They are looked at all the same: who checks the whole file reports strays by themselves.
    PassedOver,
}

/// A file cut into its tables once. Each profile's are parsed once, however many others extend it.
struct Catalogue<'a> {
    file: &'a ProfilesFile,
    sections: Vec<Section<'a>>,
    /// The sections of each profile.
    of: BTreeMap<String, Vec<usize>>,
    /// What stands outside of all profiles' own sections: the whole table, and `[defaults]` in it.
    shared: Result<(Table, Table), ConfigError>,
    parsed: RefCell<BTreeMap<String, Result<Table, ConfigError>>>,
}

impl<'a> Catalogue<'a> {
    fn new(file: &'a ProfilesFile, strays: Strays) -> Self {
        let sections = sections::split(&file.text);
        let mut of: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, section) in sections.iter().enumerate() {
            if let Header::Profile(name) = &section.header {
                of.entry(name.to_string()).or_default().push(index);
            }
        }
        let common: Vec<_> = sections.iter().filter(|section| is_common(section)).collect();
        let shared = file.parse(&common).and_then(|table| {
            if strays == Strays::Refused {
                file.check_roots(&table, &sections)?;
            }
            let defaults = file.defaults_in(&table)?;
            Ok((table, defaults))
        });
        Self { file, sections, of, shared, parsed: RefCell::default() }
    }

    fn line_of_header(&self, name: &str) -> Option<u32> {
        let first = self.of.get(name)?.first()?;
        self.sections.get(*first).map(|section| section.line)
    }

    fn tables(&self, name: &str) -> Result<(Table, Table), ConfigError> {
        let (shared, defaults) = self.shared.as_ref().map_err(Clone::clone)?;
        if let Some(known) = self.parsed.borrow().get(name) {
            return Ok((known.clone()?, defaults.clone()));
        }
        let outcome = self.parse(name, shared);
        self.parsed.borrow_mut().insert(name.to_owned(), outcome.clone());
        Ok((outcome?, defaults.clone()))
    }

    fn parse(&self, name: &str, shared: &Table) -> Result<Table, ConfigError> {
        // Also says so where `profiles` is no table at all.
        let elsewhere = self.file.profile_in(shared, name);
        let Some(own) = self.of.get(name) else {
            return elsewhere?.ok_or_else(|| self.file.unknown_profile(name, &self.sections));
        };
        let is_elsewhere = profiles_in(shared).is_some_and(|profiles| node::get(profiles, name).is_some());
        if is_elsewhere {
            // Written in two ways: only TOML's own rules for all of it together say what that means.
            return self.file.tables(&self.sections, name).map(|(table, _)| table);
        }
        elsewhere?;
        let sections: Vec<_> = own.iter().filter_map(|index| self.sections.get(*index)).collect();
        let table = self.file.parse(&sections)?;
        let found = self.file.profile_in(&table, name)?;
        found.ok_or_else(|| self.file.unknown_profile(name, &self.sections))
    }
}

fn is_common(section: &Section<'_>) -> bool {
    matches!(section.header, Header::Shared | Header::Defaults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, ProfilesFile) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        crate::replace::replace(&path, ".t", text.as_bytes()).unwrap();
        let file = ProfilesFile::read(&path).unwrap();
        (directory, file)
    }

    fn told(outcome: &Result<Profile, ConfigError>) -> String {
        match outcome {
            Ok(profile) => format!("{profile:?}"),
            Err(error) => format!("{error:?}"),
        }
    }

    /// The quick way to all of them says of each what the way to one of them says.
    #[test]
    fn all_is_as_one_by_one() {
        let cases = [
            "",
            "[defaults]\ntimeout = 5\n[profiles.a]\ntoken_url = \"https://x/\"\nclient_id = \"i\"\nclient_auth = \"none\"\n\
             [profiles.b]\nextends = \"a\"\nscope = \"s\"\n[profiles.a.params]\nx = 1\n[profiles.c]\nextends = \"nobody\"\n\
             [profiles.d]\nextends = \"d\"\n[profiles.e]\nclient_id = [\n[profiles.f]\npreset = \"mov\"\n",
            "[profiles]\na = { preset = \"moost\", client_id = \"i\", client_secret = { env = \"X\" } }\nb.extends = \"a\"\n\
             [profiles.b.params]\nx = 1\n[profiles.a.params]\ny = 1\n",
            "[[profiles.a]]\n[profiles.\"b c\"]\n",
            "defaults = 1\n[profiles.a]\npreset = \"moov\"\n",
            "[defaults]\nscope = \"x\"\n[profiles.a]\npreset = \"moov\"\n[prfiles.b]\n",
            "x = = 1\n[profiles.a]\npreset = \"moov\"\n",
        ];
        for text in cases {
            let (_directory, file) = file(text);
            let names: Vec<_> = file.all().into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, file.names(), "{text}");
            for (name, outcome) in file.all() {
                assert_eq!(told(&outcome), told(&file.profile(&name)), "{name} in {text}");
            }
        }
    }
}
