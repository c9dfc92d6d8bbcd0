//! The commands that hand a token over, and what they have in common.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::duration;
use crate::render::format::{OutputFormat, TokenType};
use crate::render::shell::Shell;

// The groups of arguments that commands share have no doc comments, which would replace the help of the command.

// What may be said in place of the profile, and makes it another token.
#[derive(Debug, Args, Default)]
pub struct IdentityArgs {
    /// Ask for this scope in place of the profile's; repeatable, several words each
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Ask for this audience in place of the profile's
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Option<String>,
    /// Send this parameter in place of the profile's; repeatable
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub param: Vec<(String, String)>,
}

fn parameter(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE"),
    }
}

// How far the cache may answer, and how long the network may take.
#[derive(Debug, Args, Default)]
pub struct AskArgs {
    /// Ask the server even if the cached token is good
    #[arg(short, long, conflicts_with_all = ["cached"])]
    pub fresh: bool,
    /// Never ask the server: the cached token or nothing
    #[arg(long, conflicts_with_all = ["no_cache"])]
    pub cached: bool,
    /// Neither read nor write the cache
    #[arg(long)]
    pub no_cache: bool,
    /// The token must be good for at least this long: 90, 90s, 5m, 1h30m [or TOK_MIN_TTL]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub min_ttl: Option<Duration>,
    /// The longest time on the network, all tries together [or TOK_TIMEOUT]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
}

// Which token, and in what form.
#[derive(Debug, Args)]
pub struct FormArgs {
    /// The whole line `Authorization: Bearer TOKEN` in place of the token
    #[arg(short = 'H', long, conflicts_with = "format")]
    pub header: bool,
    /// The form of the token
    #[arg(long, value_name = "FORMAT", default_value = "raw")]
    pub format: OutputFormat,
    /// Which token of the reply
    #[arg(long, value_name = "TYPE", default_value = "access")]
    pub token_type: TokenType,
}

#[derive(Debug, Args)]
pub struct GetArgs {
    /// The profile
    pub profile: String,
    #[command(flatten)]
    pub ask: AskArgs,
    /// Standard input holds a token that an API has just refused: fetch only if the cache still holds that one
    #[arg(long, conflicts_with_all = ["fresh", "cached", "no_cache"])]
    pub rejected: bool,
    #[command(flatten)]
    pub identity: IdentityArgs,
    #[command(flatten)]
    pub form: FormArgs,
    /// Write to this file (0600, replaced as a whole) in place of standard output, which `-` means
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "Where there is no token the code removes the variable and fails with the exit code of tok, so that `set -e` ends a \
        script.\n\n\
        Examples:\n  \
          eval \"$(tok env moost)\"\n  \
          eval \"$(tok env moost=MOOST_TOKEN moov=MOOV_TOKEN --expires)\"\n  \
          tok env moost --shell fish | source\n  \
          tok env moost --shell powershell | Out-String | Invoke-Expression"
)]
pub struct EnvArgs {
    /// Profiles, each with the variable for its token [variable: ACCESS_TOKEN]
    #[arg(required = true, value_name = "PROFILE[=VAR]")]
    pub profiles: Vec<String>,
    /// The shell that the code is for: sh (bash, zsh, dash and their like), fish or powershell
    #[arg(
        long,
        value_name = "SHELL",
        default_value = "sh",
        hide_possible_values = true
    )]
    pub shell: Shell,
    /// Export VAR_EXPIRES_AT too: when the token expires, in Unix seconds
    #[arg(long)]
    pub expires: bool,
    /// In a step of GitHub Actions: add the variables to the file that $GITHUB_ENV names, and mask the tokens
    #[arg(long, conflicts_with_all = ["shell", "dotenv"])]
    pub github: bool,
    /// Print lines VAR=TOKEN, for a dotenv report of GitLab CI
    #[arg(long, conflicts_with = "shell")]
    pub dotenv: bool,
    #[command(flatten)]
    pub ask: AskArgs,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "The program takes the place of tok: signals and exit code are its own. The variables out of which the profiles take \
        their secrets are not handed on to it.\n\n\
        Examples:\n  \
          tok exec moost -- ./deploy.sh\n  \
          tok exec moost=MOOST_TOKEN moov=MOOV_TOKEN -- make release\n  \
          tok exec moost -- sh -c 'echo \"$ACCESS_TOKEN\" | wc -c'"
)]
pub struct ExecArgs {
    /// Profiles, each with the variable for its token [variable: ACCESS_TOKEN]
    #[arg(required = true, index = 1, value_name = "PROFILE[=VAR]")]
    pub profiles: Vec<String>,
    /// Put `Bearer TOKEN` into the variables; or, given a name, into that variable besides
    #[arg(long, value_name = "VAR", num_args = 0..=1, default_missing_value = "")]
    pub env_header: Option<String>,
    #[command(flatten)]
    pub ask: AskArgs,
    #[command(flatten)]
    pub identity: IdentityArgs,
    /// The program and its arguments
    #[arg(last = true, index = 2, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "curl takes the place of tok, with its exit code. An Authorization header of your own among its arguments counts in \
        place of that of tok.\n\n\
        Example:\n  \
          tok curl moost -- --silent https://api.moost.io/buildings"
)]
pub struct CurlArgs {
    /// The profile
    #[arg(index = 1)]
    pub profile: String,
    #[command(flatten)]
    pub ask: AskArgs,
    #[command(flatten)]
    pub identity: IdentityArgs,
    /// What curl is to be given
    #[arg(last = true, index = 2, required = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(
    after_long_help = "The file is written at once, and anew before the token expires. Trouble is told of and tried again, and the file \
        stays as it is meanwhile, also when its token has expired. An edited profile is noticed within seconds, and so is a \
        file that was changed or deleted. SIGTERM and SIGINT end it within 8s, with exit code 0."
)]
pub struct WatchArgs {
    /// The profile
    pub profile: String,
    /// The file to keep fresh (0600, replaced as a whole)
    #[arg(short, long, value_name = "FILE", required = true)]
    pub output: PathBuf,
    /// The token in the file must always be good for at least this long: 90, 90s, 5m, 1h30m [or TOK_MIN_TTL]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub min_ttl: Option<Duration>,
    /// The longest time on the network for one renewal, all tries together [or TOK_TIMEOUT]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    #[command(flatten)]
    pub identity: IdentityArgs,
    #[command(flatten)]
    pub form: FormArgs,
}
