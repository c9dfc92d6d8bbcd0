//! From the profiles file to valid profiles: finding it, reading the part that is needed, merging what a
//! profile inherits, checking every key. Fetches no secret.

mod add;
mod all;
mod credentials;
mod dead_link;
mod error;
mod file;
mod keys;
mod layers;
mod lines;
mod location;
mod names;
mod node;
mod read;
mod schema;
mod sections;
mod syntax;

pub use add::{AddError, add, write_new};
pub use dead_link::DeadLink;
pub use error::{ConfigError, Place};
pub use file::ProfilesFile;
pub use location::path;
pub use schema::SCHEMA;

use std::collections::BTreeSet;

use self::all::Strays;
use self::sections::{Header, Section};
use crate::profile::{self, ParamScalar, Profile, Value};
use crate::secret::SecretRef;

/// Every key of a profile, in the order in which they are best read, and whether `[defaults]` may set it.
pub fn keys() -> impl Iterator<Item = (&'static str, bool)> {
    keys::KEYS.iter().map(|key| (key.name, key.in_defaults))
}

impl ProfilesFile {
    /// One profile, valid.
    ///
    /// # Errors
    /// What is wrong with it, or that there is none of this name. What is wrong with others does not matter.
    pub fn profile(&self, name: &str) -> Result<Profile, ConfigError> {
        let sections_of = |name: &str| sections::of_profile(&self.text, name);
        let is_own = |section: &&Section<'_>| matches!(section.header, Header::Profile(_));
        let line_of_header = || {
            sections_of(name)
                .iter()
                .find(is_own)
                .map(|section| self.line_of(section))
        };
        self.profile_by(
            name,
            &|name| self.tables(&sections_of(name), name),
            &line_of_header,
        )
    }

    /// One profile, valid. `line_of_header`: of that profile's own, where it has one.
    fn profile_by(
        &self,
        name: &str,
        tables: &layers::Tables<'_>,
        line_of_header: &dyn Fn() -> Option<u32>,
    ) -> Result<Profile, ConfigError> {
        if !profile::is_name(name) {
            let error = file::bad_name(name);
            return Err(match line_of_header() {
                None => error,
                line => error.at(&self.path, line),
            });
        }
        let named = |error: ConfigError| error.profile(name);
        let table = layers::merged(self, name, tables).map_err(|error| {
            if error.is_unknown_profile {
                error
            } else {
                named(error)
            }
        })?;
        let profile = read::profile(name, &table)
            .map_err(|(error, line)| named(error.at(&self.path, line.or_else(line_of_header))))?;
        if self.is_readable_by_others && has_literal_secret(&profile) {
            let error =
                ConfigError::new("holds a literal secret and can be read by others").hint(format!(
                    "type `chmod 600 {}`, or take the secret from a source",
                    self.path.display()
                ));
            return Err(named(error.at(&self.path, None)));
        }
        Ok(profile)
    }

    /// Everything that is wrong with the file: of each profile the first thing.
    #[must_use]
    pub fn check(&self) -> Vec<ConfigError> {
        let mut problems = self.problems();
        let told = |error: &ConfigError| {
            (
                error.place.as_ref().and_then(|place| place.line),
                error.what.clone(),
            )
        };
        let mut known: BTreeSet<_> = problems.iter().map(told).collect();
        for (_, outcome) in self.each(Strays::PassedOver) {
            if let Err(error) = outcome
                && known.insert(told(&error))
            {
                problems.push(error);
            }
        }
        problems
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
