//! Completion in shells. The script that `tok completions` prints is a stub: at each TAB the shell asks `tok`
//! itself, so that the names of profiles and presets complete too, and nothing goes stale with a new version.

mod bash;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter as _};
use clap_complete::env::{EnvCompleter, Shells};

use super::Context;
use crate::cli::{Cli, CompletionsArgs, Shell};
use crate::config::{ProfilesFile, path as profiles_path};
use crate::host::Environment;
use crate::os;
use crate::profile::preset::PRESETS;
use crate::render::output::Answer;

/// The variable in which the stub names its shell.
const VARIABLE: &str = "COMPLETE";

/// Commands whose positional argument is the name of a profile.
const OF_PROFILES: [(&str, &str); 10] = [
    ("get", "profile"),
    ("env", "profiles"),
    ("exec", "profiles"),
    ("curl", "profile"),
    ("watch", "profile"),
    ("expiry", "profile"),
    ("inspect", "target"),
    ("forget", "profiles"),
    ("explain", "profile"),
    ("doctor", "profile"),
];
/// Commands with an argument that is the name of a preset.
const OF_PRESETS: [(&str, &str); 2] = [("init", "preset"), ("presets", "name")];

/// Prints the script for a shell.
///
/// # Errors
/// None that could happen: it is written to memory.
pub fn run(args: &CompletionsArgs, _context: &Context<'_>) -> Result<Answer> {
    Ok(Answer::new(script(args.shell)?))
}

impl Shell {
    /// Its name to the completion engine.
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Elvish => "elvish",
            Self::Powershell => "powershell",
        }
    }
}

/// The script of a shell: the same wherever `tok` is installed, as it is called by its name alone.
///
/// # Errors
/// None that could happen: it is written to memory.
pub fn script(shell: Shell) -> io::Result<String> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(shell.name()) {
        completer.write_registration(VARIABLE, "tok", "tok", "tok", &mut script)?;
    }
    let mut script = String::from_utf8_lossy(&script).trim().to_owned() + "\n";
    if matches!(shell, Shell::Bash) {
        script = bash::mended(&script);
    }
    if matches!(shell, Shell::Zsh) {
        // As a file `_tok` in $fpath the script is loaded by the first TAB, and must answer that one too.
        script.push_str(
            "\nif [[ $funcstack[1] == _tok ]]; then\n    _clap_dynamic_completer_tok \"$@\"\nfi\n",
        );
    }
    Ok(script)
}

/// Answers a shell that is completing a command line; `None` where no shell is.
///
/// The stub calls `tok -- WORDS…` with its shell's name in a variable. Both must be there: a variable of that name
/// may stand in anybody's environment for another reason.
pub fn complete(args: &[OsString], environment: Environment<'_>) -> Option<Answer> {
    let shell = environment.text(VARIABLE)?;
    let shells = Shells::builtins();
    let completer = shells.completer(&shell)?;
    match args {
        [_program, dashes, words @ ..] if dashes == "--" && !words.is_empty() => Some(Answer::new(
            candidates(completer, words, environment).unwrap_or_default(),
        )),
        _ => None,
    }
}

fn candidates(
    completer: &dyn EnvCompleter,
    words: &[OsString],
    environment: Environment<'_>,
) -> io::Result<String> {
    let named = named_file(words, environment);
    let mut command = with_names(
        Cli::command(),
        profiles_path(named.as_ref(), environment).ok(),
    );
    command = with_programs(with_commands(command, words), words, environment);
    command.build();
    let mut text = Vec::new();
    // Paths are completed from where the shell is, and so are we.
    completer.write_complete(
        &mut command,
        words.to_vec(),
        Some(Path::new(".")),
        &mut text,
    )?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The file that `--config` names on the line that is being completed.
fn named_file(words: &[OsString], environment: Environment<'_>) -> Option<PathBuf> {
    let joined = words
        .iter()
        .find_map(|word| word.to_str()?.strip_prefix("--config=").map(PathBuf::from));
    let separate = words.windows(2).find_map(|pair| match pair {
        [flag, value] if flag == "--config" => Some(PathBuf::from(value)),
        _ => None,
    });
    let path = joined
        .or(separate)
        .filter(|path| !path.as_os_str().is_empty())?;
    // As it was typed: no shell has seen to the tilde yet.
    match path.strip_prefix("~") {
        Ok(below) => Some(os::home(environment)?.join(below)),
        Err(_) => Some(path),
    }
}

/// `tok man` with the names of the commands, and below a command those of its own.
fn with_commands(command: Command, words: &[OsString]) -> Command {
    let mut named = &command;
    let after = words.iter().skip_while(|word| *word != "man").skip(1);
    let before_last = after.clone().count().saturating_sub(1);
    for word in after.take(before_last) {
        match named.find_subcommand(word) {
            Some(sub) => named = sub,
            None => break,
        }
    }
    let about = |sub: &Command| sub.get_about().cloned();
    let commands: Vec<_> = named
        .get_subcommands()
        .map(|sub| (sub.get_name().to_owned(), about(sub)))
        .collect();
    let completer = ArgValueCompleter::new(move |current: &OsStr| {
        matching(
            current,
            commands
                .iter()
                .map(|(name, about)| CompletionCandidate::new(name).help(about.clone())),
        )
    });
    command.mut_subcommand("man", |sub| {
        sub.mut_arg("command", |arg| arg.add(completer))
    })
}

/// Programs after `tok exec … --`, and files behind them and after `tok curl … --`.
fn with_programs(command: Command, words: &[OsString], environment: Environment<'_>) -> Command {
    let is_behind = words.iter().rev().skip(1).any(|word| word == "--");
    let is_program = words.iter().rev().nth(1).is_some_and(|word| word == "--");
    let directories: Vec<PathBuf> = environment
        .get("PATH")
        .iter()
        .flat_map(std::env::split_paths)
        .filter(|path| path.is_absolute())
        .collect();
    let programs = ArgValueCompleter::new(move |current: &OsStr| {
        let files = PathCompleter::any().complete(current);
        if !is_program || current.to_string_lossy().contains('/') {
            return files;
        }
        let items = directories
            .iter()
            .filter_map(|directory| std::fs::read_dir(directory).ok())
            .flatten()
            .flatten();
        let fits = |name: &OsStr| {
            name.to_string_lossy()
                .starts_with(current.to_string_lossy().as_ref())
        };
        let found = items.filter(|item| fits(&item.file_name()) && os::is_executable(&item.path()));
        let names: BTreeSet<OsString> = found.map(|item| item.file_name()).collect();
        names.into_iter().map(CompletionCandidate::new).collect()
    });
    let files = ArgValueCompleter::new(|current: &OsStr| PathCompleter::any().complete(current));
    command
        .mut_subcommand("exec", |sub| {
            // The library takes what stands behind `--` for one more profile.
            if is_behind {
                sub.mut_arg("profiles", |arg| arg.add(programs))
            } else {
                sub
            }
        })
        .mut_subcommand("curl", |sub| sub.mut_arg("arguments", |arg| arg.add(files)))
}

/// The command line with arguments that know which names there are.
fn with_names(mut command: Command, file: Option<PathBuf>) -> Command {
    let profiles = ArgValueCompleter::new(move |current: &OsStr| {
        let names = file
            .as_deref()
            .and_then(|file| ProfilesFile::read(file).ok());
        let names = names.map(|file| file.names()).unwrap_or_default();
        matching(current, names.into_iter().map(CompletionCandidate::new))
    });
    let presets = ArgValueCompleter::new(|current: &OsStr| {
        let candidate = |preset: &crate::profile::preset::Preset| {
            CompletionCandidate::new(preset.name).help(Some(preset.summary().into()))
        };
        matching(current, PRESETS.iter().map(candidate))
    });
    let rows = OF_PROFILES
        .iter()
        .map(|row| (row, &profiles))
        .chain(OF_PRESETS.iter().map(|row| (row, &presets)));
    // Each protocol of `tok credential` can be told a profile.
    command = command.mut_subcommand("credential", |protocols| {
        let offer = |one: Command| one.mut_arg("profile", |arg: Arg| arg.add(profiles.clone()));
        protocols.mut_subcommands(offer)
    });
    for ((name, argument), completer) in rows {
        command = command.mut_subcommand(name, |sub| {
            sub.mut_arg(argument, |arg: Arg| arg.add(completer.clone()))
        });
    }
    command
}

fn matching(
    current: &OsStr,
    candidates: impl Iterator<Item = CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    candidates
        .filter(|one| {
            one.get_value()
                .to_string_lossy()
                .starts_with(current.as_ref())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let text = b"[profiles.moov]\n[profiles.moost]\n[profiles.other]\nbroken";
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
        let command = Cli::command();
        let found: Vec<_> = command
            .get_subcommands()
            .filter(|sub| sub.get_positionals().any(of_profiles))
            .map(Command::get_name)
            .collect();
        assert_eq!(found, OF_PROFILES.map(|(name, _)| name));
    }
}
