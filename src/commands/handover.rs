//! From `PROFILE[=VAR]…` to tokens in variables: what `tok env` and `tok exec` have in common.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;

use super::Context;
use crate::acquire::Acquired;
use crate::cli::{AskArgs, IdentityArgs};
use crate::profile::Profile;
use crate::render::error::CommandError;
use crate::template::is_name;
use crate::text::named;

/// The variable of a token that is given no other.
pub(super) const VARIABLE: &str = "ACCESS_TOKEN";

/// A profile and the variable that its token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) profile: String,
    pub(super) variable: String,
}

/// A token on its way into a variable.
pub(super) struct Handed {
    pub(super) variable: String,
    pub(super) profile: Profile,
    pub(super) acquired: Acquired,
}

/// Reads `PROFILE[=VAR]…`.
///
/// # Errors
/// A name that no shell takes for a variable's, or two tokens for one variable.
pub(super) fn wanted(words: &[String], command: &str) -> Result<Vec<Wanted>> {
    let mut taken = BTreeSet::new();
    words
        .iter()
        .map(|word| {
            let (profile, variable) = word.split_once('=').unwrap_or((word, VARIABLE));
            if !is_name(variable) {
                return Err(CommandError::usage(
                    format!("{} cannot be the name of a variable", named(variable)),
                    "a letter or `_`, then letters, digits and `_`: `PROFILE=VAR`",
                )
                .into());
            }
            if !taken.insert(variable) {
                return Err(CommandError::usage(
                    format!("two tokens for the variable `{variable}`"),
                    format!("name a variable for each: `tok {command} moost=MOOST_TOKEN moov=MOOV_TOKEN`"),
                )
                .into());
            }
            Ok(Wanted { profile: profile.to_owned(), variable: variable.to_owned() })
        })
        .collect()
}

/// Gets every token that is wanted, or none.
///
/// # Errors
/// A profile is wrong, or there is no token for one.
pub(super) fn obtain_all(
    wanted: Vec<Wanted>,
    ask: &AskArgs,
    identity: &IdentityArgs,
    context: &Context<'_>,
) -> Result<Vec<Handed>> {
    let known = |one: Wanted| {
        let (profile, base) = context.profile(&one.profile, identity)?;
        Ok((one.variable, profile, base))
    };
    // All profiles first: one that is wrong must not cost the others a request.
    let known = wanted.into_iter().map(known).collect::<Result<Vec<_>>>()?;
    let obtain = |(variable, profile, base): (String, Profile, PathBuf)| {
        let (profile, acquired) = context.obtain(profile, &base, ask, None)?;
        context.mask(&acquired.token.access_token);
        Ok(Handed {
            variable,
            profile,
            acquired,
        })
    };
    known.into_iter().map(obtain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_and_its_variable() {
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let pair = |one: Wanted| (one.profile, one.variable);
            wanted(&words, "env")
                .map(|all| all.into_iter().map(pair).collect::<Vec<_>>())
                .ok()
        };
        let pairs = |all: &[(&str, &str)]| {
            Some(
                all.iter()
                    .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(read(&["moost"]), pairs(&[("moost", "ACCESS_TOKEN")]));
        assert_eq!(
            read(&["a=_X1", "b"]),
            pairs(&[("a", "_X1"), ("b", "ACCESS_TOKEN")])
        );
        for wrong in [
            ["a", "b"],
            ["a=X", "b=X"],
            ["a=", "b"],
            ["a=1X", "b"],
            ["a=X-Y", "b"],
            ["a=X;id", "b"],
        ] {
            assert_eq!(read(&wrong), None, "{wrong:?}");
        }
    }
}
