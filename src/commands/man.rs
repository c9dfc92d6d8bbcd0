//! `tok man`: the manual pages, from the same declarations as the help. They hold no date: the same version gives the
//! same page.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Context;
use crate::cli::{Cli, ManArgs};
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::render::report::Kind;
use crate::suggest::{nearest, one_of};
use crate::text::quote_name;

/// Prints a page, or writes all of them.
///
/// # Errors
/// The command is unknown, or a file cannot be written.
pub fn run(args: &ManArgs, _context: &Context<'_>) -> Result<Answer> {
    if let Some(directory) = &args.output_dir {
        return Ok(Answer::new(write_all(directory)?));
    }
    let path: Vec<&str> = args.command.iter().map(String::as_str).collect();
    Ok(Answer::new(page(&find(&path)?)?))
}

/// Writes every page and returns the paths, one a line.
fn write_all(directory: &Path) -> Result<String> {
    let failed = |path: &Path, error: &io::Error| CommandError::Io {
        action: format!("write `{}`", path.display()),
        reason: os::describe(error),
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    let mut written = String::new();
    for (name, text) in pages()? {
        let path = directory.join(name);
        write_page(&path, &text).map_err(|error| failed(&path, &error))?;
        written.extend([path.display().to_string().as_str(), "\n"]);
    }
    Ok(written)
}

/// Replaces a page; a link in its place is not followed. The umask decides who can read it.
fn write_page(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// Every page: its file name and its text.
///
/// # Errors
/// Writing to memory does not fail.
pub fn pages() -> io::Result<Vec<(String, String)>> {
    fn add(command: &Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
        let name = command.get_display_name().unwrap_or("tok");
        pages.push((format!("{name}.1"), page(command)?));
        command
            .get_subcommands()
            .try_for_each(|sub| add(sub, pages))
    }
    let mut pages = Vec::new();
    add(&whole(), &mut pages)?;
    Ok(pages)
}

fn whole() -> Command {
    let mut command = Cli::declaration();
    command.build();
    command
}

/// The command with these names, one below the other; without names the program itself.
///
/// # Errors
/// A name is unknown; the nearest one is suggested.
pub fn find(path: &[&str]) -> Result<Command, CommandError> {
    let mut command = whole();
    for name in path {
        let Some(sub) = command.find_subcommand(name).cloned() else {
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    format!("`{}` has no subcommands", command.get_name())
                }
                None => format!("the commands are {}", one_of(known)),
            };
            let message = format!("unknown command {}", quote_name(&path.join(" ")));
            return Err(CommandError::usage(message, hint));
        };
        command = sub;
    }
    Ok(command)
}

/// The page of a command, in roff.
///
/// # Errors
/// Writing to memory does not fail.
pub fn page(command: &Command) -> io::Result<String> {
    let is_program = command.get_display_name().is_none_or(|name| name == "tok");
    let title = command.get_display_name().unwrap_or("tok").to_uppercase();
    let man = Man::new(command.clone());
    let mut body = Vec::new();
    man.render_name_section(&mut body)?;
    man.render_synopsis_section(&mut body)?;
    man.render_description_section(&mut body)?;
    man.render_options_section(&mut body)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut body)?;
    }
    let mut roff = Roff::default();
    if is_program {
        section(&mut roff, "EXIT STATUS", &exit_status());
        for (heading, terms) in PROGRAM {
            section(&mut roff, heading, terms);
        }
    } else {
        if let Some(text) = command.get_after_long_help() {
            after_help(&mut roff, &text.to_string());
        }
        let reference = "tok(1), for exit status, environment and files.";
        section(&mut roff, "SEE ALSO", &[("", reference)]);
    }
    roff.to_writer(&mut body)?;
    // Each section repeats two lines of preparation, and the header leaves out the empty date, so that the version
    // would take its place.
    let preparation = [r".ie \n(.g .ds Aq \(aq", r".el .ds Aq '"];
    let head = format!(
        ".TH {title} 1 \"\" \"tok {}\" \"tok\"",
        env!("CARGO_PKG_VERSION")
    );
    let body = String::from_utf8_lossy(&body);
    let lines = body
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

/// The exit codes with their meanings; 0 first.
fn exit_status() -> Vec<(String, String)> {
    let success = ("0".to_owned(), "success".to_owned());
    let kinds = Kind::ALL.map(|kind| (kind.code().to_string(), kind.meaning().to_owned()));
    std::iter::once(success).chain(kinds).collect()
}

/// A section's heading, and its terms with what they mean. A term may be empty.
type Section<'a> = (&'a str, &'a [(&'a str, &'a str)]);

const PROGRAM: [Section<'_>; 4] = [
    (
        "ENVIRONMENT",
        &[
            ("TOK_CONFIG", "The profiles file; overridden by --config."),
            (
                "TOK_CACHE_DIR",
                "The cache directory; overridden by --cache-dir.",
            ),
            (
                "TOK_MIN_TTL, TOK_TIMEOUT, TOK_ERROR_FORMAT",
                "Defaults of --min-ttl, --timeout and --error-format.",
            ),
            ("NO_COLOR", "If set, output is not coloured."),
            ("COLUMNS", "The width of tables and of help, if positive."),
            (
                "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
                "Proxies, as for curl(1). Requests to loopback never use one.",
            ),
            (
                "SSL_CERT_FILE, SSL_CERT_DIR",
                "Root certificates to trust in place of the system's.",
            ),
            (
                "GITHUB_ACTIONS, TF_BUILD",
                "If true, tokens are masked in the log of GitHub Actions or Azure Pipelines.",
            ),
        ],
    ),
    (
        "FILES",
        &[
            (
                "$XDG_CONFIG_HOME/tok/profiles.toml, ~/.config/tok/profiles.toml",
                "The profiles. tok config path prints which file is used.",
            ),
            (
                "$XDG_CACHE_HOME/tok/, ~/.cache/tok/",
                "Cached tokens, one file each, readable by their owner only.",
            ),
        ],
    ),
    (
        "EXAMPLES",
        &[
            ("tok init --preset moov", "Write a first profile."),
            (
                "tok import curl sample.sh --write",
                "Add a profile made from the sample on a provider's page.",
            ),
            (
                "export ACCESS_TOKEN=$(tok get moov)",
                "Put a token into the environment.",
            ),
            (
                "tok curl moov -- https://api.moov.io/ping",
                "Call an API; the token does not appear in the list of processes.",
            ),
            (
                "tok expiry moov --min-ttl 10m || tok get -f moov",
                "Fetch a new token before the old one expires.",
            ),
        ],
    ),
    (
        "SEE ALSO",
        &[(
            "",
            "curl(1). Each command has its own page; tok man COMMAND prints it.",
        )],
    ),
];

/// Adds what follows the options in `--help`: paragraphs, and examples below a line that ends in a colon.
fn after_help(roff: &mut Roff, text: &str) {
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
}

fn section<T: AsRef<str>>(roff: &mut Roff, heading: &str, terms: &[(T, T)]) {
    roff.control("SH", [heading]);
    for (term, meaning) in terms {
        if !term.as_ref().is_empty() {
            roff.control("TP", []);
            roff.text([bold(term.as_ref())]);
        }
        roff.text([roman(meaning.as_ref())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_every_option() {
        fn check(command: &Command, pages: &[(String, String)]) {
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
                check(sub, pages);
            }
        }
        check(&whole(), &pages().unwrap());
    }

    #[test]
    fn a_link_in_the_place_of_a_page_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (page, victim) = (
            directory.path().join("tok.1"),
            directory.path().join("victim"),
        );
        write_page(&victim, "untouched").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&victim, &page).unwrap();
        write_all(directory.path()).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
        assert!(fs::symlink_metadata(&page).unwrap().is_file());
    }
}
