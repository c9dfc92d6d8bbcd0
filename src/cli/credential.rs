//! `tok credential`: one subcommand for each protocol that it speaks, and the names under which `tok` is a helper.

use std::ffi::OsString;
use std::path::Path;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};

/// The protocols of `tok credential`.
#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// Answer git: get, store, erase
    Git(HelperArgs),
    /// Answer docker, podman and helm: get, list, store, erase
    Docker(HelperArgs),
    /// Answer cargo
    Cargo(CargoArgs),
    /// Answer Terraform and OpenTofu: get, store, forget
    Terraform(TerraformArgs),
    /// Answer Bazel: get
    Bazel(HelperArgs),
    /// Answer go, as a command in GOAUTH
    Goauth(GoauthArgs),
    /// Answer Google's libraries, as the executable of an external account
    Google(GoogleArgs),
    /// Answer pip and uv in place of keyring: get
    Keyring(KeyringArgs),
}

/// Accepts any argument. One that is not UTF-8 belongs to a host without a token; that is not an error of the caller.
fn lossy() -> impl TypedValueParser<Value = String> {
    OsStringValueParser::new().map(|word| word.to_string_lossy().into_owned())
}

// A profile that takes precedence over `[credentials]`.
#[derive(Debug, Args)]
pub struct NamedArgs {
    /// Use this profile for every URL, ignoring `[credentials]` of the profiles file
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

#[derive(Debug, Args)]
pub struct HelperArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// The operation; the rest is on standard input
    #[arg(value_parser = lossy())]
    pub operation: String,
}

#[derive(Debug, Args)]
pub struct CargoArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// Passed by cargo
    #[arg(long, hide = true)]
    pub cargo_plugin: bool,
}

#[derive(Debug, Args)]
pub struct TerraformArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// The operation
    #[arg(value_parser = lossy())]
    pub operation: String,
    /// The host
    #[arg(value_parser = lossy())]
    pub host: String,
}

#[derive(Debug, Args)]
pub struct GoauthArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// The URL; go calls without one first
    #[arg(value_parser = lossy())]
    pub url: Option<String>,
}

#[derive(Debug, Args)]
pub struct GoogleArgs {
    /// The profile
    #[arg(long, value_name = "NAME")]
    pub profile: String,
}

#[derive(Debug, Args)]
pub struct KeyringArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// Print the password, or the username and the password
    #[arg(long, value_name = "MODE", default_value = "password")]
    pub mode: KeyringMode,
    /// The operation
    #[arg(value_parser = lossy())]
    pub operation: String,
    /// The URL or host
    #[arg(value_parser = lossy())]
    pub service: String,
    /// The username
    #[arg(value_parser = lossy())]
    pub username: Option<String>,
}

/// How `keyring get` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyringMode {
    Password,
    Creds,
}

/// Names under which `tok`, as a link or copy, is called as a helper, each with its protocol.
pub const HELPERS: [(&str, &str); 6] = [
    ("git-credential-tok", "git"),
    ("docker-credential-tok", "docker"),
    ("cargo-credential-tok", "cargo"),
    ("terraform-credentials-tok", "terraform"),
    ("bazel-credential-tok", "bazel"),
    ("keyring", "keyring"),
];

/// Turns the command line of a helper into one of `tok`; any other is returned as it is.
#[must_use]
pub fn as_helper(args: Vec<OsString>) -> Vec<OsString> {
    let is_cargo = args.get(1).is_some_and(|word| word == "--cargo-plugin");
    let protocol = args
        .first()
        .and_then(named_after)
        .or(is_cargo.then_some("cargo"));
    let Some(protocol) = protocol else {
        return args;
    };
    let mut args = args.into_iter();
    let program = args.next().unwrap_or_default();
    [program, "credential".into(), protocol.into()]
        .into_iter()
        .chain(args)
        .collect()
}

fn named_after(program: &OsString) -> Option<&'static str> {
    let name = Path::new(program).file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    HELPERS
        .iter()
        .find(|(helper, _)| *helper == name)
        .map(|(_, protocol)| *protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_alone_tells_a_helper() {
        let line = |words: &str| {
            let args = as_helper(words.split(' ').map(OsString::from).collect());
            args.iter()
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let cases = [
            ("tok get moost", "tok get moost"),
            (
                "/opt/git-credential-tok/tok get moost",
                "/opt/git-credential-tok/tok get moost",
            ),
            (
                "git-credential-tok get",
                "git-credential-tok credential git get",
            ),
            (
                "/bin/docker-credential-tok get",
                "/bin/docker-credential-tok credential docker get",
            ),
            (
                "docker-credential-tok.exe get",
                "docker-credential-tok.exe credential docker get",
            ),
            (
                "terraform-credentials-tok --profile p get h",
                "terraform-credentials-tok credential terraform --profile p get h",
            ),
            ("keyring get u n", "keyring credential keyring get u n"),
            (
                "cargo-credential-tok --cargo-plugin",
                "cargo-credential-tok credential cargo --cargo-plugin",
            ),
            ("tok --cargo-plugin", "tok credential cargo --cargo-plugin"),
            ("my-git-credential-tok get", "my-git-credential-tok get"),
        ];
        for (typed, meant) in cases {
            assert_eq!(line(typed), meant);
        }
        assert!(as_helper(Vec::new()).is_empty());
    }
}
