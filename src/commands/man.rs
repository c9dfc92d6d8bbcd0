//! `tok man`: the manual pages, made of the same declarations as the help. No date stands in them: the same
//! version gives the same page.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Context;
use crate::cli::{Cli, ManArgs};
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::suggest::{nearest, one_of};

/// Prints a page, or writes them all.
///
/// # Errors
/// There is no such command, or a file cannot be written.
pub fn run(args: &ManArgs, _context: &Context<'_>) -> Result<Answer> {
    if let Some(directory) = &args.output_dir {
        return Ok(Answer::new(write_all(directory)?));
    }
    let words: Vec<&str> = args.command.iter().map(String::as_str).collect();
    let text = page(&words)?.ok_or_else(|| unknown(&words))?;
    Ok(Answer::new(text))
}

/// Writes every page; where each is.
fn write_all(directory: &Path) -> Result<String> {
    let failed = |path: &Path, error: &io::Error| CommandError::Io {
        action: format!("write `{}`", path.display()),
        reason: os::describe(error),
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    let mut written = String::new();
    for (name, text) in pages()? {
        let path = directory.join(name);
        // For everybody to read, as far as the umask lets them.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| failed(&path, &error))?;
        written.extend([path.display().to_string().as_str(), "\n"]);
    }
    Ok(written)
}

fn unknown(words: &[&str]) -> CommandError {
    let mut command = Cli::command();
    for word in words {
        let Some(sub) = command.find_subcommand(word).cloned() else {
            break;
        };
        command = sub;
    }
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let last = words
        .iter()
        .find(|word| Cli::command().find_subcommand(word).is_none() && !names.contains(word));
    let near = nearest(last.unwrap_or(&""), names.iter().copied());
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("`{}` has no commands of its own", command.get_name()),
        None => format!("the commands are {}", one_of(names.iter().copied())),
    };
    CommandError::usage(
        format!(
            "there is no command {}",
            crate::text::quote_name(&words.join(" "))
        ),
        hint,
    )
}

/// Every page: the name of its file, and its text.
///
/// # Errors
/// None that could happen: it is written to memory.
pub fn pages() -> io::Result<Vec<(String, String)>> {
    fn acquisition(command: &Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
        let name = command.get_display_name().unwrap_or("tok");
        pages.push((format!("{name}.1"), of_command(command.clone())?));
        command
            .get_subcommands()
            .try_for_each(|sub| acquisition(sub, pages))
    }
    let mut whole = Cli::command();
    whole.build();
    let mut pages = Vec::new();
    acquisition(&whole, &mut pages)?;
    Ok(pages)
}

/// The page of a command in roff; no words name the program itself. The answer is `None` for a command that there is
/// not.
///
/// # Errors
/// None that could happen: it is written to memory.
pub fn page(words: &[&str]) -> io::Result<Option<String>> {
    let mut command = Cli::command();
    command.build();
    for word in words {
        let Some(sub) = command.find_subcommand(word).cloned() else {
            return Ok(None);
        };
        command = sub;
    }
    of_command(command).map(Some)
}

fn of_command(command: Command) -> io::Result<String> {
    let is_program = command.get_display_name().is_none_or(|name| name == "tok");
    let has_commands = command.has_subcommands();
    let title = command.get_display_name().unwrap_or("tok").to_uppercase();
    let notes = command
        .get_after_long_help()
        .filter(|_| !is_program)
        .map(ToString::to_string);
    let man = Man::new(command);
    let mut rest = Vec::new();
    man.render_name_section(&mut rest)?;
    man.render_synopsis_section(&mut rest)?;
    man.render_description_section(&mut rest)?;
    man.render_options_section(&mut rest)?;
    if has_commands {
        man.render_subcommands_section(&mut rest)?;
    }
    after_help(&notes.unwrap_or_default()).to_writer(&mut rest)?;
    sections(if is_program { &PROGRAM } else { &COMMAND }).to_writer(&mut rest)?;
    // Each part comes with the same two lines of preparation: once is enough. And where the date would stand the
    // library leaves nothing, so that the next word takes its place.
    let preparation = [r".ie \n(.g .ds Aq \(aq", r".el .ds Aq '"];
    let head = format!(
        ".TH {title} 1 \"\" \"tok {}\" \"tok\"",
        env!("CARGO_PKG_VERSION")
    );
    let rest = String::from_utf8_lossy(&rest);
    let lines = rest
        .lines()
        .filter(|line| !preparation.contains(line))
        .map(str::trim_end);
    let page: Vec<&str> = preparation
        .into_iter()
        .chain([head.as_str()])
        .chain(lines)
        .collect();
    Ok(page.join("\n") + "\n")
}

/// A section's heading, and its terms with what they mean. A term may be empty.
type Section<'a> = (&'a str, &'a [(&'a str, &'a str)]);

const PROGRAM: [Section<'_>; 5] = [
    (
        "EXIT STATUS",
        &[
            ("0", "The promise was kept."),
            ("1", "Something unexpected."),
            ("2", "The command line is wrong."),
            (
                "3",
                "The profiles file is wrong, or there is no such profile.",
            ),
            ("4", "A secret cannot be had."),
            (
                "5",
                "The authorization server rejected the credentials or the request.",
            ),
            ("6", "Too many requests."),
            ("7", "The network, TLS, or a time-out."),
            ("8", "The server failed, or its reply cannot be understood."),
            (
                "10",
                "The token is expired, or has less left than --min-ttl.",
            ),
            ("11", "Nothing is cached."),
            ("13", "Another tok holds the lock of this token."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "TOK_CONFIG",
                "The profiles file, unless --config names one.",
            ),
            (
                "TOK_CACHE_DIR",
                "Where tokens are cached, unless --cache-dir names a directory.",
            ),
            ("TOK_MIN_TTL", "As --min-ttl."),
            ("TOK_TIMEOUT", "As --timeout of tok get."),
            ("TOK_ERROR_FORMAT", "As --error-format."),
            ("NO_COLOR", "No colour, whatever the terminal can do."),
            (
                "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
                "Proxies, as curl reads them. Loopback never goes by one.",
            ),
            (
                "SSL_CERT_FILE, SSL_CERT_DIR",
                "Certificate authorities in place of the system's.",
            ),
        ],
    ),
    (
        "FILES",
        &[
            (
                "$XDG_CONFIG_HOME/tok/profiles.toml, ~/.config/tok/profiles.toml",
                "The profiles. tok config path says which it is.",
            ),
            (
                "$XDG_CACHE_HOME/tok/, ~/.cache/tok/",
                "Cached tokens: one file each, for their owner alone.",
            ),
        ],
    ),
    (
        "EXAMPLES",
        &[
            ("tok init --preset moov", "Write a first profile."),
            (
                "tok import curl sample.sh --write",
                "Make one of the sample on a provider's page.",
            ),
            (
                "export ACCESS_TOKEN=$(tok get moov)",
                "Put a token into the environment.",
            ),
            (
                "curl -K <(tok get --format curl moov) https://api.moov.io/ping",
                "Send one along, without showing it to whoever lists the processes.",
            ),
            (
                "tok expiry moov --min-ttl 10m || tok get -f moov",
                "Ask for a new one while the old one is still good.",
            ),
        ],
    ),
    (
        "SEE ALSO",
        &[(
            "",
            "curl(1). Each command has a page of its own; tok man COMMAND prints it.",
        )],
    ),
];

const COMMAND: [Section<'_>; 1] = [(
    "SEE ALSO",
    &[("", "tok(1), for exit status, environment and files.")],
)];

/// What stands below the options of `--help`: paragraphs, and examples below a line with a colon.
fn after_help(text: &str) -> Roff {
    let mut roff = Roff::default();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        if let Some((heading, lines)) = paragraph.split_once(":\n") {
            roff.control("SH", [heading.to_uppercase().as_str()]);
            for line in lines.lines() {
                roff.control("PP", []);
                roff.text([bold(line.trim())]);
            }
        } else {
            roff.control("SH", ["NOTES"]);
            roff.text([roman(paragraph)]);
        }
    }
    roff
}

fn sections(sections: &[Section<'_>]) -> Roff {
    let mut roff = Roff::default();
    for (heading, terms) in sections {
        roff.control("SH", [*heading]);
        for (term, meaning) in *terms {
            if !term.is_empty() {
                roff.control("TP", []);
                roff.text([bold(*term)]);
            }
            roff.text([roman(*meaning)]);
        }
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_every_option() {
        fn acquisition(command: &Command, pages: &[(String, String)]) {
            let file = format!("{}.1", command.get_display_name().unwrap_or("tok"));
            let (_, page) = pages.iter().find(|(name, _)| *name == file).unwrap();
            for long in command
                .get_arguments()
                .filter(|arg| !arg.is_hide_set())
                .filter_map(clap::Arg::get_long)
            {
                let escaped = long.replace('-', "\\-");
                assert!(
                    page.contains(&format!("\\-\\-{escaped}")),
                    "{file} --{long}"
                );
            }
            for sub in command.get_subcommands() {
                let named = format!("tok\\-{}", sub.get_name());
                let path = file.trim_end_matches(".1").replace('-', "\\-");
                let named = if path == "tok" {
                    named
                } else {
                    format!("{path}\\-{}", sub.get_name())
                };
                assert!(page.contains(&format!("{named}(1)")), "{file}: {named}");
                acquisition(sub, pages);
            }
        }
        let mut whole = Cli::command();
        whole.build();
        let pages = pages().unwrap();
        acquisition(&whole, &pages);
        assert!(page(&["fetch"]).unwrap().is_none());
        assert_eq!(
            page(&["config", "check"]).unwrap().as_ref(),
            pages
                .iter()
                .find(|(name, _)| name == "tok-config-check.1")
                .map(|(_, text)| text)
        );
    }

    /// The page lists every exit code that there is.
    #[test]
    fn exit_codes() {
        let text = page(&[]).unwrap().unwrap();
        for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13] {
            assert!(text.contains(&format!("\\fB{code}\\fR\n")), "{code}");
        }
    }
}
