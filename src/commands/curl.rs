//! `tok curl`: curl with the Authorization header, and the token in no argument.

use std::ffi::{OsStr, OsString};

use anyhow::Result;

use super::{Context, exec, get};
use crate::cli::CurlArgs;
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::secret::Secret;

/// Gets the token, hands it to curl in a file that has no name, and lets curl take this program's place.
///
/// # Errors
/// There is no token, or curl cannot be run.
pub fn run(args: &CurlArgs, context: &Context<'_>) -> Result<Answer> {
    let (profile, base) = context.profile(&args.profile, &args.identity)?;
    let (profile, acquired) = context.obtain(profile, &base, &args.ask, None)?;
    let token = &acquired.token.access_token;
    context.mask(token);
    // Not standard input: that is the user's, for `--data @-` or a configuration of their own.
    let line = if bring_their_own(&args.arguments) {
        format!("oauth2-bearer = \"{}\"\n", get::curl_quoted(token.expose()))
    } else {
        get::curl_line(token.expose())
    };
    let line = Secret::new(line);
    let (file, path) =
        os::inherited_file(line.expose().as_bytes()).map_err(|error| CommandError::Io {
            action: "hand the token to curl".to_owned(),
            reason: os::describe(&error),
        })?;
    let arguments = with_config(&args.arguments, path.as_os_str());
    let removed: Vec<String> = exec::secret_variables(std::iter::once(&profile))
        .into_iter()
        .collect();
    let answer = exec::become_program(OsStr::new("curl"), &arguments, &[], &removed);
    drop(file);
    answer
}

/// The user's arguments with our configuration among them: first, so that theirs win, but behind `--disable`, which
/// counts only as the very first, and is said by short options with a `q` among them too; and anew behind each `--next`,
/// which forgets headers.
fn with_config(arguments: &[OsString], path: &OsStr) -> Vec<OsString> {
    let config = [OsString::from("-K"), path.to_owned()];
    let mut all = Vec::new();
    if arguments
        .first()
        .is_some_and(|first| turns_curlrc_off(first))
    {
        all.push("--disable".into());
    }
    all.extend_from_slice(&config);
    for word in arguments {
        match word.to_str().and_then(next_among) {
            Some((upto, rest)) => {
                all.push(upto.into());
                all.extend_from_slice(&config);
                all.extend(rest.map(OsString::from));
            }
            None if word == "--next" || word == "--nex" => {
                all.push(word.clone());
                all.extend_from_slice(&config);
            }
            None => all.push(word.clone()),
        }
    }
    all
}

/// The short options of curl that take no value: what follows one in the same word is another option.
const WITHOUT_VALUE: &str = "0123456789#aBfgGiIjJklLMnNOpqRsSvVZ";

/// Short options in one word with `:` among them, which is `--next`: the word up to there, and what comes after it.
fn next_among(word: &str) -> Option<(String, Option<String>)> {
    let options = word.strip_prefix('-')?;
    let (before, after) = options.split_once(':')?;
    let is_next = before.chars().all(|option| WITHOUT_VALUE.contains(option));
    is_next.then(|| {
        (
            format!("-{before}:"),
            Some(after)
                .filter(|after| !after.is_empty())
                .map(|after| format!("-{after}")),
        )
    })
}

/// Whether the user brings an Authorization of their own. curl would send it beside a header of ours; what it is told
/// by `oauth2-bearer` gives way to it.
fn bring_their_own(arguments: &[OsString]) -> bool {
    let is_one = |word: &OsString| {
        let word = word.to_string_lossy().to_ascii_lowercase();
        let value = word
            .strip_prefix("-h")
            .or_else(|| word.strip_prefix("--header="))
            .unwrap_or(&word);
        let name = value.trim_start().strip_prefix("authorization");
        word.starts_with("--oauth2-b")
            || name.is_some_and(|rest| rest.trim_start().starts_with([':', ';']))
    };
    arguments.iter().any(is_one)
}

/// Whether curl, seeing this first, would leave `~/.curlrc` alone. In its own place it then means nothing any more.
fn turns_curlrc_off(first: &OsStr) -> bool {
    let first = first.to_string_lossy();
    first == "--disable"
        || (first.starts_with('-') && !first.starts_with("--") && first.contains('q'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_stands_where_it_counts() {
        let with = |line: &str| {
            let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let all = with_config(&words, OsStr::new("F"));
            all.iter()
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(with("-s u"), "-K F -s u");
        assert_eq!(with("-q -s u"), "--disable -K F -q -s u");
        assert_eq!(with("-sq u"), "--disable -K F -sq u");
        assert_eq!(
            with("u --next -s v -: w"),
            "-K F u --next -K F -s v -: -K F w"
        );
        assert_eq!(
            with("u -s: v -S:sd x w"),
            "-K F u -s: -K F v -S: -K F -sd x w"
        );
        // A value is no option.
        assert_eq!(with("-HA:b -uid:secret u"), "-K F -HA:b -uid:secret u");
    }

    #[test]
    fn an_authorization_of_the_users_own_is_seen() {
        let theirs =
            |line: &str| bring_their_own(&line.split('|').map(OsString::from).collect::<Vec<_>>());
        for line in [
            "-H|Authorization: x",
            "-s|-Hauthorization:x",
            "--header|AUTHORIZATION;",
            "--oauth2-bearer|x",
        ] {
            assert!(theirs(line), "{line}");
        }
        for line in [
            "-H|X-Authorization: x",
            "-d|authorization",
            "u",
            "-H|Authorizations: x",
        ] {
            assert!(!theirs(line), "{line}");
        }
    }
}
