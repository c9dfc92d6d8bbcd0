//! `tok credential`: a helper to programs that ask for credentials by a protocol of their own. One file a protocol,
//! with its format at the head; here is what they share: which profile's token it is, and the token.
//!
//! A token goes to https alone, or to this machine; and only to a host that `[credentials]` names, or for the
//! profile that the command line names.

mod bazel;
mod cargo;
mod docker;
mod git;
mod goauth;
mod google;
mod keyring;
mod terraform;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Context, base_of};
use crate::acquire::TokenIdentity;
use crate::cli::{AskArgs, CredentialCommand, NamedArgs};
use crate::commands::input::Input;
use crate::config::ProfilesFile;
use crate::credential::{CredentialMap, Mapping, Scheme, Target, USERNAME};
use crate::profile::Profile;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::report::ErrorSummary;
use crate::secret::Secret;
use crate::store::{IfLocked, Lookup, TokenStore as _};
use crate::suggest::one_of;
use crate::time::UnixTime;

/// Answers one request.
///
/// # Errors
/// The request makes no sense, or there is no token although there should be one.
pub fn run(
    command: &CredentialCommand,
    context: &Context<'_>,
    stdin: &Input<'_>,
) -> Result<Answer> {
    match command {
        CredentialCommand::Git(args) => git::run(args, context, stdin),
        CredentialCommand::Docker(args) => docker::run(args, context, stdin),
        CredentialCommand::Cargo(args) => cargo::run(args, context, stdin),
        CredentialCommand::Terraform(args) => terraform::run(args, context, stdin),
        CredentialCommand::Bazel(args) => bazel::run(args, context, stdin),
        CredentialCommand::Goauth(args) => goauth::run(args, context),
        CredentialCommand::Google(args) => google::run(args, context),
        CredentialCommand::Keyring(args) => keyring::run(args, context),
    }
}

/// What is said before anything is asked.
#[must_use]
pub fn greeting(command: &CredentialCommand) -> Option<Answer> {
    matches!(command, CredentialCommand::Cargo(_)).then(|| Answer::new(cargo::HELLO))
}

/// What is said on standard output of a failure, and the exit code, where the protocol wants both to be its own.
#[must_use]
pub fn failed(command: &CredentialCommand, failure: &ErrorSummary) -> Option<Answer> {
    match command {
        CredentialCommand::Cargo(_) => cargo::failed(failure),
        CredentialCommand::Google(_) => google::failed(failure),
        _ => None,
    }
}

/// Whether nothing but an error may be on standard error, for it is read as part of the answer.
#[must_use]
pub fn is_silent(command: &CredentialCommand) -> bool {
    matches!(command, CredentialCommand::Google(_))
}

/// Which token it is that somebody asks for.
struct Found {
    profile: Profile,
    /// Where the profile's relative paths begin.
    base: PathBuf,
    username: Option<String>,
    scheme: Option<Scheme>,
    /// The URL below which all is this token's.
    extent: String,
}

/// Finds the profile for one of these URLs; `None`: nobody has said that any token should go there.
fn find(named: &NamedArgs, targets: &[Target], context: &Context<'_>) -> Result<Option<Found>> {
    if targets.is_empty() {
        return Ok(None);
    }
    let file = context.file()?;
    let base = base_of(&file);
    if let (Some(name), Some(target)) = (&named.profile, targets.first()) {
        let (profile, extent) = (file.profile(name)?, target.as_str().to_owned());
        return Ok(Some(Found {
            profile,
            base,
            username: None,
            scheme: None,
            extent,
        }));
    }
    let map = file.credential_map()?;
    let found = targets
        .iter()
        .find_map(|target| Some((map.find(target)?, target)));
    found
        .map(|(mapping, target)| mapped(mapping, target, &map, &file))
        .transpose()
}

fn mapped(
    mapping: &Mapping,
    target: &Target,
    map: &CredentialMap,
    file: &ProfilesFile,
) -> Result<Found> {
    Ok(Found {
        profile: file.mapped_profile(mapping)?,
        base: base_of(file),
        username: mapping.username.clone(),
        scheme: mapping.scheme,
        extent: map.extent(mapping, target),
    })
}

impl Found {
    /// Gets the token.
    fn obtain(self, context: &Context<'_>) -> Result<Credential> {
        let credential = self.obtain_unmasked(context)?;
        context.mask(&credential.token);
        Ok(credential)
    }

    fn obtain_unmasked(self, context: &Context<'_>) -> Result<Credential> {
        let (_, acquired) = context.obtain(self.profile, &self.base, &AskArgs::default(), None)?;
        Ok(Credential {
            expires_at: acquired.token.expiry.map(|(at, _)| at),
            id_token: acquired.token.id_token,
            token: acquired.token.access_token,
            scheme: self.scheme.unwrap_or(match self.username {
                Some(_) => Scheme::Basic,
                None => Scheme::Bearer,
            }),
            is_scheme_stated: self.scheme.is_some() || self.username.is_some(),
            username: self.username,
            extent: self.extent,
        })
    }

    /// Drops the token; `false`: there was none.
    fn drop_token(&self, context: &Context<'_>) -> Result<bool> {
        let identity = TokenIdentity::resolve(&self.profile, &context.services(&self.base))
            .with_context(|| InProfile(self.profile.name.clone()))?;
        let Some(cache) = &context.cache else {
            return Ok(false);
        };
        let is_there = |lookup: &Lookup| !matches!(lookup, Lookup::Absent);
        let dropped = cache.remove(&identity.digest, IfLocked::Remove, &is_there)?;
        Ok(dropped.is_some())
    }
}

/// What somebody who asks gets.
struct Credential {
    token: Secret<String>,
    id_token: Option<Secret<String>>,
    expires_at: Option<UnixTime>,
    username: Option<String>,
    scheme: Scheme,
    /// Whether the profiles file says how the token travels.
    is_scheme_stated: bool,
    extent: String,
}

impl Credential {
    /// The username, where there must be one.
    fn username(&self) -> &str {
        self.username.as_deref().unwrap_or(USERNAME)
    }

    /// The value of an `Authorization` header.
    fn authorization(&self) -> Secret<String> {
        let token = self.token.expose();
        Secret::new(match self.scheme {
            Scheme::Bearer => format!("Bearer {token}"),
            Scheme::Basic => format!("Basic {}", self.basic(self.username()).expose()),
            Scheme::None => token.clone(),
        })
    }

    /// Username and token as RFC 7617 has them.
    fn basic(&self, username: &str) -> Secret<String> {
        let pair = Secret::new(format!("{username}:{}", self.token.expose()));
        Secret::new(STANDARD.encode(pair.expose()))
    }
}

/// An operation that the protocol does not have.
fn unknown(operation: &str, known: &[&str]) -> anyhow::Error {
    let hint = format!("what can be asked for is {}", one_of(known.iter().copied()));
    CommandError::usage(
        format!(
            "there is no operation {}",
            crate::text::quote_name(operation)
        ),
        hint,
    )
    .into()
}

/// A request that is none of this protocol. What it says is not shown: it may hold a token.
fn senseless(what: &str) -> anyhow::Error {
    let hint =
        "this command is called by the program that it serves: see docs/credential-helpers.md";
    CommandError::usage(what, hint).into()
}

/// Somebody wants a credential to be kept here.
fn keeps_nothing() -> anyhow::Error {
    let hint = "tokens come from profiles: name the URL in `[credentials]` of the profiles file";
    CommandError::usage("`tok` keeps no credentials of others", hint).into()
}
