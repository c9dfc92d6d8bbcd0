//! From the profiles file to valid profiles: finding it, reading it, merging what a profile inherits, checking every key.
//! Fetches no secret.

mod checks;
mod credentials;
mod dead_link;
mod document;
mod edits;
mod error;
mod fields;
mod file;
mod layers;
mod location;
mod node;
mod schema;

pub use dead_link::DeadLink;
pub use edits::{AddError, add, write_new};
pub use error::{ConfigError, Place};
pub use location::path;
pub use schema::SCHEMA;

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::PathBuf;

use self::document::{Document, Scope};
use self::error::{Mistake, Read};
use self::node::Node;
use crate::credential::{CredentialMap, Mapping};
use crate::profile::{self, ParamScalar, Profile, Value};
use crate::secret::SecretRef;
use crate::text::may_be_token;

/// Every key of a profile, in the order in which they are best read, and whether `[defaults]` may set it.
pub fn keys() -> impl Iterator<Item = (&'static str, bool)> {
    fields::FIELDS
        .iter()
        .map(|field| (field.name, field.in_defaults))
}

/// A profiles file in memory, parsed. A profile is read when it is asked for.
pub struct ProfilesFile {
    path: PathBuf,
    document: Document,
    /// Whether group or others may read it.
    is_readable_by_others: bool,
    /// Those of the file as it was opened; `None` where the text did not come from one.
    metadata: Option<Metadata>,
}

impl ProfilesFile {
    /// The names of all profiles, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.document
            .names()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// One profile, valid.
    ///
    /// # Errors
    /// The first thing in the file that is wrong with it, or that there is none of this name. What is wrong with others
    /// does not matter.
    pub fn profile(&self, name: &str) -> Result<Profile, ConfigError> {
        if !profile::is_name(name) && !self.document.has(name) {
            return Err(document::bad_name(name).in_file(&self.path, None));
        }
        if let Some(mistake) = self.document.problem_of(&Scope::File) {
            return Err(mistake.clone().in_file(&self.path, None));
        }
        let mistakes = fields::check_defaults(&self.document.defaults);
        let outcome = if mistakes.is_empty() {
            self.read_profile(name)
        } else {
            Err(mistakes)
        };
        let profile = outcome.map_err(|mistakes| self.first(mistakes, name))?;
        match self.exposed_secret(&profile) {
            Some(mistake) => Err(mistake.in_file(&self.path, Some(name))),
            None => Ok(profile),
        }
    }

    /// Every profile by its name, in order: valid, or the first thing that is wrong with it. Each is read when it is
    /// asked for.
    pub fn all(&self) -> impl Iterator<Item = (String, Result<Profile, ConfigError>)> {
        let names = self.names().into_iter();
        names.map(|name| {
            let outcome = self.profile(&name);
            (name, outcome)
        })
    }

    /// Everything that is wrong with the file, in its order.
    #[must_use]
    pub fn check(&self) -> Vec<ConfigError> {
        let document = &self.document;
        let mut mistakes: Vec<(Option<&str>, Mistake)> = Vec::new();
        for problem in &document.problems {
            let profile = match &problem.scope {
                Scope::Profile(name) if profile::is_name(name) => Some(name.as_str()),
                _ => None,
            };
            mistakes.push((profile, problem.mistake.clone()));
        }
        let shared = fields::check_defaults(&document.defaults);
        let shared = shared.into_iter().chain(credentials::check(document));
        mistakes.extend(shared.map(|mistake| (None, mistake)));
        // What a profile inherits is a mistake of the one in which it stands.
        let mut names: Vec<&str> = document.profiles.keys().map(String::as_str).collect();
        names.sort_by_key(|name| layers::depth(document, name));
        for name in names {
            let found: Vec<Mistake> = match self.read_profile(name) {
                Ok(profile) => self.exposed_secret(&profile).into_iter().collect(),
                Err(found) => {
                    let found = found.into_iter();
                    found.map(|found| self.with_line(found, name)).collect()
                }
            };
            mistakes.extend(found.into_iter().map(|mistake| (Some(name), mistake)));
        }
        let mut known = BTreeSet::new();
        mistakes.retain(|(_, mistake)| known.insert((mistake.line, mistake.what.clone())));
        mistakes.sort_by_key(|(_, mistake)| (mistake.line, mistake.column));
        let errors = mistakes.into_iter();
        errors
            .map(|(profile, mistake)| mistake.in_file(&self.path, profile))
            .collect()
    }

    /// Which profile's token goes to which URL.
    ///
    /// # Errors
    /// The table has a mistake; any, as what is wrong on one line may change what another means. That a profile is
    /// missing or wrong is found by [`ProfilesFile::mapped_profile`].
    pub fn credential_map(&self) -> Result<CredentialMap, ConfigError> {
        let problem = |scope| self.document.problem_of(&scope).cloned();
        let problem = problem(Scope::File).or_else(|| problem(Scope::Credentials));
        let map = match problem {
            Some(mistake) => Err(vec![mistake]),
            None => credentials::map(&self.document.credentials),
        };
        map.map_err(|mistakes| self.first(mistakes, ""))
    }

    /// The profile of a mapping, valid.
    ///
    /// # Errors
    /// As [`ProfilesFile::profile`].
    pub fn mapped_profile(&self, mapping: &Mapping) -> Result<Profile, ConfigError> {
        if self.document.has(&mapping.profile) {
            return self.profile(&mapping.profile);
        }
        let mistake = credentials::unknown_profile(&self.document, mapping);
        Err(mistake.in_file(&self.path, None))
    }

    /// One profile, or everything that is wrong with it and with what it inherits.
    fn read_profile(&self, name: &str) -> Read<Profile> {
        fields::read(name, &layers::merged(&self.document, name)?)
    }

    /// The mistake of a literal secret in a file that others can read.
    fn exposed_secret(&self, profile: &Profile) -> Option<Mistake> {
        let is_exposed = self.is_readable_by_others && has_literal_secret(profile);
        is_exposed.then(|| {
            let shown = self.path.display();
            let hint = format!("run `chmod 600 {shown}`, or take the secret from a source");
            Mistake::new("contains a secret and is readable by other users", hint)
        })
    }

    /// The mistake that stands first in the file; something missing, where nothing else is wrong.
    fn first(&self, mistakes: Vec<Mistake>, profile: &str) -> ConfigError {
        let place = |mistake: &Mistake| (mistake.line.is_none(), mistake.line, mistake.column);
        let Some(first) = mistakes.into_iter().min_by_key(place) else {
            return ConfigError::new("is not valid").at(&self.path, None);
        };
        let is_shown = self.document.has(profile) || !may_be_token(profile);
        let name = Some(profile).filter(|name| is_shown && !name.is_empty());
        self.with_line(first, profile).in_file(&self.path, name)
    }

    /// Something missing is a mistake of the line where the profile begins.
    fn with_line(&self, mistake: Mistake, profile: &str) -> Mistake {
        let header = self.document.profiles.get(profile).and_then(Node::line);
        Mistake {
            line: mistake.line.or(header),
            ..mistake
        }
    }
}

fn has_literal_secret(profile: &Profile) -> bool {
    let is_literal = |source: &SecretRef| matches!(source, SecretRef::Value(_));
    let in_value = |value: &Value| matches!(value, Value::Source(source) if is_literal(source));
    let in_params = |scalar: &ParamScalar| in_value(&scalar.value);
    profile
        .secrets()
        .iter()
        .any(|(_, source)| source.is_some_and(is_literal))
        || [&profile.client_id, &profile.username]
            .into_iter()
            .flatten()
            .any(in_value)
        || profile.headers.iter().any(|(_, value)| in_value(value))
        || profile
            .params
            .iter()
            .any(|(_, value)| value.scalars().iter().any(in_params))
}
