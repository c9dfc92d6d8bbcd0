//! `PROFILE[=VAR]…`: the tokens that `tok env` and `tok exec` put into variables.

use std::collections::BTreeSet;

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

/// A profile and the variable for its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) profile: String,
    pub(super) variable: String,
}

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

/// Reads `PROFILE[=VAR]…`.
///
/// # Errors
/// A name that cannot be a variable, or one variable for two tokens.
pub(super) fn parse_assignments(args: &[String], command: &str) -> Result<Vec<Assignment>> {
    let mut variables = BTreeSet::new();
    args.iter()
        .map(|arg| {
            let (profile, variable) = arg.split_once('=').unwrap_or((arg, DEFAULT_VARIABLE));
            if !is_name(variable) {
                return Err(CommandError::usage(
                    format!("{} cannot be the name of a variable", quote_name(variable)),
                    format!("{VARIABLE_NAME}: `PROFILE=VAR`"),
                )
                .into());
            }
            if !variables.insert(variable) {
                return Err(CommandError::usage(
                    format!("two tokens for the variable `{variable}`"),
                    format!("name a variable for each: `tok {command} moost=MOOST_TOKEN moov=MOOV_TOKEN`"),
                )
                .into());
            }
            Ok(Assignment {
                profile: profile.to_owned(),
                variable: variable.to_owned(),
            })
        })
        .collect()
}

/// Gets every token, or none.
///
/// # Errors
/// A profile is wrong, or a token cannot be obtained.
pub(super) fn obtain_all(
    assignments: Vec<Assignment>,
    fetch: &FetchArgs,
    identity: &IdentityArgs,
    context: &Context<'_>,
) -> Result<Vec<TokenVariable>> {
    // All profiles first, so that a wrong one costs no request.
    let profiles = assignments
        .into_iter()
        .map(|one| Ok((one.variable, context.profile(&one.profile, identity)?)))
        .collect::<Result<Vec<_>>>()?;
    profiles
        .into_iter()
        .map(|(variable, (profile, base))| {
            let (profile, acquired) = context.obtain(profile, &base, fetch, None)?;
            context.mask(&acquired.token.access_token);
            Ok(TokenVariable {
                variable,
                profile,
                acquired,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Option<Vec<(String, String)>> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let all = parse_assignments(&args, "env").ok()?;
        let pair = |one: Assignment| (one.profile, one.variable);
        Some(all.into_iter().map(pair).collect())
    }

    #[test]
    fn a_profile_and_its_variable() {
        let pair = |profile: &str, variable: &str| (profile.to_owned(), variable.to_owned());
        assert_eq!(parse(&["moost"]), Some(vec![pair("moost", "ACCESS_TOKEN")]));
        assert_eq!(
            parse(&["a=_X1", "b"]),
            Some(vec![pair("a", "_X1"), pair("b", "ACCESS_TOKEN")])
        );
        for wrong in [
            ["a", "b"],
            ["a=X", "b=X"],
            ["a=", "b"],
            ["a=1X", "b"],
            ["a=X-Y", "b"],
            ["a=X;id", "b"],
        ] {
            assert_eq!(parse(&wrong), None, "{wrong:?}");
        }
    }
}
