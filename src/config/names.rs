//! The names of a file's profiles, and what is said of one that is not among them.

use std::cell::Cell;

use super::ConfigError;
use super::file::{ProfilesFile, profiles_in};
use super::node::Table;
use super::sections::{Header, Section};
use crate::profile::preset::PRESETS;
use crate::suggest::nearest;
use crate::text::may_be_token;

/// How many names are compared with others before no more are suggested. Who writes ten thousand wrong names has a
/// program for it, and would wait minutes for guesses at each.
const COMPARISONS: usize = 100_000;

/// The names of all profiles.
pub(super) struct Names<'a> {
    file: &'a ProfilesFile,
    /// In order.
    pub(super) all: Vec<String>,
    /// What is wrong with the first line that begins like a header and is none: the name may be meant to stand there.
    broken: Option<ConfigError>,
    comparisons_left: Cell<usize>,
}

impl<'a> Names<'a> {
    /// `shared`: what stands outside of the profiles' own tables, where it can be read.
    pub(super) fn new(
        file: &'a ProfilesFile,
        sections: &[Section<'_>],
        shared: Option<&Table>,
    ) -> Self {
        let written = shared
            .and_then(profiles_in)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str());
        let headers = sections.iter().filter_map(|section| match &section.header {
            Header::Profile(name) => Some(name.as_ref()),
            _ => None,
        });
        let mut all: Vec<&str> = headers.chain(written).collect();
        all.sort_unstable();
        all.dedup();
        let broken = sections
            .iter()
            .find(|section| section.header == Header::Broken);
        Self {
            file,
            all: all.into_iter().map(str::to_owned).collect(),
            broken: broken.and_then(|section| file.header_problem(section)),
            comparisons_left: Cell::new(COMPARISONS),
        }
    }

    /// What is wrong with asking for a profile of this name, which there is none of.
    pub(super) fn unknown(&self, name: &str) -> ConfigError {
        if let Some(problem) = &self.broken {
            return problem.clone();
        }
        let mut error =
            ConfigError::new(format!("there is no profile `{name}`")).at(self.file.path(), None);
        error.is_unknown_profile = true;
        let near = self.nearest(name);
        if near.is_none() && may_be_token(name) {
            "there is no profile of that name, which looks like a token"
                .clone_into(&mut error.what);
            return error.hint("name a profile; `tok list` shows those that there are");
        }
        error.profile = Some(name.to_owned());
        if PRESETS.iter().any(|preset| preset.name == name) {
            error.hint(format!(
                "it is a preset: `tok init --preset {name} --append` makes a profile of it"
            ))
        } else if let Some(near) = near {
            error.hint(format!("did you mean `{near}`?"))
        } else if self.all.is_empty() {
            error.hint(
                "the file has no profile at all; see `tok presets`, or `profiles.example.toml`",
            )
        } else {
            error.hint("`tok list` shows the profiles that there are")
        }
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        self.comparisons_left
            .set(self.comparisons_left.get().checked_sub(self.all.len())?);
        nearest(name, self.all.iter().map(String::as_str))
    }
}
