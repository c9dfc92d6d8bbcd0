//! One file a subcommand: words in, words out. What is protocol is done below, in [`crate::acquire`].

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
pub mod presets;
mod variables;
pub mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::acquire::{self, Acquired, CachePolicy, Connect, Services, TokenRequest};
use crate::cli::{FetchArgs, IdentityArgs};
use crate::config::{ProfilesFile, path as profiles_path};
use crate::grant::Grant;
use crate::host::{Environment, Log, Sleep, Warning};
use crate::profile::{Origin, ParamScalar, ParamValue, Profile, Value};
use crate::render::error::{CommandError, InProfile};
use crate::secret::Secret;
use crate::store::FileStore;
use crate::template::Template;
use crate::time::{UnixTime, parse_duration};

/// What every command has at hand.
pub struct Context<'a> {
    pub environment: Environment<'a>,
    pub now: &'a dyn Fn() -> UnixTime,
    pub sleep: &'a dyn Sleep,
    pub log: &'a dyn Log,
    /// `--config`.
    pub config_flag: Option<&'a PathBuf>,
    pub cache: Option<FileStore<'a>>,
    pub connect: &'a Connect,
    /// The width of the terminal that standard output is; `None` where it is a file or pipe.
    pub width: Option<usize>,
    /// Asks the person at the terminal, where there is one.
    pub ask: Option<&'a Ask<'a>>,
}

/// Shows a prompt; the answer, or `None` where there will be none.
pub type Ask<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Context<'_> {
    /// Where the profiles file is, or would be.
    pub fn config_path(&self) -> Result<PathBuf> {
        Ok(profiles_path(self.config_flag, self.environment)?)
    }

    /// The profiles file.
    pub fn file(&self) -> Result<ProfilesFile> {
        Ok(ProfilesFile::read(&self.config_path()?)?)
    }

    /// One profile, with what the command line says in its place, and the profiles file's directory.
    pub fn profile(&self, name: &str, identity: &IdentityArgs) -> Result<(Profile, PathBuf)> {
        let file = self.file()?;
        let mut profile = file.profile(name)?;
        override_identity(&mut profile, identity)?;
        Ok((profile, base_of(&file)))
    }

    /// Gets the token of a profile: what every command does that hands one over. `refused`: the token that an API has
    /// just refused.
    ///
    /// # Errors
    /// There is no token.
    pub fn obtain(
        &self,
        mut profile: Profile,
        base: &Path,
        ask: &FetchArgs,
        refused: Option<&Secret<String>>,
    ) -> Result<(Profile, Acquired)> {
        if let Some(timeout) = self.timeout(ask.timeout)? {
            profile.timing.timeout = timeout;
        }
        let policy = match ask {
            FetchArgs { no_cache: true, .. } => CachePolicy::NoCache,
            FetchArgs { fresh: true, .. } => CachePolicy::Fresh,
            FetchArgs { cached: true, .. } => CachePolicy::CachedOnly,
            _ => CachePolicy::UseCache,
        };
        let min_ttl = self.min_ttl(ask.min_ttl)?;
        let acquired = acquire::acquire(
            &TokenRequest {
                profile: &profile,
                policy,
                min_ttl,
                rejected: refused,
            },
            &self.services(base),
        )
        .with_context(|| InProfile(profile.name.clone()))?;
        Ok((profile, acquired))
    }

    /// For how long the token must be good, where somebody says so: the flag, or `TOK_MIN_TTL`.
    ///
    /// # Errors
    /// The variable holds no duration.
    pub fn min_ttl(&self, flag: Option<Duration>) -> Result<Option<Duration>> {
        flag.map_or_else(|| self.duration("TOK_MIN_TTL"), |min_ttl| Ok(Some(min_ttl)))
    }

    /// The world as getting a token needs it. A missing home directory is warned of here.
    pub fn services<'b>(&'b self, base: &'b Path) -> Services<'b> {
        if self.cache.is_none() {
            self.log.warn(
                Warning::new("tokens are not cached: there is no home directory to keep them in")
                    .hint(
                        "set `HOME`, or name a directory with `--cache-dir` or in `TOK_CACHE_DIR`",
                    ),
            );
        }
        Services {
            environment: self.environment,
            now: self.now,
            log: self.log,
            store: self.cache.as_ref().map(|cache| cache as _),
            connect: self.connect,
            base,
        }
    }

    /// The time that the network may take, where somebody says so in place of the profile: the flag, or `TOK_TIMEOUT`.
    ///
    /// # Errors
    /// The variable holds no duration, or there is no time at all.
    pub fn timeout(&self, flag: Option<Duration>) -> Result<Option<Duration>> {
        let (name, found) = match flag {
            Some(timeout) => ("--timeout", Some(timeout)),
            None => ("TOK_TIMEOUT", self.duration("TOK_TIMEOUT")?),
        };
        if found.is_some_and(|timeout| timeout.is_zero()) {
            let hint = "name the longest time that you would wait, for example `30s`";
            return Err(
                CommandError::usage(format!("`{name}` leaves no time at all"), hint).into(),
            );
        }
        Ok(found)
    }

    /// A duration in an environment variable.
    pub fn duration(&self, variable: &str) -> Result<Option<Duration>> {
        let Some(value) = self
            .environment
            .get(variable)
            .filter(|value| !value.is_empty())
        else {
            return Ok(None);
        };
        // What is no text is no duration either, and is not passed over: it asked for something.
        parse_duration(&value.to_string_lossy())
            .map(Some)
            .map_err(|error| {
                CommandError::usage(
                    format!("the value of `{variable}` is {error}"),
                    format!("`unset {variable}`, or set it right"),
                )
                .into()
            })
    }
}

/// The directory at which a profiles file's relative paths begin.
pub fn base_of(file: &ProfilesFile) -> PathBuf {
    file.path().parent().map(Path::to_owned).unwrap_or_default()
}

/// Puts the command line's scope, audience and parameters in place of the profile's.
fn override_identity(profile: &mut Profile, identity: &IdentityArgs) -> Result<()> {
    let IdentityArgs {
        scope,
        audience,
        param,
    } = identity;
    if profile.grant == Grant::None && (!scope.is_empty() || audience.is_some()) {
        let flag = if scope.is_empty() {
            "--audience"
        } else {
            "--scope"
        };
        return Err(CommandError::usage(
            format!("`{flag}` has no place in a request with `grant = \"none\"`"),
            "send it as a parameter, under the provider's own name: `--param NAME=VALUE`",
        ))
        .context(InProfile(profile.name.clone()));
    }
    if !scope.is_empty() {
        profile.scope = scope.iter().map(|words| Template::literal(words)).collect();
        profile
            .origins
            .insert("scope".to_owned(), Origin::Flag("--scope"));
    }
    if let Some(audience) = audience {
        // As with a scope, an empty one means none at all.
        profile.audience = (!audience.is_empty()).then(|| Template::literal(audience));
        profile
            .origins
            .insert("audience".to_owned(), Origin::Flag("--audience"));
    }
    for (index, (name, value)) in param.iter().enumerate() {
        let scalar = ParamScalar {
            value: Value::Text(Template::literal(value)),
            is_json_literal: false,
        };
        let is_repeated = param.iter().take(index).any(|(earlier, _)| earlier == name);
        let known = profile.params.iter_mut().find(|(known, _)| known == name);
        match known {
            Some((_, ParamValue::List(list))) if is_repeated => list.push(scalar),
            Some((_, slot @ ParamValue::One(_))) if is_repeated => {
                let ParamValue::One(first) = slot.clone() else {
                    continue;
                };
                *slot = ParamValue::List(vec![first, scalar]);
            }
            Some((_, slot)) => *slot = ParamValue::One(scalar),
            None => profile.params.push((name.clone(), ParamValue::One(scalar))),
        }
        profile
            .origins
            .insert(format!("params.{name}"), Origin::Flag("--param"));
    }
    Ok(())
}
