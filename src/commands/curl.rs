//! `tok curl`: curl with the Authorization header, and the token in no argument.

use std::ffi::{OsStr, OsString};

use anyhow::Result;

use super::{Context, exec, get};
use crate::cli::CurlArgs;
use crate::failure::Failure;
use crate::os;
use crate::output::Answer;

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
    let (file, path) = os::inherited_file(get::curl_line(token.expose()).as_bytes()).map_err(|error| {
        Failure::Stream { doing: "hand the token to curl".to_owned(), why: os::describe(&error) }
    })?;
    let arguments = with_config(&args.arguments, path.as_os_str());
    let removed: Vec<String> = exec::secret_variables(std::iter::once(&profile)).into_iter().collect();
    let answer = exec::become_program(OsStr::new("curl"), &arguments, &[], &removed);
    drop(file);
    answer
}

/// The user's arguments with our configuration among them: first, so that theirs win, but behind `--disable`, which
/// counts only as the very first, and is said by short options with a `q` among them too; and anew behind each `--next`, which forgets headers.
fn with_config(arguments: &[OsString], path: &OsStr) -> Vec<OsString> {
    let config = [OsString::from("-K"), path.to_owned()];
    let mut all = Vec::new();
    if arguments.first().is_some_and(|first| turns_curlrc_off(first)) {
        all.push("--disable".into());
    }
    all.extend_from_slice(&config);
    for word in arguments {
        all.push(word.clone());
        if word == "--next" || word == "-:" {
            all.extend_from_slice(&config);
        }
    }
    all
}

/// Whether curl, seeing this first, would leave `~/.curlrc` alone. In its own place it then means nothing any more.
fn turns_curlrc_off(first: &OsStr) -> bool {
    let first = first.to_string_lossy();
    first == "--disable" || (first.starts_with('-') && !first.starts_with("--") && first.contains('q'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_stands_where_it_counts() {
        let with = |line: &str| {
            let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let all = with_config(&words, OsStr::new("F"));
            all.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(with("-s u"), "-K F -s u");
        assert_eq!(with("-q -s u"), "--disable -K F -q -s u");
        assert_eq!(with("-sq u"), "--disable -K F -sq u");
        assert_eq!(with("u --next -s v -: w"), "-K F u --next -K F -s v -: -K F w");
    }
}
