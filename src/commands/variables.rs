//! `PROFILE[=VAR]…`: the tokens that `tok env` and `tok exec` put into variables.

use anyhow::Result;

use super::Context;
use crate::acquire::Acquired;
use crate::cli::{FetchArgs, IdentityArgs};
use crate::profile::Profile;
use crate::render::error::CommandError;
use crate::template::is_name;
use crate::text::quote_name;

/// The variable of a token where the command line names none.
pub(super) const DEFAULT_VARIABLE: &str = "ACCESS_TOKEN";

/// What a variable name must look like, in every shell.
pub(super) const VARIABLE_NAME: &str = "a letter or `_`, then letters, digits and `_`";

/// A token and its variable.
pub(super) struct TokenVariable {
    pub(super) variable: String,
    pub(super) profile: Profile,
    pub(super) acquired: Acquired,
}

impl TokenVariable {
    pub(super) fn token(&self) -> &str {
        self.acquired.token.access_token.expose()
    }
}

/// Reads `PROFILE[=VAR]…` as profiles and variables.
///
/// # Errors
/// A name that cannot be a variable, or one variable for two tokens.
fn parse_assignments<'a>(args: &'a [String], command: &str) -> Result<Vec<(&'a str, &'a str)>> {
    let mut assignments: Vec<(&str, &str)> = Vec::new();
    for arg in args {
        let (profile, variable) = arg.split_once('=').unwrap_or((arg, DEFAULT_VARIABLE));
        if !is_name(variable) {
            let message = format!("{} cannot be the name of a variable", quote_name(variable));
            let hint = format!("{VARIABLE_NAME}: `PROFILE=VAR`");
            return Err(CommandError::usage(message, hint).into());
        }
        if assignments.iter().any(|(_, known)| *known == variable) {
            let message = format!("two tokens for the variable `{variable}`");
            let hint = format!(
                "name a variable for each: `tok {command} moost=MOOST_TOKEN moov=MOOV_TOKEN`"
            );
            return Err(CommandError::usage(message, hint).into());
        }
        assignments.push((profile, variable));
    }
    Ok(assignments)
}

/// Gets the tokens of `PROFILE[=VAR]…`, all or none.
///
/// # Errors
/// The arguments or a profile are wrong, or a token cannot be obtained.
pub(super) fn obtain_all(
    args: &[String],
    command: &str,
    fetch: &FetchArgs,
    identity: &IdentityArgs,
    context: &Context<'_>,
) -> Result<Vec<TokenVariable>> {
    // All profiles first, so that a wrong one costs no request.
    let profiles = parse_assignments(args, command)?
        .into_iter()
        .map(|(profile, variable)| Ok((variable, context.profile(profile, identity)?)))
        .collect::<Result<Vec<_>>>()?;
    profiles
        .into_iter()
        .map(|(variable, profile)| {
            let (profile, acquired) = context.obtain(profile, fetch, None)?;
            context.mask(&acquired.token.access_token);
            Ok(TokenVariable {
                variable: variable.to_owned(),
                profile,
                acquired,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_and_its_variable() {
        let parse = |args: &str, expected: Option<&[(&str, &str)]>| {
            let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
            assert_eq!(parse_assignments(&args, "env").ok().as_deref(), expected);
        };
        parse("moost", Some(&[("moost", "ACCESS_TOKEN")]));
        parse("a=_X1 b", Some(&[("a", "_X1"), ("b", "ACCESS_TOKEN")]));
        for wrong in ["a b", "a=X b=X", "a= b", "a=1X b", "a=X-Y b", "a=X;id b"] {
            parse(wrong, None);
        }
    }
}
