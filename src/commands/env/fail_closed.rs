//! What `tok env` prints if it fails: code that removes the variables and fails as well.
//!
//! `eval "$(tok env moost)"` runs whatever was printed, and succeeds if that was nothing. So even a command line that
//! clap rejects is answered, as far as it can be understood.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Arg, ValueEnum as _};

use super::expiry_variable;
use crate::cli::{Cli, EnvArgs};
use crate::commands::variables::DEFAULT_VARIABLE;
use crate::render::output::Answer;
use crate::render::shell::Shell;
use crate::template::is_name;

/// The code for a command line that was parsed; `None` where no shell reads the output.
pub fn fail_closed(args: &EnvArgs, code: u8) -> Option<Answer> {
    (!args.github && !args.dotenv).then(|| {
        let assignments = args.profiles.iter().map(String::as_str);
        answer(args.shell, assignments, args.expires, code)
    })
}

/// The code for a command line that clap rejected; `None` where it is not one of `tok env`, or no shell reads the output.
pub fn fail_closed_unparsed(args: &[OsString], code: u8) -> Option<Answer> {
    let args: Vec<&str> = args
        .iter()
        .skip(1)
        .map(|arg| arg.to_str().unwrap_or_default())
        .collect();
    let with_value = flags_with_value()?;
    let mut previous = "";
    let mut without_values = args.clone();
    without_values.retain(|arg| !with_value.contains(std::mem::replace(&mut previous, *arg)));
    let has = |flag: &str| without_values.contains(&flag);
    let mut positional = without_values.iter().filter(|arg| !arg.starts_with('-'));
    if positional.next() != Some(&"env") || has("--github") || has("--dotenv") {
        return None;
    }
    let shell = args.iter().enumerate().find_map(|(at, arg)| match *arg {
        "--shell" => args.get(at + 1).copied(),
        arg => arg.strip_prefix("--shell="),
    });
    let shell = shell
        .and_then(|name| Shell::from_str(name, false).ok())
        .unwrap_or(Shell::Sh);
    Some(answer(shell, positional.copied(), has("--expires"), code))
}

/// The flags of `tok env` that take a value: what follows one names no profile.
fn flags_with_value() -> Option<BTreeSet<String>> {
    let flags = |argument: &Arg| {
        let takes_value = !argument.is_positional() && argument.get_action().takes_values();
        let long = argument.get_long().map(|name| format!("--{name}"));
        let short = argument.get_short().map(|name| format!("-{name}"));
        long.into_iter().chain(short).filter(move |_| takes_value)
    };
    let command = Cli::declaration();
    let env = command.find_subcommand("env")?;
    let arguments = command.get_arguments().chain(env.get_arguments());
    Some(arguments.flat_map(flags).collect())
}

fn answer<'a>(
    shell: Shell,
    assignments: impl Iterator<Item = &'a str>,
    expires: bool,
    code: u8,
) -> Answer {
    let variable = |arg: &'a str| {
        arg.split_once('=')
            .map_or(DEFAULT_VARIABLE, |(_, name)| name)
    };
    let mut variables: BTreeSet<&str> = assignments
        .map(variable)
        .filter(|name| is_name(name))
        .collect();
    if variables.is_empty() {
        variables.insert(DEFAULT_VARIABLE);
    }
    let with_expiry = |name: &str| {
        let expiry = expires.then(|| expiry_variable(name));
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
    fn a_rejected_command_line_is_understood_as_far_as_it_can_be() {
        let closed = |line: &str| {
            let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            fail_closed_unparsed(&args, 2).map(|answer| answer.text.expose().clone())
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
