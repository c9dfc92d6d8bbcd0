//! `tok man`: the manual pages, made of the same declarations as the help. No date stands in them: the same
//! version gives the same page.

use anyhow::Result;
use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Context;
use crate::cli::{Cli, ManArgs};
use crate::failure::Failure;
use crate::output::Answer;
use crate::suggest::{nearest, one_of};

/// Prints a page.
///
/// # Errors
/// There is no such command.
pub fn run(args: &ManArgs, _context: &Context<'_>) -> Result<Answer> {
    let name = args.command.as_deref();
    let text = page(name)?.ok_or_else(|| unknown(name.unwrap_or_default()))?;
    Ok(Answer::new(text))
}

fn unknown(name: &str) -> Failure {
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the commands are {}", one_of(names.iter().copied())),
    };
    Failure::usage(format!("there is no command `{}`", crate::server_text::presentable(name)), hint)
}

/// The page of a command in roff; `None` names the program itself. The answer is `None` for a command that there
/// is not.
///
/// # Errors
/// None that could happen: it is written to memory.
pub fn page(name: Option<&str>) -> std::io::Result<Option<String>> {
    let mut whole = Cli::command();
    whole.build();
    let command = match name {
        None => Some(whole),
        Some(name) => whole.find_subcommand(name).cloned(),
    };
    let Some(command) = command else { return Ok(None) };
    let title = command.get_display_name().unwrap_or("tok").to_uppercase();
    let man = Man::new(command);
    let mut rest = Vec::new();
    man.render_name_section(&mut rest)?;
    man.render_synopsis_section(&mut rest)?;
    man.render_description_section(&mut rest)?;
    man.render_options_section(&mut rest)?;
    if name.is_none() {
        man.render_subcommands_section(&mut rest)?;
        sections(&PROGRAM).to_writer(&mut rest)?;
    } else {
        sections(&COMMAND).to_writer(&mut rest)?;
    }
    // Each part comes with the same two lines of preparation: once is enough. And where the date would stand the
    // library leaves nothing, so that the next word takes its place.
    let preparation = [r".ie \n(.g .ds Aq \(aq", r".el .ds Aq '"];
    let head = format!(".TH {title} 1 \"\" \"tok {}\" \"tok\"", env!("CARGO_PKG_VERSION"));
    let rest = String::from_utf8_lossy(&rest);
    let lines = rest.lines().filter(|line| !preparation.contains(line)).map(str::trim_end);
    let page: Vec<&str> = preparation.into_iter().chain([head.as_str()]).chain(lines).collect();
    Ok(Some(page.join("\n") + "\n"))
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
            ("3", "The profiles file is wrong, or there is no such profile."),
            ("4", "A secret cannot be had."),
            ("5", "The authorization server rejected the credentials or the request."),
            ("6", "Too many requests."),
            ("7", "The network, TLS, or a time-out."),
            ("8", "The server failed, or its reply cannot be understood."),
            ("10", "The token is expired, or has less left than --min-ttl."),
            ("11", "Nothing is cached."),
            ("13", "Another tok holds the lock of this token."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            ("TOK_CONFIG", "The profiles file, unless --config names one."),
            ("TOK_CACHE_DIR", "Where tokens are cached, unless --cache-dir names a directory."),
            ("TOK_MIN_TTL", "As --min-ttl."),
            ("TOK_TIMEOUT", "As --timeout of tok get."),
            ("TOK_ERROR_FORMAT", "As --error-format."),
            ("NO_COLOR", "No colour, whatever the terminal can do."),
            (
                "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
                "Proxies, as curl reads them. Loopback never goes by one.",
            ),
            ("SSL_CERT_FILE, SSL_CERT_DIR", "Certificate authorities in place of the system's."),
        ],
    ),
    (
        "FILES",
        &[
            (
                "$XDG_CONFIG_HOME/tok/profiles.toml, ~/.config/tok/profiles.toml",
                "The profiles. tok config path says which it is.",
            ),
            ("$XDG_CACHE_HOME/tok/, ~/.cache/tok/", "Cached tokens: one file each, for their owner alone."),
        ],
    ),
    (
        "EXAMPLES",
        &[
            ("tok init --preset moov", "Write a first profile."),
            ("tok import curl sample.sh --write", "Make one of the sample on a provider's page."),
            ("export ACCESS_TOKEN=$(tok get moov)", "Put a token into the environment."),
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
    ("SEE ALSO", &[("", "curl(1). The manual page of a command is printed by: tok man COMMAND")]),
];

const COMMAND: [Section<'_>; 1] = [("SEE ALSO", &[("", "tok(1), for exit status, environment and files.")])];

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
        let mut whole = Cli::command();
        whole.build();
        for command in whole.get_subcommands() {
            let page = page(Some(command.get_name())).unwrap().unwrap();
            for long in command.get_arguments().filter_map(clap::Arg::get_long) {
                let escaped = long.replace('-', "\\-");
                assert!(page.contains(&format!("\\-\\-{escaped}")), "{} --{long}", command.get_name());
            }
        }
        assert!(page(Some("fetch")).unwrap().is_none());
    }

    /// The page lists every exit code that there is.
    #[test]
    fn exit_codes() {
        let text = page(None).unwrap().unwrap();
        for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13] {
            assert!(text.contains(&format!("\\fB{code}\\fR\n")), "{code}");
        }
    }
}
