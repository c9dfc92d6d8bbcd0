//! The command line with arguments that know their candidates: names of profiles, presets and commands, programs, files.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::Command;
use clap::builder::StyledStr;
use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter as _};

use crate::cli::Cli;
use crate::config::{ProfilesFile, path as profiles_path};
use crate::host::Environment;
use crate::os;
use crate::profile::is_name;
use crate::profile::preset::PRESETS;

/// Commands with a positional argument that is a profile.
pub(super) const OF_PROFILES: [(&str, &str); 10] = [
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
/// Commands with an argument that is a preset.
const OF_PRESETS: [(&str, &str); 2] = [("init", "preset"), ("presets", "name")];

/// The command line, for the completion of these words.
pub(super) fn command(words: &[OsString], environment: Environment<'_>) -> Command {
    let flag = config_flag(words, environment);
    let file = profiles_path(flag.as_ref(), environment).ok();
    let mut command = with_profiles(Cli::declaration(), file);
    let presets = among(
        PRESETS
            .iter()
            .map(|preset| (preset.name.to_owned(), Some(preset.summary().into()))),
    );
    for (name, argument) in OF_PRESETS {
        command = with(command, name, argument, &presets);
    }
    command = with_programs(command, words, environment);
    let subcommands = subcommands(&command, words);
    with(command, "man", "command", &subcommands)
}

/// The command with a completer for one argument of a subcommand.
fn with(command: Command, name: &str, argument: &str, completer: &ArgValueCompleter) -> Command {
    command.mut_subcommand(name, |sub| {
        sub.mut_arg(argument, |arg| arg.add(completer.clone()))
    })
}

/// Offers those of the names, each with its help, that begin with what was typed.
fn among(candidates: impl IntoIterator<Item = (String, Option<StyledStr>)>) -> ArgValueCompleter {
    let candidates: Vec<_> = candidates.into_iter().collect();
    ArgValueCompleter::new(move |current: &OsStr| {
        let matching = candidates
            .iter()
            .filter(|(name, _)| starts_with(OsStr::new(name), current));
        matching
            .map(|(name, help)| CompletionCandidate::new(name).help(help.clone()))
            .collect()
    })
}

fn starts_with(text: &OsStr, start: &OsStr) -> bool {
    text.to_string_lossy()
        .starts_with(start.to_string_lossy().as_ref())
}

/// The file that `--config` names on the line that is being completed.
fn config_flag(words: &[OsString], environment: Environment<'_>) -> Option<PathBuf> {
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
    // The shell has not expanded the tilde yet.
    match path.strip_prefix("~") {
        Ok(below) => Some(os::home(environment)?.join(below)),
        Err(_) => Some(path),
    }
}

/// Offers the profiles of the file. A name that no profile may have could be code for the shell.
fn with_profiles(command: Command, file: Option<PathBuf>) -> Command {
    let names = file
        .and_then(|file| ProfilesFile::read(&file).ok())
        .map(|file| file.names())
        .unwrap_or_default();
    let names = names.into_iter().filter(|name| is_name(name));
    let profiles = among(names.map(|name| (name, None)));
    let command = command.mut_subcommand("credential", |protocols| {
        protocols.mut_subcommands(|one| one.mut_arg("profile", |arg| arg.add(profiles.clone())))
    });
    OF_PROFILES
        .iter()
        .fold(command, |command, (name, argument)| {
            with(command, name, argument, &profiles)
        })
}

/// Offers the subcommands of what is named after `tok man`.
fn subcommands(command: &Command, words: &[OsString]) -> ArgValueCompleter {
    let mut named = command;
    let after = words.iter().skip_while(|word| *word != "man").skip(1);
    for word in after {
        match named.find_subcommand(word) {
            Some(sub) => named = sub,
            None => break,
        }
    }
    among(
        named
            .get_subcommands()
            .map(|sub| (sub.get_name().to_owned(), sub.get_about().cloned())),
    )
}

/// Offers programs right after `tok exec … --`, and files after them and after `tok curl … --`.
fn with_programs(command: Command, words: &[OsString], environment: Environment<'_>) -> Command {
    let files = ArgValueCompleter::new(|current: &OsStr| PathCompleter::any().complete(current));
    let command = with(command, "curl", "arguments", &files);
    let before = words.split_last().map_or(words, |(_, before)| before);
    if !before.iter().any(|word| word == "--") {
        return command;
    }
    if before.last().is_none_or(|word| word != "--") {
        return with(command, "exec", "profiles", &files);
    }
    let path = environment.get("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .collect();
    let programs = ArgValueCompleter::new(move |current: &OsStr| {
        if current.to_string_lossy().contains('/') {
            return PathCompleter::any().complete(current);
        }
        let files = directories
            .iter()
            .filter_map(|directory| std::fs::read_dir(directory).ok())
            .flatten()
            .flatten()
            .filter(|file| starts_with(&file.file_name(), current));
        let names: BTreeSet<OsString> = files
            .filter(|file| os::is_executable(&file.path()))
            .map(|file| file.file_name())
            .collect();
        names.into_iter().map(CompletionCandidate::new).collect()
    });
    // clap's engine takes the word after `--` for another profile.
    with(command, "exec", "profiles", &programs)
}
