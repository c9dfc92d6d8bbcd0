//! `tok credential`: answers a program that asks for a credential, by a protocol of [`crate::credential`].

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Context;
use super::output_file::write_file;
use crate::acquire::{TokenIdentity, expire_rejected};
use crate::cli::{CredentialCommand, FetchArgs, GoogleArgs, IdentityArgs, KeyringMode, NamedArgs};
use crate::commands::input::{Input, Until};
use crate::credential::{
    Credential, CredentialSource, Query, Reply, Scheme, bazel, cargo, docker, git, goauth, google,
    keyring, terraform,
};
use crate::profile::Profile;
use crate::render::error::InProfile;
use crate::render::format::curl_quote;
use crate::render::output::Answer;
use crate::render::report::ErrorSummary;
use crate::secret::Secret;
use crate::store::{IfLocked, Lookup, TokenStore as _};

/// Answers one request.
///
/// # Errors
/// The request does not follow the protocol, or the token cannot be obtained.
pub fn run(
    command: &CredentialCommand,
    context: &Context<'_>,
    stdin: &Input<'_>,
) -> Result<Answer> {
    let read = |until| move || stdin(until);
    let source = |named| Source::new(named, context);
    match command {
        CredentialCommand::Git(args) => source(&args.named)
            .answer(|source| git::answer(&args.operation, &read(Until::BlankLine), source)),
        CredentialCommand::Docker(args) => source(&args.named)
            .answer(|source| docker::answer(&args.operation, &read(Until::End), source)),
        CredentialCommand::Cargo(args) => {
            source(&args.named).answer(|source| cargo::answer(&read(Until::Line), source))
        }
        CredentialCommand::Terraform(args) => source(&args.named).answer(|source| {
            terraform::answer(&args.operation, &args.host, &read(Until::End), source)
        }),
        CredentialCommand::Bazel(args) => source(&args.named)
            .answer(|source| bazel::answer(&args.operation, &read(Until::End), source)),
        CredentialCommand::Goauth(args) => {
            source(&args.named).answer(|source| goauth::answer(args.url.as_deref(), source))
        }
        CredentialCommand::Google(args) => answer_google(args, context),
        CredentialCommand::Keyring(args) => source(&args.named).answer(|source| {
            let request = keyring::Request {
                operation: &args.operation,
                service: &args.service,
                username: args.username.as_deref(),
                with_username: args.mode == KeyringMode::Creds,
            };
            keyring::answer(&request, source)
        }),
    }
}

/// The text that a program reads before it sends its request.
#[must_use]
pub fn greeting(command: &CredentialCommand) -> Option<Answer> {
    matches!(command, CredentialCommand::Cargo(_)).then(|| Answer::new(cargo::GREETING))
}

/// The reply to a request that failed, in those protocols that have one. It brings its own exit code.
#[must_use]
pub fn failed(command: &CredentialCommand, error: &ErrorSummary) -> Option<Answer> {
    let reply = match command {
        CredentialCommand::Cargo(_) => cargo::failure(&error.message),
        CredentialCommand::Google(_) => google::failure(error.code(), &error.message),
        _ => return None,
    };
    reply.ok().map(Answer::from)
}

/// Whether only errors may be written to standard error, because it is read as part of the reply.
#[must_use]
pub fn is_silent(command: &CredentialCommand) -> bool {
    matches!(command, CredentialCommand::Google(_))
}

fn answer_google(args: &GoogleArgs, context: &Context<'_>) -> Result<Answer> {
    let variable = |name| context.environment.text(name);
    let token_type = variable("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE");
    let output_file = variable("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE");
    let request = google::Request::new(token_type.as_deref(), output_file.is_some())?;
    let profile = context.profile(&args.profile, &IdentityArgs::default())?;
    let name = profile.name.clone();
    let credential = Match::of_profile(profile, String::new()).obtain(context, None)?;
    let reply = request
        .reply(&credential)
        .with_context(|| InProfile(name))?;
    if let Some(path) = output_file {
        write_file(Path::new(&path), reply.text.expose().as_bytes())?;
    }
    Ok(reply.into())
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            code: reply.code,
            ..Self::secret(reply.text)
        }
    }
}

/// The profile for a URL.
struct Match {
    profile: Profile,
    username: Option<String>,
    scheme: Option<Scheme>,
    extent: String,
}

impl Match {
    fn of_profile(profile: Profile, extent: String) -> Self {
        Self {
            profile,
            username: None,
            scheme: None,
            extent,
        }
    }

    fn obtain(self, context: &Context<'_>, username: Option<&str>) -> Result<Credential> {
        let (_, acquired) = context.obtain(self.profile, &FetchArgs::default(), None)?;
        let with_username = self.username.is_some().then_some(Scheme::Basic);
        Ok(Credential {
            expires_at: acquired.token.expiry.map(|(at, _)| at),
            id_token: acquired.token.id_token,
            token: acquired.token.access_token,
            username: Credential::username(self.username.as_deref(), username),
            scheme: self.scheme.or(with_username),
            extent: self.extent,
        })
    }
}

/// The tokens of the profiles.
struct Source<'a> {
    /// `--profile`.
    profile: Option<&'a str>,
    context: &'a Context<'a>,
    /// The token, and forms of it that have to be masked if they are printed.
    masked: OnceCell<(Secret<String>, [Secret<String>; 2])>,
}

impl<'a> Source<'a> {
    fn new(named: &'a NamedArgs, context: &'a Context<'a>) -> Self {
        Self {
            profile: named.profile.as_deref(),
            context,
            masked: OnceCell::new(),
        }
    }

    fn answer(&self, answer: impl FnOnce(&Self) -> Result<Reply>) -> Result<Answer> {
        let mut reply = answer(self)?;
        if let Some((token, encoded)) = self.masked.get() {
            self.context.mask_printed(token, encoded, &reply.text);
        }
        if let Some(warning) = reply.warning.take() {
            self.context.log.warn(warning);
        }
        Ok(reply.into())
    }

    fn find(&self, query: Query<'_>) -> Result<Option<Match>> {
        let Some(first) = query.targets.first() else {
            return Ok(None);
        };
        let file = self.context.file()?;
        if let Some(name) = query.profile.or(self.profile) {
            let extent = first.as_str().to_owned();
            return Ok(Some(Match::of_profile(file.profile(name)?, extent)));
        }
        let map = file.credential_map()?;
        let mut targets = query.targets.iter();
        let Some((mapping, target)) = targets.find_map(|target| Some((map.find(target)?, target)))
        else {
            return Ok(None);
        };
        Ok(Some(Match {
            profile: file.mapped_profile(mapping)?,
            username: mapping.username.clone(),
            scheme: mapping.scheme,
            extent: map.extent(mapping, target),
        }))
    }
}

impl CredentialSource for Source<'_> {
    fn get(&self, query: Query<'_>) -> Result<Option<Credential>> {
        let Some(found) = self.find(query)? else {
            return Ok(None);
        };
        let credential = found.obtain(self.context, query.username)?;
        let token = &credential.token;
        self.context.mask(token);
        let escaped = Secret::new(curl_quote(token.expose()));
        let _ = self
            .masked
            .set((token.clone(), [credential.basic(), escaped]));
        Ok(Some(credential))
    }

    fn is_mapped(&self, query: Query<'_>) -> Result<bool> {
        Ok(self.find(query)?.is_some())
    }

    fn forget(&self, query: Query<'_>) -> Result<bool> {
        let (Some(found), Some(cache)) = (self.find(query)?, &self.context.cache) else {
            return Ok(false);
        };
        let identity = TokenIdentity::resolve(&found.profile, &self.context.services())
            .with_context(|| InProfile(found.profile.name.clone()))?;
        let is_there = |lookup: &Lookup| !matches!(lookup, Lookup::Absent);
        Ok(cache
            .remove(&identity.digest, IfLocked::Remove, &is_there)?
            .is_some())
    }

    fn reject(&self, query: Query<'_>, token: &Secret<String>) -> Result<()> {
        let Some(found) = self.find(query)? else {
            return Ok(());
        };
        expire_rejected(&found.profile, token, &self.context.services())
            .with_context(|| InProfile(found.profile.name.clone()))
    }

    fn usernames(&self) -> Result<BTreeMap<String, String>> {
        let map = self.context.file()?.credential_map()?;
        let of_one_host = map.0.into_iter().filter(|one| one.pattern.names_one_host());
        Ok(of_one_host
            .filter_map(|one| Some((one.url, one.username?)))
            .collect())
    }
}
