//! What `tok env` prints where there is no token: code that removes the variables and fails.
//!
//! `eval "$(tok env moost)"` runs whatever was printed, and an empty answer succeeds. So even a command line that
//! cannot be parsed is answered, as far as can be told what was meant by it.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Arg, CommandFactory as _, ValueEnum as _};

use super::super::handover::VARIABLE;
use crate::cli::{Cli, EnvArgs};
use crate::render::output::Answer;
use crate::render::shell::ShellCode;
use crate::template::is_name;

/// The line, for a command line that was understood; `None` where no shell reads the answer.
pub fn of_args(args: &EnvArgs, code: u8) -> Option<Answer> {
    (!args.github && !args.dotenv).then(|| {
        let words = args.profiles.iter().map(String::as_str);
        answer(args.shell, words, args.expires, code)
    })
}

/// The line, for a command line that was not understood; `None` where it was not `tok env` that was meant.
pub fn of_words(words: &[OsString], code: u8) -> Option<Answer> {
    let command = Cli::command();
    let env = command.find_subcommand("env")?;
    let with_value: BTreeSet<String> = command
        .get_arguments()
        .chain(env.get_arguments())
        .flat_map(names)
        .collect();
    let words: Vec<&str> = words
        .iter()
        .skip(1)
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let is_value = |at: usize| {
        at > 0
            && words
                .get(at - 1)
                .is_some_and(|before| with_value.contains(*before))
    };
    let bare = || {
        (0..words.len())
            .filter(|at| !is_value(*at))
            .filter_map(|at| words.get(at).copied())
    };
    let mut plain = bare().filter(|word| !word.starts_with('-'));
    if plain.next() != Some("env") || bare().any(|word| word == "--github" || word == "--dotenv") {
        return None;
    }
    let shell = words.iter().enumerate().find_map(|(at, word)| match *word {
        "--shell" => words.get(at + 1).copied(),
        word => word.strip_prefix("--shell="),
    });
    let shell = shell
        .and_then(|name| ShellCode::from_str(name, false).ok())
        .unwrap_or(ShellCode::Sh);
    Some(answer(
        shell,
        plain,
        bare().any(|word| word == "--expires"),
        code,
    ))
}

/// The flags of an option that takes a value.
fn names(argument: &Arg) -> Vec<String> {
    if argument.is_positional() || !argument.get_action().takes_values() {
        return Vec::new();
    }
    let long = argument.get_long().map(|name| format!("--{name}"));
    long.into_iter()
        .chain(argument.get_short().map(|name| format!("-{name}")))
        .collect()
}

fn answer<'a>(
    shell: ShellCode,
    words: impl Iterator<Item = &'a str>,
    expires: bool,
    code: u8,
) -> Answer {
    let variable = |word: &'a str| word.split_once('=').map_or(VARIABLE, |(_, name)| name);
    let mut variables: BTreeSet<&str> = words.map(variable).filter(|name| is_name(name)).collect();
    if variables.is_empty() {
        variables.insert(VARIABLE);
    }
    let with_expiry = |name: &str| {
        let expiry = expires.then(|| super::expiry_variable(name));
        std::iter::once(name.to_owned()).chain(expiry)
    };
    let variables: Vec<String> = variables.into_iter().flat_map(with_expiry).collect();
    Answer {
        code,
        ..Answer::new(shell.fail_closed(&variables, code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_told_from_broken_words() {
        let closed = |line: &str| {
            let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            of_words(&words, 2).map(|answer| answer.text.expose().clone())
        };
        let cases = [
            ("tok env", Some("unset ACCESS_TOKEN; (exit 2)\n")),
            (
                "tok env moost --nonsense",
                Some("unset ACCESS_TOKEN; (exit 2)\n"),
            ),
            (
                "tok -q --config env env moost=X --min-ttl 5y",
                Some("unset X; (exit 2)\n"),
            ),
            (
                "tok env a=X b=Y --expires --no",
                Some("unset X X_EXPIRES_AT Y Y_EXPIRES_AT; (exit 2)\n"),
            ),
            (
                "tok env a=X;id --no",
                Some("unset ACCESS_TOKEN; (exit 2)\n"),
            ),
            (
                "tok env --shell fish a --no",
                Some("set -e ACCESS_TOKEN; sh -c 'exit 2'\n"),
            ),
            (
                "tok env --shell=tcsh a",
                Some("unset ACCESS_TOKEN; (exit 2)\n"),
            ),
            ("tok env --dotenv a --no", None),
            ("tok env --github a --no", None),
            ("tok get env --no", None),
            ("tok", None),
        ];
        for (line, expected) in cases {
            assert_eq!(closed(line).as_deref(), expected, "{line}");
        }
    }
}
