//! What is said where the command line cannot be parsed: clap's words, in the form of all other errors.

use std::ffi::OsString;

use clap::ValueEnum as _;
use clap::error::ErrorKind;

use super::{Color, ErrorFormat};
use crate::render::report::{ErrorSummary, Kind};
use crate::text::may_be_token;

/// The last resort.
const MORE: &str = "`--help` says more";

/// The words for a person: clap's own, but for the last line, which is a hint as everywhere.
#[must_use]
pub fn words(error: &clap::Error, args: &[OsString], colour: bool) -> String {
    let rendered = error.render();
    let text = if colour {
        rendered.ansi().to_string()
    } else {
        rendered.to_string()
    };
    let text = without_tokens(text, args);
    match text.rsplit_once("\n\nFor more information") {
        Some((said, _)) => format!("{said}\n\nhint: {}\n", remedy(error, args).unwrap_or(MORE)),
        None => text,
    }
}

/// The same as one report: what is wrong, and the tips.
#[must_use]
pub fn report(error: &clap::Error, args: &[OsString]) -> ErrorSummary {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let hint = Some("`tok --help` lists the commands".to_owned());
        return ErrorSummary {
            hint,
            ..ErrorSummary::new(Kind::Usage, "there is no command")
        };
    }
    let text = without_tokens(error.render().to_string(), args);
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.split("\n\n").map(one_line);
    let said = paragraphs.next().unwrap_or_default();
    let tips: Vec<String> = paragraphs
        .filter_map(|tip| Some(tip.strip_prefix("tip: ")?.to_owned()))
        .collect();
    let hint = match remedy(error, args) {
        Some(remedy) => remedy.to_owned(),
        None if tips.is_empty() => MORE.to_owned(),
        None => tips.join("; "),
    };
    ErrorSummary {
        hint: Some(hint),
        ..ErrorSummary::new(Kind::Usage, said.strip_prefix("error: ").unwrap_or(&said))
    }
}

/// What is most likely meant, where clap's own tips would lead astray: the two dashes are forgotten, or the command is.
fn remedy(error: &clap::Error, args: &[OsString]) -> Option<&'static str> {
    let is_there = |word: &str| args.iter().skip(1).any(|arg| arg == word);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            Some("`tok get PROFILE` prints a token; `tok --help` lists all commands")
        }
        ErrorKind::MissingRequiredArgument | ErrorKind::UnknownArgument if is_there("--") => None,
        ErrorKind::MissingRequiredArgument | ErrorKind::UnknownArgument if is_there("exec") => {
            Some("put `--` before the program: `tok exec PROFILE -- PROGRAM ARGS`")
        }
        ErrorKind::MissingRequiredArgument | ErrorKind::UnknownArgument if is_there("curl") => {
            Some("put `--` before curl's own arguments: `tok curl PROFILE -- ARGS`")
        }
        _ => None,
    }
}

/// clap repeats the words that it could not take: not those which may be a token.
fn without_tokens(text: String, args: &[OsString]) -> String {
    let args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    let words = args.flat_map(|arg| {
        let (name, value) = arg.split_once('=').unwrap_or_default();
        [name.to_owned(), value.to_owned(), arg.into_owned()]
    });
    let mut long: Vec<String> = words.filter(|word| may_be_token(word)).collect();
    // A word before its own part.
    long.sort_by_key(|word| std::cmp::Reverse(word.len()));
    long.iter()
        .fold(text, |text, word| text.replace(word.as_str(), "…"))
}

/// The format of errors that the arguments ask for, as far as they can be read.
#[must_use]
pub fn error_format(args: &[OsString]) -> Option<ErrorFormat> {
    ErrorFormat::from_str(last_value(args, "--error-format")?, false).ok()
}

/// When the arguments want colour, likewise.
#[must_use]
pub fn colour(args: &[OsString]) -> Option<Color> {
    Color::from_str(last_value(args, "--color")?, false).ok()
}

/// The last one counts, and what is behind `--` is somebody else's.
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
