//! All profiles of a file at once. Read one by one, each would cut up the whole file again.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::ConfigError;
use super::file::{ProfilesFile, profiles_in};
use super::names::Names;
use super::node::{self, Table};
use super::sections::{self, Header, Section};
use crate::profile::Profile;

impl ProfilesFile {
    /// Every profile by its name, in order: valid, or what is wrong with it. Each is read when it is asked for.
    pub fn all(&self) -> impl Iterator<Item = (String, Result<Profile, ConfigError>)> {
        self.each(Strays::Refused)
    }

    /// Every profile as [`ProfilesFile::all`] has it, with a choice about what else is in the file.
    pub(super) fn each(
        &self,
        strays: Strays,
    ) -> impl Iterator<Item = (String, Result<Profile, ConfigError>)> {
        let catalogue = Catalogue::new(self, strays);
        catalogue.names.all.clone().into_iter().map(move |name| {
            let tables = |wanted: &str| catalogue.tables(wanted, wanted == name);
            let outcome = self.profile_by(&name, &tables, &|| catalogue.line_of_header(&name));
            (name, outcome)
        })
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

/// A file cut into its tables once. Those of a profile that others extend are parsed once for all of them.
struct Catalogue<'a> {
    file: &'a ProfilesFile,
    sections: Vec<Section<'a>>,
    /// The sections of each profile.
    of: BTreeMap<String, Vec<usize>>,
    /// What stands outside of all profiles' own sections: the whole table, and `[defaults]` in it.
    shared: Result<(Table, Table), ConfigError>,
    names: Names<'a>,
    /// Those that others extend. To keep every other one too would take as much memory again as the rest of `tok list`.
    extended: RefCell<BTreeMap<String, Result<Table, ConfigError>>>,
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
        let common: Vec<_> = sections
            .iter()
            .filter(|section| is_common(section))
            .collect();
        let shared = file.parse(&common).and_then(|table| {
            if strays == Strays::Refused {
                file.check_roots(&table, &sections)?;
            }
            let defaults = file.defaults_in(&table)?;
            Ok((table, defaults))
        });
        let names = file.names_in(&sections);
        Self {
            file,
            sections,
            of,
            shared,
            names,
            extended: RefCell::default(),
        }
    }

    fn line_of_header(&self, name: &str) -> Option<u32> {
        let first = self.of.get(name)?.first()?;
        self.sections
            .get(*first)
            .map(|section| self.file.line_of(section))
    }

    /// The table of a profile, and that of `[defaults]`. `is_own`: for itself, not for one that extends it.
    fn tables(&self, name: &str, is_own: bool) -> Result<(Table, Table), ConfigError> {
        let (shared, defaults) = self.shared.as_ref().map_err(Clone::clone)?;
        if let Some(known) = self.extended.borrow().get(name) {
            return Ok((known.clone()?, defaults.clone()));
        }
        let outcome = self.parse(name, shared);
        if !is_own {
            self.extended
                .borrow_mut()
                .insert(name.to_owned(), outcome.clone());
        }
        Ok((outcome?, defaults.clone()))
    }

    fn parse(&self, name: &str, shared: &Table) -> Result<Table, ConfigError> {
        // Also says so where `profiles` is no table at all.
        let elsewhere = self.file.profile_in(shared, name);
        let Some(own) = self.of.get(name) else {
            return elsewhere?.ok_or_else(|| self.names.unknown(name));
        };
        let is_elsewhere =
            profiles_in(shared).is_some_and(|profiles| node::get(profiles, name).is_some());
        if is_elsewhere {
            // Written in two ways: only TOML's own rules for all of it together say what that means.
            return self
                .file
                .tables(&self.sections, name)
                .map(|(table, _)| table);
        }
        elsewhere?;
        let sections: Vec<_> = own
            .iter()
            .filter_map(|index| self.sections.get(*index))
            .collect();
        let table = self.file.parse(&sections)?;
        let found = self.file.profile_in(&table, name)?;
        found.ok_or_else(|| self.names.unknown(name))
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
        crate::os::atomic_write::write_private(&path, text.as_bytes()).unwrap();
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
            let names: Vec<_> = file.all().map(|(name, _)| name).collect();
            assert_eq!(names, file.names(), "{text}");
            for (name, outcome) in file.all() {
                assert_eq!(
                    told(&outcome),
                    told(&file.profile(&name)),
                    "{name} in {text}"
                );
            }
        }
    }

    /// Ten thousand names compared with ten thousand others took minutes.
    #[test]
    fn guesses_at_wrong_names_come_to_an_end() {
        let profile = |number| format!("[profiles.of-{number}]\nextends = \"to-{number}\"\n");
        let (_directory, file) = file(&(0..2000).map(profile).collect::<String>());
        let hints: Vec<_> = file
            .all()
            .filter_map(|(_, outcome)| outcome.err()?.hint)
            .collect();
        let guesses = hints
            .iter()
            .filter(|hint| hint.starts_with("did you mean"))
            .count();
        assert_eq!((hints.len(), guesses), (2000, 50));
    }
}
