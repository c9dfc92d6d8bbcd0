//! The command line. Its doc comments are the help, the manual pages and the completions.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comments are shown in a terminal, where backticks are noise"
)]

mod credential;
mod setup;
mod tokens;
pub mod usage;
mod views;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{
    ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};

pub use credential::{
    CargoArgs, CredentialCommand, GoauthArgs, GoogleArgs, HELPERS, HelperArgs, KeyringArgs,
    KeyringMode, NamedArgs, TerraformArgs, as_helper,
};
pub use setup::{
    CompletionsArgs, ConfigCommand, ImportCommand, ImportCurlArgs, InitArgs, ManArgs, PresetsArgs,
    Shell,
};
pub use tokens::{
    CurlArgs, EnvArgs, ExecArgs, FetchArgs, GetArgs, IdentityArgs, TokenArgs, WatchArgs,
};
pub use views::{
    DoctorArgs, ExpiryArgs, ExpiryFormat, ExplainArgs, ForgetArgs, InspectArgs, ListArgs,
};

use crate::profile::is_name;
use crate::render::report::Kind;
use crate::time::{NotADuration, parse_duration};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Help is not wider than this.
const MAX_WIDTH: usize = 100;

/// Get and cache API access tokens.
#[derive(Debug, Parser)]
#[command(
    name = "tok",
    version,
    styles = STYLES,
    propagate_version = true,
    disable_help_subcommand = true,
    args_override_self = true,
    subcommand_required = true,
    arg_required_else_help = true,
    long_about = "Get and cache API access tokens.\n\n\
        A profile in a TOML file describes how a provider issues tokens. `tok get PROFILE` prints a token: the cached one \
        while it is good, else a new one. Standard output carries the token and nothing else:\n\n    \
        export ACCESS_TOKEN=$(tok get moost)",
    after_long_help = after_help()
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Parses the command line. `width`: of the help, in characters.
    ///
    /// # Errors
    /// It is invalid, or asks for help or the version.
    pub fn read(args: &[OsString], width: usize) -> Result<Self, clap::Error> {
        // What scripts call most, without clap, which takes half of a hit's instructions.
        if let [_program, get, profile] = args
            && get == "get"
            && let Some(profile) = profile.to_str().filter(|name| is_name(name))
        {
            return Ok(Self::get(profile));
        }
        let mut command = Self::command().term_width(width.min(MAX_WIDTH));
        let matches = match args {
            // clap's own `help` declares every command twice.
            [program, help, path @ ..] if help == "help" => {
                let flag = OsString::from("--help");
                command.try_get_matches_from_mut([program].into_iter().chain(path).chain([&flag]))
            }
            _ => command.try_get_matches_from_mut(args),
        };
        Self::from_arg_matches(&matches?).map_err(|error| error.format(&mut command))
    }

    /// `tok get PROFILE`.
    fn get(profile: &str) -> Self {
        let args = GetArgs {
            profile: profile.to_owned(),
            ..GetArgs::default()
        };
        Self {
            global: Global::default(),
            command: Command::Get(args),
        }
    }

    /// The whole declaration. Parsing declares no more than the command that is used.
    #[must_use]
    pub fn declaration() -> clap::Command {
        let mut command = Self::command();
        command.build();
        command
    }
}

/// Exit codes and environment variables.
fn after_help() -> String {
    let codes = Kind::ALL.map(|kind| format!("  {:>3}  {}", kind.code(), kind.meaning()));
    format!(
        "Exit codes:\n    0  success\n{}\n\n\
        Environment: TOK_CONFIG, TOK_CACHE_DIR, TOK_MIN_TTL, TOK_TIMEOUT, TOK_ERROR_FORMAT, NO_COLOR, COLUMNS, \
        HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR, GITHUB_ACTIONS, TF_BUILD",
        codes.join("\n")
    )
}

// Options of every command.
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use this profiles file [env: TOK_CONFIG] [default: profiles.toml in the configuration directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use this cache directory [env: TOK_CACHE_DIR] [default: tok in the user's cache directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Suppress warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Explain what tok does, without secrets
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Colour output: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: Color,
    /// Report errors as text or json [env: TOK_ERROR_FORMAT]
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub error_format: Option<ErrorFormat>,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// How errors and warnings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorFormat {
    Text,
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Print an access token, cached or fresh
    Get(GetArgs),
    /// Print shell code that exports a token, and fails if there is none
    Env(EnvArgs),
    /// Run a program with a token in its environment
    Exec(ExecArgs),
    /// Run curl with the API's header, the token not among its arguments
    Curl(CurlArgs),
    /// Keep a token fresh in a file
    Watch(WatchArgs),
    /// Answer git, docker, cargo and others as their credential helper
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Show when the cached token expires
    Expiry(ExpiryArgs),
    /// Show a token's claims, times, scope and cache entry
    Inspect(InspectArgs),
    /// List the profiles and the state of their tokens
    List(ListArgs),
    /// Delete cached tokens
    Forget(ForgetArgs),
    /// Show the request that would be sent, and where each value comes from
    Explain(ExplainArgs),
    /// Check profiles, secrets, permissions, cache, clock and proxy
    Doctor(DoctorArgs),
    /// Write a first profiles file, or add a profile to it
    Init(InitArgs),
    /// Make a profile from a provider's sample
    #[command(subcommand)]
    Import(ImportCommand),
    /// List the built-in providers, or print one as TOML to paste
    Presets(PresetsArgs),
    /// Find, check and describe the profiles file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print a manual page
    Man(ManArgs),
}

fn duration(text: &str) -> Result<Duration, NotADuration> {
    parse_duration(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_get_is_what_clap_makes_of_it() {
        for word in [
            "api", "0", "help", "a.b_c-d", "-", "-f", "--help", "--", "", "ä",
        ] {
            let args = ["tok", "get", word].map(OsString::from);
            let kind = |error: clap::Error| error.kind();
            let read = Cli::read(&args, 80).map_err(kind);
            let by_clap = Cli::try_parse_from(&args).map_err(kind);
            assert_eq!(format!("{read:?}"), format!("{by_clap:?}"), "{word}");
        }
    }
}
