//! Usage errors: clap's message in the form of every other error, and what was probably meant.

use std::ffi::OsString;

use clap::ValueEnum as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Cli, Color, ErrorFormat};
use crate::render::report::{ErrorSummary, Kind};
use crate::suggest::nearest;
use crate::text::may_be_token;

/// What other programs call a command of ours.
const HABITS: [(&str, &str); 22] = [
    ("add", "init"),
    ("check", "config check"),
    ("clean", "forget --expired"),
    ("clear", "forget --all"),
    ("decode", "inspect"),
    ("delete", "forget"),
    ("edit", "config path"),
    ("fetch", "get"),
    ("jwt", "inspect"),
    ("logout", "forget"),
    ("ls", "list"),
    ("new", "init"),
    ("print", "get"),
    ("profiles", "list"),
    ("refresh", "get --fresh"),
    ("remove", "forget"),
    ("rm", "forget"),
    ("run", "exec"),
    ("show", "inspect"),
    ("status", "list"),
    ("token", "get"),
    ("validate", "config check"),
];

/// The error that is reported.
#[must_use]
pub fn summarize(error: &clap::Error, args: &[OsString]) -> ErrorSummary {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let hint = "`tok --help` lists the commands";
        return ErrorSummary::new(Kind::Usage, "the command is missing").hint(Some(hint));
    }
    let text = without_tokens(error.render().to_string(), args);
    let message = one_line(text.split("\n\n").next().unwrap_or_default());
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    ErrorSummary::new(Kind::Usage, message).hint(Some(hint(error, args)))
}

fn hint(error: &clap::Error, args: &[OsString]) -> String {
    let has = |word: &str| args.iter().skip(1).any(|arg| arg == word);
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let invalid = text(ContextKind::InvalidArg).unwrap_or_default();
    let is_unexpected = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument | ErrorKind::UnknownArgument
    );
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            let habit = HABITS.iter().find(|(habit, _)| *habit == name);
            let command = Cli::declaration();
            let known = command.get_subcommands().map(clap::Command::get_name);
            let meant = habit
                .map(|(_, meant)| *meant)
                .or_else(|| nearest(&name, known));
            return meant.map_or_else(
                || "`tok get PROFILE` prints a token; `tok --help` lists all commands".to_owned(),
                |meant| format!("did you mean `tok {meant}`?"),
            );
        }
        ErrorKind::UnknownArgument if ["-p", "--profile"].contains(&invalid.as_str()) => {
            return "name the profile without a flag, as in `tok get PROFILE`".to_owned();
        }
        _ if is_unexpected && has("exec") && !has("--") => {
            return "put `--` before the program: `tok exec PROFILE -- PROGRAM ARGS`".to_owned();
        }
        _ if is_unexpected && has("curl") && !has("import") && !has("--") => {
            return "put `--` before curl's own arguments: `tok curl PROFILE -- ARGS`".to_owned();
        }
        _ => {}
    }
    if let Some(near) = suggested.into_iter().find_map(text) {
        return format!("did you mean `{near}`?");
    }
    match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => {
            let usage = one_line(&usage.to_string());
            let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
            format!("usage: `{usage}`; `--help` explains it")
        }
        _ => "`--help` explains each option".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// clap repeats the arguments that it rejects. One that may be a token is not shown.
fn without_tokens(text: String, args: &[OsString]) -> String {
    let args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    let words = args.flat_map(|arg| {
        let (name, value) = arg.split_once('=').unwrap_or_default();
        [name.to_owned(), value.to_owned(), arg.into_owned()]
    });
    let mut long: Vec<String> = words.filter(|word| may_be_token(word)).collect();
    // An argument before its own part.
    long.sort_by_key(|word| std::cmp::Reverse(word.len()));
    long.iter()
        .fold(text, |text, word| text.replace(word.as_str(), "…"))
}

/// The value of `--error-format`, on a line that cannot be parsed.
#[must_use]
pub fn error_format(args: &[OsString]) -> Option<ErrorFormat> {
    ErrorFormat::from_str(last_value(args, "--error-format")?, false).ok()
}

/// The value of `--color`, on a line that cannot be parsed.
#[must_use]
pub fn colour(args: &[OsString]) -> Option<Color> {
    Color::from_str(last_value(args, "--color")?, false).ok()
}

/// The last value of a flag before `--`.
fn last_value<'a>(args: &'a [OsString], flag: &str) -> Option<&'a str> {
    let own = args.split(|arg| arg == "--").next().unwrap_or_default();
    let mut values = own.iter().enumerate().filter_map(|(index, arg)| {
        let rest = arg.to_str()?.strip_prefix(flag)?;
        if rest.is_empty() {
            own.get(index + 1)?.to_str()
        } else {
            rest.strip_prefix('=')
        }
    });
    values.next_back()
}
