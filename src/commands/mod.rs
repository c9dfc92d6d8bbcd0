//! One file for each subcommand: arguments in, answer out. Tokens come from [`crate::acquire`].

pub mod completions;
pub mod config;
pub mod credential;
pub mod curl;
pub mod doctor;
pub mod env;
pub mod exec;
pub mod expiry;
pub mod explain;
pub mod forget;
pub mod get;
pub mod import;
pub mod init;
pub mod input;
pub mod inspect;
pub mod list;
pub mod man;
mod mask;
mod new_profile;
mod output_file;
mod overrides;
pub mod presets;
mod variables;
pub mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::acquire::{self, Acquired, CachePolicy, Connect, Services, TokenRequest};
use crate::cli::{FetchArgs, IdentityArgs};
use crate::config::{ConfigError, ProfilesFile};
use crate::host::{Environment, Log, Sleep, Warning};
use crate::profile::Profile;
use crate::render::error::{CommandError, InProfile};
use crate::secret::Secret;
use crate::store::FileStore;
use crate::time::{UnixTime, parse_duration};

/// What every command is given.
pub struct Context<'a> {
    pub environment: Environment<'a>,
    pub now: &'a dyn Fn() -> UnixTime,
    pub sleep: &'a dyn Sleep,
    pub log: &'a dyn Log,
    /// The path of the profiles file, which may not exist yet.
    pub config_path: Result<&'a Path, &'a ConfigError>,
    pub cache: Option<FileStore<'a>>,
    pub connect: &'a Connect,
    /// The width of the terminal that standard output is; `None` where it is a file or pipe.
    pub width: Option<usize>,
    /// Asks the user, if there is a terminal.
    pub ask: Option<&'a Ask<'a>>,
}

/// Shows a prompt and returns the line that is typed; `None` at the end of the input.
pub type Ask<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Context<'_> {
    /// The path of the profiles file, which may not exist yet.
    pub fn config_path(&self) -> Result<PathBuf> {
        Ok(self.config_path.map(Path::to_owned).map_err(Clone::clone)?)
    }

    /// The profiles file.
    pub fn file(&self) -> Result<ProfilesFile> {
        Ok(ProfilesFile::read(&self.config_path()?)?)
    }

    /// A profile with the overrides of the command line.
    pub fn profile(&self, name: &str, identity: &IdentityArgs) -> Result<Profile> {
        let mut profile = self.file()?.profile(name)?;
        overrides::apply(&mut profile, identity)?;
        Ok(profile)
    }

    /// Gets the token of a profile. `rejected`: the token that an API has just rejected.
    ///
    /// # Errors
    /// No token can be obtained.
    pub fn obtain(
        &self,
        mut profile: Profile,
        fetch: &FetchArgs,
        rejected: Option<&Secret<String>>,
    ) -> Result<(Profile, Acquired)> {
        if let Some(timeout) = self.timeout(fetch.timeout)? {
            profile.timing.timeout = timeout;
        }
        let policy = match fetch {
            FetchArgs { no_cache: true, .. } => CachePolicy::NoCache,
            FetchArgs { fresh: true, .. } => CachePolicy::Fresh,
            FetchArgs { cached: true, .. } => CachePolicy::CachedOnly,
            _ => CachePolicy::UseCache,
        };
        let request = TokenRequest {
            profile: &profile,
            policy,
            min_ttl: self.min_ttl(fetch.min_ttl)?,
            rejected,
        };
        let acquired = acquire::acquire(&request, &self.services())
            .with_context(|| InProfile(profile.name.clone()))?;
        Ok((profile, acquired))
    }

    /// The flag, or `TOK_MIN_TTL`.
    ///
    /// # Errors
    /// The variable holds no duration.
    pub fn min_ttl(&self, flag: Option<Duration>) -> Result<Option<Duration>> {
        flag.map_or_else(|| self.duration("TOK_MIN_TTL"), |min_ttl| Ok(Some(min_ttl)))
    }

    /// The services that getting a token uses. Warns if tokens cannot be cached.
    pub fn services(&self) -> Services<'_> {
        if self.cache.is_none() {
            let warning = "tokens are not cached: the home directory is unknown";
            let hint = "set `HOME`, or name a directory with `--cache-dir` or in `TOK_CACHE_DIR`";
            self.log.warn(Warning::new(warning).hint(hint));
        }
        Services {
            environment: self.environment,
            now: self.now,
            log: self.log,
            store: self.cache.as_ref().map(|cache| cache as _),
            connect: self.connect,
            base: self
                .config_path
                .ok()
                .and_then(Path::parent)
                .unwrap_or(Path::new("")),
        }
    }

    /// The flag, or `TOK_TIMEOUT`; `None`: the profile's.
    ///
    /// # Errors
    /// The variable holds no duration, or it is zero.
    pub fn timeout(&self, flag: Option<Duration>) -> Result<Option<Duration>> {
        let (name, found) = match flag {
            Some(timeout) => ("--timeout", Some(timeout)),
            None => ("TOK_TIMEOUT", self.duration("TOK_TIMEOUT")?),
        };
        if found.is_some_and(|timeout| timeout.is_zero()) {
            let message = format!("`{name}` must be longer than 0");
            return Err(CommandError::usage(message, "write for example `30s`").into());
        }
        Ok(found)
    }

    /// A duration in an environment variable.
    fn duration(&self, variable: &str) -> Result<Option<Duration>> {
        let value = self
            .environment
            .get(variable)
            .filter(|value| !value.is_empty());
        let duration = value.map(|value| parse_duration(&value.to_string_lossy()));
        Ok(duration.transpose().map_err(|error| {
            let message = format!("the value of `{variable}` is {error}");
            CommandError::usage(message, format!("`unset {variable}`, or set it right"))
        })?)
    }
}
