//! Finds and parses the profiles file, merges what a profile inherits, and checks every key. Reads no secret.

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

pub use dead_link::{DEAD_LINK_HINT, describe_dead_link};
pub use edits::{AddError, add, write_new};
pub use error::ConfigError;
pub use location::path;
pub use schema::SCHEMA;

use std::collections::BTreeSet;
use std::path::PathBuf;

use self::document::{Document, Scope};
use self::error::Checked;
use self::node::Node;
use crate::credential::{CredentialMap, Mapping};
use crate::profile::{self, Profile};
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
}

impl ProfilesFile {
    /// The names of all profiles, in order.
    pub fn names(&self) -> Vec<String> {
        let names = self.document.names().into_iter();
        names.map(str::to_owned).collect()
    }

    /// One profile, valid.
    ///
    /// # Errors
    /// The profile does not exist, or has an error: the first one is returned. Errors of other profiles do not matter.
    pub fn profile(&self, name: &str) -> Result<Profile, ConfigError> {
        if !profile::is_name(name) && !self.document.has(name) {
            return Err(document::bad_name(name).in_file(&self.path));
        }
        self.problem_of(&Scope::File)?;
        let errors = fields::check_defaults(&self.document.defaults);
        let outcome = if errors.is_empty() {
            self.read_profile(name)
        } else {
            Err(errors)
        };
        outcome.map_err(|errors| {
            let is_shown = self.document.has(name) || !may_be_token(name);
            let error = self.first(errors);
            if is_shown && error.profile.is_none() {
                error.in_profile(name)
            } else {
                error
            }
        })
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
    pub fn check(&self) -> Vec<ConfigError> {
        let document = &self.document;
        let mut errors = fields::check_defaults(&document.defaults);
        errors.extend(
            document
                .problems
                .iter()
                .map(|problem| problem.error.clone()),
        );
        errors.extend(credentials::check(document));
        // What a profile inherits is an error of the one in which it stands.
        let mut names: Vec<&str> = document.profiles.keys().map(String::as_str).collect();
        names.sort_by_key(|name| layers::depth(document, name));
        for name in names {
            for mut error in self.read_profile(name).err().unwrap_or_default() {
                error.profile.get_or_insert_with(|| name.to_owned());
                errors.push(error);
            }
        }
        let mut known = BTreeSet::new();
        errors.retain(|error| known.insert((error.line, error.what.clone())));
        errors.sort_by_key(ConfigError::position);
        errors
            .into_iter()
            .map(|error| error.in_file(&self.path))
            .collect()
    }

    /// Which profile's token goes to which URL.
    ///
    /// # Errors
    /// The table has any mistake, because a mistake on one line may change the meaning of another.
    /// [`ProfilesFile::mapped_profile`] checks the profiles.
    pub fn credential_map(&self) -> Result<CredentialMap, ConfigError> {
        self.problem_of(&Scope::File)?;
        self.problem_of(&Scope::Credentials)?;
        credentials::map(&self.document.credentials).map_err(|errors| self.first(errors))
    }

    /// The profile of a mapping, valid.
    pub fn mapped_profile(&self, mapping: &Mapping) -> Result<Profile, ConfigError> {
        if self.document.has(&mapping.profile) {
            return self.profile(&mapping.profile);
        }
        Err(credentials::unknown_profile(&self.document, mapping).in_file(&self.path))
    }

    fn problem_of(&self, scope: &Scope) -> Result<(), ConfigError> {
        match self.document.problem_of(scope) {
            Some(error) => Err(error.clone().in_file(&self.path)),
            None => Ok(()),
        }
    }

    /// One profile, or everything that is wrong with it and with what it inherits.
    fn read_profile(&self, name: &str) -> Checked<Profile> {
        let table = layers::merged(&self.document, name)?;
        let (profile, keys, mut errors) = fields::read(name, &table);
        let header = self.document.profiles.get(name).and_then(Node::line);
        for mut error in checks::run(&profile, &keys) {
            // Something that is missing is missing below the header.
            error.line = error.line.or(header);
            errors.push(error);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let is_literal = |source: &SecretRef| matches!(source, SecretRef::Value(_));
        if self.is_readable_by_others && profile.sources().any(is_literal) {
            let error = ConfigError::new("contains a secret and is readable by other users");
            let shown = self.path.display();
            let hint = format!("run `chmod 600 {shown}`, or take the secret from a source");
            return Err(vec![error.hint(hint)]);
        }
        Ok(profile)
    }

    fn first(&self, errors: Vec<ConfigError>) -> ConfigError {
        let first = errors.into_iter().next();
        let first = first.unwrap_or_else(|| ConfigError::new("is not valid"));
        first.in_file(&self.path)
    }
}
