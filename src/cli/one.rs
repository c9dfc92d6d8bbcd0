//! Reads the command line of one of the commands that scripts call, without declaring the others: declaring all of them
//! takes half of a hit with a flag (550,000 of 1,020,000 instructions, of which 350,000 are saved here).
//!
//! What is read here is what would be read with all of them. What is not (a mistake, `--help`, `--version`, a flag before
//! the command) is left to them: they know the words for it.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{Args, Command as Declared, FromArgMatches as _};

use super::{Cli, CurlArgs, EnvArgs, ExecArgs, ExpiryArgs, GetArgs, Global, InspectArgs, ListArgs};

/// Declares the arguments of a command.
type Declare = fn(Declared) -> Declared;

const COMMANDS: [(&str, Declare); 7] = [
    ("get", GetArgs::augment_args),
    ("env", EnvArgs::augment_args),
    ("exec", ExecArgs::augment_args),
    ("curl", CurlArgs::augment_args),
    ("expiry", ExpiryArgs::augment_args),
    ("inspect", InspectArgs::augment_args),
    ("list", ListArgs::augment_args),
];

/// The command line; `None` where only the whole declaration can tell.
pub(super) fn read(args: &[OsString]) -> Option<Cli> {
    let name = args.get(1)?;
    let (name, declare) = COMMANDS.iter().find(|(known, _)| name == known)?;
    // As the whole is declared, as far as it makes a difference to what is read.
    let whole = Declared::new("tok")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .disable_help_subcommand(true)
        .args_override_self(true);
    let command = Global::augment_args(whole).subcommand(declare(Declared::new(*name)));
    // Never dropped, as in `Cli::read`.
    let mut command = ManuallyDrop::new(command);
    let matches = ManuallyDrop::new(command.try_get_matches_from_mut(args).ok()?);
    Cli::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What both ways make of a line that both can read.
    fn both(words: &[&str]) -> (Option<String>, Option<String>) {
        let args: Vec<OsString> = words.iter().map(OsString::from).collect();
        let told = |cli: Cli| format!("{cli:?}");
        (read(&args).map(told), Cli::read_whole(&args).ok().map(told))
    }

    #[test]
    fn usual_lines_are_read_without_the_other_commands() {
        let lines = [
            "tok get a",
            "tok get a --format json --quiet -vv --scope x --scope=y --param a=b --min-ttl 5m",
            "tok get -fH a --color always --color never --cache-dir d",
            "tok env a b=C --shell fish --expires",
            "tok exec a --env-header X -- cmd --help -V --quiet",
            "tok curl a --config f -- -sS -H x",
            "tok expiry - --min-ttl 1h --format seconds",
            "tok inspect a --json",
            "tok list --json",
        ];
        for line in lines {
            let (one, whole) = both(&line.split(' ').collect::<Vec<_>>());
            assert!(one.is_some(), "{line}");
            assert_eq!(one, whole, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_left_to_the_whole_declaration() {
        for line in [
            "tok",
            "tok get",
            "tok -q get a",
            "tok get --help",
            "tok get a --wat",
            "tok get -V",
            "tok man",
        ] {
            assert_eq!(both(&line.split(' ').collect::<Vec<_>>()).0, None, "{line}");
        }
    }

    const WORDS: [&str; 58] = [
        "get",
        "env",
        "exec",
        "curl",
        "expiry",
        "inspect",
        "list",
        "forget",
        "help",
        "a",
        "b=C",
        "-",
        "--",
        "",
        "json",
        "raw",
        "auto",
        "5m",
        "x=y",
        "sh",
        "-f",
        "--fresh",
        "--cached",
        "--no-cache",
        "--min-ttl",
        "--min-ttl=1h",
        "--timeout",
        "--scope",
        "--scope=s",
        "--audience",
        "--param",
        "--param=k=v",
        "--rejected",
        "-H",
        "--header",
        "--format",
        "--format=json",
        "--token-type",
        "--output",
        "-o",
        "-ofile",
        "--shell",
        "--expires",
        "--github",
        "--dotenv",
        "--env-header",
        "--json",
        "--config",
        "--cache-dir=d",
        "-q",
        "-vq",
        "--verbose",
        "--color=never",
        "--error-format",
        "--help",
        "-h",
        "-V",
        "--version",
    ];

    proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_line_is_read_as_with_all_commands(
            command in prop::sample::select(&COMMANDS[..]), words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..7),
        ) {
            let (one, whole) = both(&[&["tok", command.0][..], &words[..]].concat());
            prop_assert!(one.is_none() || one == whole, "{one:?} {whole:?}");
        }
    }
}
