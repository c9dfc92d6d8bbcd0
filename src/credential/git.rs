//! git's credential helper: <https://git-scm.com/docs/gitcredentials>, <https://git-scm.com/docs/git-credential>.
//!
//! ```text
//! $ git-credential-tok get        in:  capability[]=authtype      out: capability[]=authtype
//!                                      protocol=https                  authtype=Bearer
//!                                      host=git.example.com            credential=TOKEN
//!                                      wwwauth[]=Bearer                password_expiry_utc=1795436100
//!                                                                      ephemeral=1
//! ```
//!
//! A git without that capability (before 2.46) gets `username=` and `password=`. A host that is not mapped gets
//! nothing, and git asks the next helper. `store` has nothing to do; `erase` names the credential that the server
//! has refused. Operations that are not known are ignored, as the specification wants it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Context, Credential, Found, find, senseless};
use crate::acquire::expire_rejected;
use crate::cli::HelperArgs;
use crate::commands::input::{Input, Until, lossy};
use crate::credential::{Scheme, Target, UrlError};
use crate::host::Warning;
use crate::render::error::InProfile;
use crate::render::output::Answer;
use crate::secret::Secret;

pub(super) fn run(args: &HelperArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    let text = lossy(&stdin(Until::BlankLine)?);
    match args.operation.as_str() {
        "get" => get(args, &Attributes::read(&text)?, context),
        "erase" => erase(args, &Attributes::read(&text)?, context),
        _ => Ok(Answer::new("")),
    }
}

fn get(args: &HelperArgs, attributes: &Attributes, context: &Context<'_>) -> Result<Answer> {
    let Some(found) = attributes.find(args, context)? else {
        return Ok(Answer::new(""));
    };
    let credential = found.obtain(context)?;
    Ok(Answer::secret(attributes.reply(&credential)?))
}

/// Whoever was refused an older token must not cost the others the new one.
fn erase(args: &HelperArgs, attributes: &Attributes, context: &Context<'_>) -> Result<Answer> {
    if let Some(refused) = attributes.refused()
        && let Some(found) = attributes.find(args, context)?
    {
        expire_rejected(&found.profile, &refused, &context.services(&found.base))
            .with_context(|| InProfile(found.profile.name.clone()))?;
    }
    Ok(Answer::new(""))
}

/// What git says, as far as it matters here.
#[derive(Default)]
struct Attributes {
    protocol: String,
    host: String,
    path: String,
    username: Option<String>,
    password: Option<Secret<String>>,
    authtype: Option<String>,
    credential: Option<Secret<String>>,
    /// That git takes `authtype` and `credential`.
    takes_authtype: bool,
    /// The `WWW-Authenticate` headers of the answer that made it ask.
    challenges: Vec<String>,
}

impl Attributes {
    fn read(text: &str) -> Result<Self> {
        let mut all = Self::default();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let Some((key, value)) = line.split_once('=') else {
                return Err(senseless(
                    "standard input has a line that is no `key=value`",
                ));
            };
            match key {
                "protocol" => value.clone_into(&mut all.protocol),
                "host" => value.clone_into(&mut all.host),
                "path" => value.clone_into(&mut all.path),
                // One that is not UTF-8 cannot be told back to git.
                "username" => {
                    let is_one = !value.is_empty() && !value.contains(char::REPLACEMENT_CHARACTER);
                    all.username = is_one.then(|| value.to_owned());
                }
                "password" => all.password = Some(Secret::from(value)),
                "authtype" => all.authtype = Some(value.to_owned()),
                "credential" => all.credential = Some(Secret::from(value)),
                "capability[]" => all.takes_authtype |= value == "authtype",
                // An empty one means: forget those before.
                "wwwauth[]" if value.is_empty() => all.challenges.clear(),
                "wwwauth[]" => all.challenges.push(value.to_owned()),
                _ => {}
            }
        }
        Ok(all)
    }

    fn find(&self, args: &HelperArgs, context: &Context<'_>) -> Result<Option<Found>> {
        let of = |scheme: &str| Target::from_parts(scheme, &self.host, &self.path);
        match of(&self.protocol) {
            Ok(target) => find(&args.named, &[target], context),
            Err(UrlError::PlainHttp(host)) => {
                // Worth a word only where a token would have been given.
                let secure = of("https").into_iter().collect::<Vec<_>>();
                if find(&args.named, &secure, context)?.is_some() {
                    context.log.warn(
                        Warning::new(format!("no token goes to `{host}` by plain http"))
                            .hint("use the https URL of the repository"),
                    );
                }
                Ok(None)
            }
            // Mail, certificates, a host of two lines: not a matter of tokens.
            Err(_) => Ok(None),
        }
    }

    fn reply(&self, credential: &Credential) -> Result<Secret<String>> {
        let scheme = match credential.scheme {
            Scheme::Basic => Scheme::Basic,
            Scheme::Bearer | Scheme::None if !credential.is_scheme_stated && self.wants_basic() => {
                Scheme::Basic
            }
            Scheme::Bearer | Scheme::None => Scheme::Bearer,
        };
        // The profiles file, the URL, what is usual.
        let username = credential
            .username
            .as_deref()
            .or(self.username.as_deref())
            .unwrap_or(credential.username());
        let token = credential.token.expose();
        let mut text = String::new();
        match scheme {
            _ if !self.takes_authtype => writeln!(text, "username={username}\npassword={token}")?,
            // Not as a password: other helpers would be told to keep that.
            Scheme::Basic => {
                let pair = credential.basic(username);
                writeln!(
                    text,
                    "capability[]=authtype\nauthtype=Basic\ncredential={}",
                    pair.expose()
                )?;
            }
            _ => writeln!(
                text,
                "capability[]=authtype\nauthtype=Bearer\ncredential={token}"
            )?,
        }
        if let Some(at) = credential.expires_at {
            writeln!(text, "password_expiry_utc={}", at.0)?;
        }
        if self.takes_authtype {
            text.push_str("ephemeral=1\n");
        }
        Ok(Secret::new(text))
    }

    /// Whether the server says that it takes Basic, and not that it takes Bearer.
    fn wants_basic(&self) -> bool {
        let offers = |scheme: &str| {
            let is_it = |challenge: &String| {
                challenge
                    .get(..scheme.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            };
            self.challenges.iter().any(is_it)
        };
        offers("basic") && !offers("bearer")
    }

    /// The token that was refused.
    fn refused(&self) -> Option<Secret<String>> {
        let is_basic = self
            .authtype
            .as_ref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("basic"));
        match &self.credential {
            Some(pair) if is_basic => {
                let pair = Zeroizing::new(STANDARD.decode(pair.expose()).ok()?);
                let (_, token) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
                Some(Secret::from(token))
            }
            Some(token) => Some(token.clone()),
            None => self.password.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        /// Whatever stands on standard input, no word of it is in an error.
        #[test]
        fn any_input_is_read_or_refused(text in crate::property::text(), key in "(wwwauth\\[\\]|credential|authtype|host|x)=") {
            match Attributes::read(&format!("{key}{text}")) {
                Ok(all) => _ = (all.refused(), all.wants_basic()),
                Err(error) => proptest::prop_assert_eq!(error.to_string(), "standard input has a line that is no `key=value`"),
            }
        }
    }
}
