//! Completion in shells. The script that `tok completions` prints asks `tok` itself at each TAB, so that profile and
//! preset names complete too, and the script does not go stale with a new version.

mod bash;
mod candidates;

use std::ffi::OsString;
use std::io;
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum as _;
use clap_complete::env::{EnvCompleter, Shells};

use super::Context;
use crate::cli::{CompletionsArgs, Shell};
use crate::host::Environment;
use crate::render::output::Answer;

/// The variable in which the script names its shell.
const VARIABLE: &str = "COMPLETE";

/// Prints the script for a shell.
///
/// # Errors
/// Writing to memory does not fail.
pub fn run(args: &CompletionsArgs, _context: &Context<'_>) -> Result<Answer> {
    Ok(Answer::new(script(args.shell)?))
}

/// The script for a shell. It calls `tok` by name, so that it is the same wherever `tok` is installed.
///
/// # Errors
/// Writing to memory does not fail.
pub fn script(shell: Shell) -> io::Result<String> {
    let mut script = Vec::new();
    let name = shell.to_possible_value();
    let name = name.as_ref().map_or("", |value| value.get_name());
    if let Some(completer) = Shells::builtins().completer(name) {
        completer.write_registration(VARIABLE, "tok", "tok", "tok", &mut script)?;
    }
    let mut script = String::from_utf8_lossy(&script).trim().to_owned() + "\n";
    match shell {
        Shell::Bash => script = bash::patch(&script),
        // As a file `_tok` in $fpath the script is loaded by the first TAB, and must answer that one too.
        Shell::Zsh => script.push_str(
            "\nif [[ $funcstack[1] == _tok ]]; then\n    _clap_dynamic_completer_tok \"$@\"\nfi\n",
        ),
        Shell::Fish | Shell::Elvish | Shell::Powershell => {}
    }
    Ok(script)
}

/// Answers a shell that completes a command line; `None` if this is an ordinary call.
///
/// The script calls `tok -- WORDS…` with its shell's name in a variable. Both are required: the variable's name is one
/// that other programs may use.
pub fn complete(args: &[OsString], environment: Environment<'_>) -> Option<Answer> {
    let shell = environment.text(VARIABLE)?;
    let shells = Shells::builtins();
    let completer = shells.completer(&shell)?;
    match args {
        [_program, dashes, words @ ..] if dashes == "--" && !words.is_empty() => Some(Answer::new(
            answer(completer, words, environment).unwrap_or_default(),
        )),
        _ => None,
    }
}

fn answer(
    completer: &dyn EnvCompleter,
    words: &[OsString],
    environment: Environment<'_>,
) -> io::Result<String> {
    let mut command = candidates::command(words, environment);
    command.build();
    let mut text = Vec::new();
    let directory = Some(Path::new("."));
    completer.write_complete(&mut command, words.to_vec(), directory, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use clap::{Arg, Command};

    use super::candidates::OF_PROFILES;
    use super::*;
    use crate::cli::Cli;
    use crate::os;

    #[test]
    fn scripts_call_tok_by_its_name() {
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::Elvish,
            Shell::Powershell,
        ] {
            let script = script(shell).unwrap();
            assert!(
                script.contains(VARIABLE) && script.contains("tok -- ")
                    || script.contains("\"tok\" -- ")
            );
            assert!(!script.contains("/tok"), "{script}");
        }
    }

    #[test]
    fn names_are_offered_where_names_belong() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        let text =
            b"[profiles.moov]\n[profiles.moost]\n[profiles.other]\n[profiles.\"mo$(x)\"]\nbroken";
        os::atomic_write::write_private(&path, text).unwrap();
        let ask = |shell: &str, line: &[&str]| {
            let look_up = |name: &OsStr| match name.to_str() {
                Some(VARIABLE) => Some(OsString::from(shell)),
                Some("TOK_CONFIG") => Some(path.clone().into_os_string()),
                _ => None,
            };
            let args: Vec<OsString> = line.iter().map(OsString::from).collect();
            complete(&args, Environment::new(&look_up)).map(|answer| answer.text.expose().clone())
        };
        let names = |line: &[&str]| {
            let text = ask("fish", line).unwrap();
            text.lines()
                .filter_map(|line| line.split('\t').next().map(str::to_owned))
                .collect::<Vec<_>>()
        };
        for (command, _) in OF_PROFILES {
            assert_eq!(
                names(&["tok", "--", "tok", command, "mo"]),
                ["moost", "moov"],
                "{command}"
            );
        }
        assert_eq!(
            names(&["tok", "--", "tok", "credential", "git", "--profile", "moo"]),
            ["moost", "moov"]
        );
        assert_eq!(
            names(&["tok", "--", "tok", "credential", "google", "--profile", "o"]),
            ["other"]
        );
        assert_eq!(
            names(&["tok", "--", "tok", "forget", "moov", "o"]),
            ["other"]
        );
        assert_eq!(
            names(&["tok", "--", "tok", "get", "--format", "r"]),
            ["raw"]
        );
        assert_eq!(
            names(&["tok", "--", "tok", "init", "--preset", "moov"]),
            ["moov", "moov-form"]
        );
        assert_eq!(
            names(&["tok", "--", "tok", "presets", "de"]),
            ["depotfinity"]
        );
        assert_eq!(
            names(&["tok", "--", "tok", "--config", "/nowhere", "get", "mo"]),
            [""; 0]
        );
        assert!(
            ask("fish", &["tok", "get", "moov"]).is_none(),
            "an ordinary call"
        );
        assert!(
            ask("1", &["tok", "--", "tok", "get", ""]).is_none(),
            "no shell"
        );
    }

    /// A command that is added and takes a profile must be in the table.
    #[test]
    fn every_argument_that_is_a_profile_completes() {
        let of_profiles = |arg: &Arg| {
            let values = arg.get_value_names().unwrap_or_default();
            arg.is_positional()
                && values
                    .iter()
                    .any(|value| value.as_str().starts_with("PROFILE"))
        };
        let command = Cli::declaration();
        let found: Vec<_> = command
            .get_subcommands()
            .filter(|sub| sub.get_positionals().any(of_profiles))
            .map(Command::get_name)
            .collect();
        assert_eq!(found, OF_PROFILES.map(|(name, _)| name));
    }
}
