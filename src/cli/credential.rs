//! `tok credential`: one subcommand for each protocol that it speaks, and the names under which `tok` is a helper.

use std::ffi::OsString;
use std::path::Path;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};

/// The protocols.
#[derive(Debug, Subcommand)]
pub enum CredentialCommand {
    /// git's credential helper: get, store, erase
    Git(HelperArgs),
    /// docker's credential helper: get, list, store, erase
    Docker(HelperArgs),
    /// cargo's credential provider
    Cargo(CargoArgs),
    /// Terraform's credentials helper: get, store, forget
    Terraform(TerraformArgs),
    /// Bazel's credential helper: get
    Bazel(HelperArgs),
    /// A command for Go's GOAUTH
    Goauth(GoauthArgs),
    /// Google's external account credentials, from an executable
    Google(GoogleArgs),
    /// keyring, as pip and uv call it: get
    Keyring(KeyringArgs),
}

/// Takes any word: one that is not UTF-8 is of a host that is not ours, and no mistake of the program that asks.
fn lossy() -> impl TypedValueParser<Value = String> {
    OsStringValueParser::new().map(|word| word.to_string_lossy().into_owned())
}

// The profile that counts whatever is asked for.
#[derive(Debug, Args)]
pub struct NamedArgs {
    /// This profile's token, whatever `[credentials]` of the profiles file says
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

#[derive(Debug, Args)]
pub struct HelperArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// What is asked for; the rest is on standard input
    #[arg(value_parser = lossy())]
    pub operation: String,
}

#[derive(Debug, Args)]
pub struct CargoArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// What cargo always says
    #[arg(long, hide = true)]
    pub cargo_plugin: bool,
}

#[derive(Debug, Args)]
pub struct TerraformArgs {
    #[command(flatten)]
    pub named: NamedArgs,
    /// What is asked for
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
    /// The URL; none: there is nothing to say yet
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
    /// What to print: the password, or the username and the password
    #[arg(long, value_name = "MODE", default_value = "password")]
    pub mode: KeyringMode,
    /// What is asked for
    #[arg(value_parser = lossy())]
    pub operation: String,
    /// The URL, or the host
    #[arg(value_parser = lossy())]
    pub service: String,
    /// The username
    #[arg(value_parser = lossy())]
    pub username: Option<String>,
}

/// What `keyring get` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyringMode {
    Password,
    Creds,
}

/// The names of programs that `tok` stands for, as a link or a copy, each with the protocol that it speaks then.
pub const HELPERS: [(&str, &str); 6] = [
    ("git-credential-tok", "git"),
    ("docker-credential-tok", "docker"),
    ("cargo-credential-tok", "cargo"),
    ("terraform-credentials-tok", "terraform"),
    ("bazel-credential-tok", "bazel"),
    ("keyring", "keyring"),
];

/// The command line that a helper's stands for; any other comes back as it is. Of the program's own path the file
/// name alone counts.
#[must_use]
pub fn as_helper(args: Vec<OsString>) -> Vec<OsString> {
    let is_tok =
        |program: &OsString| program == "tok" || program.as_encoded_bytes().ends_with(b"/tok");
    let is_cargo = args.get(1).is_some_and(|word| word == "--cargo-plugin");
    let protocol = args
        .first()
        .filter(|program| !is_tok(program))
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
