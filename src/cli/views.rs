//! The commands that show profiles and tokens, or delete tokens.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{IdentityArgs, duration};

#[derive(Debug, Args)]
pub struct ExpiryArgs {
    /// The profile, or `-` for a JWT on standard input
    #[arg(value_name = "PROFILE|-")]
    pub profile: String,
    /// Exit with code 10 unless the token is good for at least this long [env: TOK_MIN_TTL] [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub min_ttl: Option<Duration>,
    /// Choose what to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ExpiryFormat,
    /// Print JSON; same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    #[command(flatten)]
    pub identity: IdentityArgs,
}

/// How `tok expiry` prints the expiry.
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
    /// The profiles whose tokens to delete
    #[arg(group = "which", value_name = "PROFILE")]
    pub profiles: Vec<String>,
    /// Delete all tokens
    #[arg(long, group = "which")]
    pub all: bool,
    /// Delete tokens that have expired or cannot be read
    #[arg(long, group = "which")]
    pub expired: bool,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The profile
    pub profile: String,
    /// Print an equivalent curl command, with variables in place of secrets
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
    /// The profile to check [default: all]
    pub profile: Option<String>,
    /// Connect to the token endpoint, without credentials
    #[arg(long)]
    pub network: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
