//! The commands that get a token, and the options that they share.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::duration;
use crate::render::format::{OutputFormat, TokenType};
use crate::render::shell::Shell;

// The groups of arguments that commands share have no doc comments, which would replace the help of the command.

// Overrides of the profile. They make it another token, cached by itself.
#[derive(Debug, Args, Default)]
pub struct IdentityArgs {
    /// Request this scope instead of the profile's; may be repeated, and hold several separated by spaces
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Request this audience instead of the profile's
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Option<String>,
    /// Send this request parameter, replacing the profile's of that name; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub param: Vec<(String, String)>,
}

fn parameter(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE"),
    }
}

// Whether the cache is used, and how long a token may take and must last.
#[derive(Debug, Args, Default)]
pub struct FetchArgs {
    /// Fetch a new token even if the cached one is good
    #[arg(short, long, conflicts_with_all = ["cached"])]
    pub fresh: bool,
    /// Use only the cache; never contact the server
    #[arg(long, conflicts_with_all = ["no_cache"])]
    pub cached: bool,
    /// Neither read nor write the cache
    #[arg(long)]
    pub no_cache: bool,
    /// Require a token that is good for at least this long: 90, 90s, 5m, 1h30m [env: TOK_MIN_TTL]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub min_ttl: Option<Duration>,
    /// Limit the time on the network, retries included [env: TOK_TIMEOUT]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}

// Which token of the reply, and how it is printed.
#[derive(Debug, Args, Default)]
pub struct TokenArgs {
    /// Print the header `Authorization: Bearer TOKEN`; same as --format header
    #[arg(short = 'H', long, conflicts_with_all = ["format", "json"])]
    pub header: bool,
    /// Choose what to print
    #[arg(long, value_name = "FORMAT", default_value = "raw")]
    pub format: OutputFormat,
    /// Print JSON; same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Choose the token of the reply
    #[arg(long, value_name = "TYPE", default_value = "access")]
    pub token_type: TokenType,
}

impl TokenArgs {
    /// The format by whichever flag.
    #[must_use]
    pub fn output_format(&self) -> OutputFormat {
        match self {
            Self { header: true, .. } => OutputFormat::Header,
            Self { json: true, .. } => OutputFormat::Json,
            Self { format, .. } => *format,
        }
    }
}

#[derive(Debug, Args, Default)]
pub struct GetArgs {
    /// The profile
    pub profile: String,
    #[command(flatten)]
    pub fetch: FetchArgs,
    /// Read a token that an API rejected from standard input; fetch a new one only if that one is still cached
    #[arg(long, conflicts_with_all = ["fresh", "cached", "no_cache"])]
    pub rejected: bool,
    #[command(flatten)]
    pub identity: IdentityArgs,
    #[command(flatten)]
    pub token: TokenArgs,
    /// Write to this file (mode 0600, replaced atomically) instead of standard output; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "Without a token, the code unsets the variable and fails with the exit code of tok, so that `set -e` ends \
        the script.\n\n\
        Examples:\n  \
          eval \"$(tok env moost)\"\n  \
          eval \"$(tok env moost=MOOST_TOKEN moov=MOOV_TOKEN --expires)\"\n  \
          tok env moost --shell fish | source\n  \
          tok env moost --shell powershell | Out-String | Invoke-Expression"
)]
pub struct EnvArgs {
    /// The profiles, each with the variable for its token [default variable: ACCESS_TOKEN]
    #[arg(required = true, value_name = "PROFILE[=VAR]")]
    pub profiles: Vec<String>,
    /// Print code for this shell: sh (also bash, zsh and dash), fish or powershell
    #[arg(
        long,
        value_name = "SHELL",
        default_value = "sh",
        hide_possible_values = true
    )]
    pub shell: Shell,
    /// Also export VAR_EXPIRES_AT, the expiry in Unix seconds
    #[arg(long)]
    pub expires: bool,
    /// In a step of GitHub Actions: append the variables to the file $GITHUB_ENV, and mask the tokens
    #[arg(long, conflicts_with_all = ["shell", "dotenv"])]
    pub github: bool,
    /// Print lines VAR=TOKEN, for a dotenv report of GitLab CI
    #[arg(long, conflicts_with = "shell")]
    pub dotenv: bool,
    #[command(flatten)]
    pub fetch: FetchArgs,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "The program replaces tok: signals and exit code are its own. Variables from which the profiles take their secrets \
        are removed from its environment.\n\n\
        Examples:\n  \
          tok exec moost -- ./deploy.sh\n  \
          tok exec moost=MOOST_TOKEN moov=MOOV_TOKEN -- make release\n  \
          tok exec moost -- sh -c 'echo \"$ACCESS_TOKEN\" | wc -c'"
)]
pub struct ExecArgs {
    /// The profiles, each with the variable for its token [default variable: ACCESS_TOKEN]
    #[arg(required = true, index = 1, value_name = "PROFILE[=VAR]")]
    pub profiles: Vec<String>,
    /// Put `Bearer TOKEN` into the variables or, with a name, into that additional variable
    #[arg(long, value_name = "VAR", num_args = 0..=1, default_missing_value = "")]
    pub env_header: Option<String>,
    #[command(flatten)]
    pub fetch: FetchArgs,
    #[command(flatten)]
    pub identity: IdentityArgs,
    /// The program and its arguments
    #[arg(last = true, index = 2, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "curl replaces tok: the exit code is its own. An Authorization header among its arguments takes precedence.\n\n\
        Example:\n  \
          tok curl moost -- --silent https://api.moost.io/buildings"
)]
pub struct CurlArgs {
    /// The profile
    #[arg(index = 1)]
    pub profile: String,
    #[command(flatten)]
    pub fetch: FetchArgs,
    #[command(flatten)]
    pub identity: IdentityArgs,
    /// The arguments of curl
    #[arg(last = true, index = 2, required = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "The file is written at startup, and again before each token expires. After a failure tok warns and retries with \
        back-off; the file stays as it is, even if its token expires. Changes to the profile and to the file are noticed within \
        seconds. Errors that you must fix stop it at startup. SIGTERM and SIGINT stop it within 8s, with exit code 0."
)]
pub struct WatchArgs {
    /// The profile
    pub profile: String,
    /// The file to keep fresh (mode 0600, replaced atomically)
    #[arg(short, long, value_name = "FILE", required = true)]
    pub output: PathBuf,
    /// Keep the token in the file good for at least this long: 90, 90s, 5m, 1h30m [env: TOK_MIN_TTL]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub min_ttl: Option<Duration>,
    /// Limit the time on the network for each renewal, retries included [env: TOK_TIMEOUT]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    #[command(flatten)]
    pub identity: IdentityArgs,
    #[command(flatten)]
    pub token: TokenArgs,
}
