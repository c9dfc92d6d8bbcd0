//! What can be typed. Declarations only: the doc comments are the help, the man page and the completions.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comments are shown in a terminal, where backticks are noise"
)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::time::{NotADuration, parse_duration};

mod credential;
pub mod mistake;
mod tokens;

pub use credential::{
    CargoArgs, CredentialCommand, GoauthArgs, GoogleArgs, HELPERS, HelperArgs, KeyringArgs,
    KeyringMode, NamedArgs, TerraformArgs, as_helper,
};
pub use tokens::{
    AskArgs, CurlArgs, EnvArgs, ExecArgs, FormArgs, GetArgs, IdentityArgs, WatchArgs,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Get and cache API access tokens.
#[derive(Debug, Parser)]
#[command(name = "tok", version, styles = STYLES, propagate_version = true, disable_help_subcommand = true, args_override_self = true,
    subcommand_required = true, arg_required_else_help = true, max_term_width = 100,
    long_about = "Get and cache API access tokens.\n\n\
        A profile in a TOML file says how a provider wants to be asked; `tok get PROFILE` prints a token, from the \
        cache while it is good, from the provider when it is not. Standard output carries the token and nothing else:\n\n    \
        export ACCESS_TOKEN=$(tok get moost)",
    after_long_help = "Exit codes: 0 done · 1 unexpected · 2 usage · 3 profiles file · 4 secret · 5 rejected · 6 rate limited · \
        7 network · 8 server · 10 expired · 11 nothing cached · 13 locked · \
        126 and 127 `tok exec`: cannot be run, not found\n\n\
        Environment: TOK_CONFIG, TOK_CACHE_DIR, TOK_MIN_TTL, TOK_TIMEOUT, TOK_ERROR_FORMAT, NO_COLOR, \
        HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR, GITHUB_ACTIONS, TF_BUILD")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// It cannot be understood, or asks for help or the version.
    pub fn read(args: &[OsString]) -> Result<Self, clap::Error> {
        match args {
            // Not by clap's own command, which declares every other one twice.
            [program, help, command @ ..] if help == "help" => {
                let flag = OsString::from("--help");
                Self::try_parse_from([program].into_iter().chain(command).chain([&flag]))
            }
            _ => Self::try_parse_from(args),
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

// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The profiles file [or TOK_CONFIG; else profiles.toml in the configuration directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where tokens are cached [or TOK_CACHE_DIR; else the platform's cache directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// No warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say what is done; never a secret
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: Color,
    /// How errors are written: text or json [or TOK_ERROR_FORMAT]
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub error_format: Option<ErrorFormat>,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
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
    /// Print shell code that exports a token, and that fails where there is none
    Env(EnvArgs),
    /// Run a program with a token in its environment
    Exec(ExecArgs),
    /// Run curl with the Authorization header; the token is in no argument
    Curl(CurlArgs),
    /// Keep a token fresh in a file, for programs that read it again and again
    Watch(WatchArgs),
    /// Give tokens to git, docker, cargo and others, as the credential helper that each of them wants
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// When the cached token expires, with an exit code for scripts
    Expiry(ExpiryArgs),
    /// What is known of a token: claims, times, scope, cache entry
    Inspect(InspectArgs),
    /// Every profile and the state of its token
    List(ListArgs),
    /// Drop cached tokens
    Forget(ForgetArgs),
    /// Show the request that would be sent, and where each value comes from; sends nothing
    Explain(ExplainArgs),
    /// Check profiles, permissions, cache and clock, and say what to do about what is wrong
    Doctor(DoctorArgs),
    /// Write a first profiles file, or add a profile to it; at a terminal it asks what it needs
    Init(InitArgs),
    /// Make a profile of the sample on a provider's page
    #[command(subcommand)]
    Import(ImportCommand),
    /// List the built-in providers, or print one as TOML to paste
    Presets(PresetsArgs),
    /// The profiles file: where it is, whether it is valid, its JSON Schema
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

/// A duration on the command line.
fn duration(text: &str) -> Result<Duration, NotADuration> {
    parse_duration(text)
}

#[derive(Debug, Args)]
pub struct ExpiryArgs {
    /// The profile, or `-` for a JWT on standard input
    #[arg(value_name = "PROFILE|-")]
    pub profile: String,
    /// Exit with 10 unless the token is good for at least this long [or TOK_MIN_TTL; else 0s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub min_ttl: Option<Duration>,
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ExpiryFormat,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

/// What `tok expiry` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExpiryFormat {
    /// `2026-11-23T10:00:00Z (in 23h 59m)`
    Human,
    /// Seconds from now, negative if past
    Seconds,
    /// Unix seconds
    Epoch,
    /// `2026-11-23T10:00:00Z`
    Rfc3339,
    Json,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A profile, a token, or `-` for a token on standard input
    #[arg(value_name = "PROFILE|-|TOKEN")]
    pub target: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(false))]
pub struct ForgetArgs {
    /// Profiles whose tokens to drop
    #[arg(group = "which")]
    pub profiles: Vec<String>,
    /// Drop every token
    #[arg(long, group = "which")]
    pub all: bool,
    /// Drop every token that is expired, or cannot be read
    #[arg(long, group = "which")]
    pub expired: bool,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The profile
    pub profile: String,
    /// Print an equivalent curl command, secrets as shell variables
    #[arg(long, conflicts_with = "json")]
    pub curl: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The profile to examine; none: all of them
    pub profile: Option<String>,
    /// Connect to the token endpoint too, without credentials
    #[arg(long)]
    pub network: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The built-in provider to start from, without further questions; `tok presets` lists them
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// What to call the profile [otherwise after the preset]
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where there is a profiles file already, add to it; all that stands in it stays
    #[arg(long)]
    pub append: bool,
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Print the profile that sends what a curl command sends; secrets in it are replaced by variables
    ///
    /// A request written as HTTP is read too: `POST https://api.example.com/token`, headers, a blank line, the body. Of
    /// a text that has several requests the first is taken.
    Curl(ImportCurlArgs),
}

#[derive(Debug, Args)]
pub struct ImportCurlArgs {
    /// The file with the sample; none, or `-`: standard input
    pub file: Option<PathBuf>,
    /// What to call the profile [otherwise after the preset, or the host]
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Add it to the profiles file in place of printing it; where there is no file, make one
    #[arg(short, long)]
    pub write: bool,
}

#[derive(Debug, Args)]
pub struct PresetsArgs {
    /// The preset to print
    pub name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print where the profiles file is
    Path,
    /// Check the whole profiles file
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of profiles files
    Schema,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// A shell that completions exist for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command whose page to print; none: that of `tok` itself
    #[arg(conflicts_with = "output_dir")]
    pub command: Vec<String>,
    /// Write every page into this directory: tok.1, tok-get.1 and so on
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
}
