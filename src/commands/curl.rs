//! `tok curl`: run curl with the API's header, and the token in no argument.

use std::ffi::{OsStr, OsString};

use anyhow::Result;

use super::{Context, exec};
use crate::cli::CurlArgs;
use crate::os;
use crate::render::error::CommandError;
use crate::render::format::{curl_header_line, curl_quote};
use crate::render::output::Answer;
use crate::secret::Secret;

/// Gets the token, and runs curl with a config file that has no name on the disk.
///
/// # Errors
/// The token cannot be obtained, or curl cannot be run.
pub fn run(args: &CurlArgs, context: &Context<'_>) -> Result<Answer> {
    let profile = context.profile(&args.profile, &args.identity)?;
    let (profile, acquired) = context.obtain(profile, &args.fetch, None)?;
    let token = &acquired.token.access_token;
    context.mask(token);
    // curl sends a header of ours beside the user's own, but lets theirs replace what `oauth2-bearer` sets.
    let line = if has_authorization(&args.arguments) {
        format!("oauth2-bearer = \"{}\"", curl_quote(token.expose()))
    } else {
        curl_header_line(token.expose())
    };
    let config = Secret::new(line + "\n");
    // Standard input is the user's, for `--data @-` or a config of their own.
    let (file, path) =
        os::inherited_file(config.expose().as_bytes()).map_err(|error| CommandError::Io {
            action: "hand the token to curl".to_owned(),
            reason: os::describe(&error),
        })?;
    let arguments = with_config(&args.arguments, path.as_os_str());
    let removed = exec::secret_variables(&profile);
    let answer = exec::run_program(OsStr::new("curl"), &arguments, &[], removed);
    drop(file);
    answer
}

/// The user's arguments with `-K FILE` among them: first, so that theirs win, but after `--disable`, which only counts
/// as the very first argument; and again after each `--next`, which forgets headers.
fn with_config(arguments: &[OsString], path: &OsStr) -> Vec<OsString> {
    let config = [OsString::from("-K"), path.to_owned()];
    let mut all = Vec::new();
    if arguments.first().is_some_and(|first| has_disable(first)) {
        all.push("--disable".into());
    }
    all.extend_from_slice(&config);
    for argument in arguments {
        all.push(argument.clone());
        if argument == "--next" || argument == "-:" {
            all.extend_from_slice(&config);
        }
    }
    all
}

/// Whether the user sets an `Authorization` header.
fn has_authorization(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy().to_ascii_lowercase();
        let header = argument
            .strip_prefix("-h")
            .or_else(|| argument.strip_prefix("--header="));
        let (name, _) = header
            .unwrap_or(&argument)
            .split_once([':', ';'])
            .unwrap_or_default();
        name.trim() == "authorization" || argument.starts_with("--oauth2-b")
    })
}

/// Whether curl, with this as its first argument, would not read `~/.curlrc`.
fn has_disable(first: &OsStr) -> bool {
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
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let all = with_config(&arguments, OsStr::new("F"));
            all.iter()
                .map(|one| one.to_string_lossy())
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
    }

    #[test]
    fn an_authorization_of_the_users_own_is_seen() {
        let has = |line: &str| {
            has_authorization(&line.split('|').map(OsString::from).collect::<Vec<_>>())
        };
        for line in [
            "-H|Authorization: x",
            "-s|-Hauthorization:x",
            "--header|AUTHORIZATION;",
            "--oauth2-bearer|x",
        ] {
            assert!(has(line), "{line}");
        }
        for line in [
            "-H|X-Authorization: x",
            "-d|authorization",
            "u",
            "-H|Authorizations: x",
        ] {
            assert!(!has(line), "{line}");
        }
    }
}
