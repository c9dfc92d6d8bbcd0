//! The commands that write profiles, and what belongs to the installation.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Start from this built-in provider, without asking; `tok presets` lists them
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Name the profile [default: after the preset]
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Add to an existing profiles file, which otherwise stays as it is
    #[arg(long)]
    pub append: bool,
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Print the profile that sends the same request as a curl command
    ///
    /// Secrets in the command are replaced by environment variables. A request written as HTTP is read too: `POST
    /// https://api.example.com/token`, headers, a blank line, the body. Of several requests, the first is taken.
    Curl(ImportCurlArgs),
}

#[derive(Debug, Args)]
pub struct ImportCurlArgs {
    /// The file with the sample [default: standard input, also as `-`]
    pub file: Option<PathBuf>,
    /// Name the profile [default: after the preset, or the host]
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Add the profile to the profiles file, which is created if necessary, instead of printing it
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
    /// Print the path of the profiles file
    Path,
    /// Check the profiles file and report every mistake
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

/// A shell with completions.
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
    /// The command whose page to print [default: tok itself]
    #[arg(conflicts_with = "output_dir")]
    pub command: Vec<String>,
    /// Write all pages into this directory: tok.1, tok-get.1 and so on
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
}
