//! The TOML of a new profile, and how `tok init` and `tok import curl` write it into the profiles file.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Result;

use crate::config::{AddError, DEAD_LINK_HINT, ProfilesFile, add, describe_dead_link, write_new};
use crate::os;
use crate::profile::preset::Preset;
use crate::profile::{Profile, is_name};
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::sample::{contains_secret, simplified};
use crate::text::quote_name;

/// The head of a profiles file that `tok` writes.
pub(super) const HEAD: &str = "\
# Profiles for `tok`: one table each, `tok get NAME` prints a token.
#
#   tok config check    check every profile
#   tok explain NAME    show what is sent, and where each value comes from
#   tok list            list the cached tokens
#
# Secrets do not belong here. A profile says where they are:
#
#   { env = \"VAR\" }    { file = \"path\" }    { command = [\"pass\", \"show\", \"api\"] }
#   { properties = \"path\", key = \"a.b\" }
";

/// A profile as TOML, with the comments that explain it.
pub(super) struct NewProfile {
    pub(super) name: String,
    /// The comment at its head.
    pub(super) about: String,
    /// Its keys, a line each.
    pub(super) keys: String,
    /// The environment variables that it reads.
    pub(super) variables: Vec<String>,
}

impl NewProfile {
    pub(super) fn toml(&self) -> String {
        let Self { name, about, .. } = self;
        let commands = self.next_commands().replace("\n  ", "\n#   ");
        let key = toml_key(name);
        format!(
            "# {about}\n#{commands}\n\n[profiles.{key}]\n{}\n",
            self.keys.trim_end()
        )
    }

    /// The commands to run next, a line each.
    fn next_commands(&self) -> String {
        let exports = self.variables.iter();
        let exports: Vec<String> = exports
            .map(|variable| format!("\n  export {variable}=…"))
            .collect();
        let (exports, name) = (exports.concat(), &self.name);
        format!("{exports}\n  tok explain {name}\n  tok get {name}")
    }

    /// Adds it to the profiles file, or creates one; the answer is the file's path.
    ///
    /// # Errors
    /// The file has a profile of that name, or cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<Answer> {
        if !write_file(path, &format!("{HEAD}\n{}", self.toml()))? {
            add(path, &self.name, &self.toml()).map_err(|error| self.not_added(path, error))?;
        }
        Ok(Answer {
            next: Some(format!("\nnext:{}", self.next_commands())),
            ..Answer::new(format!("{}\n", path.display()))
        })
    }

    fn not_added(&self, path: &Path, error: AddError) -> CommandError {
        let shown = path.display();
        match error {
            AddError::IsThere => is_taken(path, &self.name),
            AddError::Unfit(error) => CommandError::NotWritten {
                message: format!("cannot add to `{shown}`: {}", error.what),
                hint: Some("`tok config check` lists what is wrong with it".to_owned()),
            },
            AddError::NoFile => CommandError::NotWritten {
                message: format!("cannot add to `{shown}`: it is not a regular file"),
                hint: Some("`--config FILE` names another one".to_owned()),
            },
            AddError::Io(error) => not_written(path, &error),
        }
    }
}

/// Writes a new profiles file. Returns `false` if there is one already.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_file(path: &Path, text: &str) -> Result<bool, CommandError> {
    check_path(path)?;
    if exists(path) {
        return Ok(false);
    }
    match write_new(path, text) {
        Ok(()) => Ok(true),
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(not_written(path, &error)),
    }
}

fn not_written(path: &Path, error: &io::Error) -> CommandError {
    CommandError::Io {
        action: format!("write `{}`", path.display()),
        reason: os::describe(error),
    }
}

/// Whether there is a profiles file, or a dead link in its place.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// # Errors
/// The path leads through a dead link.
pub(super) fn check_path(path: &Path) -> Result<(), CommandError> {
    describe_dead_link(path).map_or(Ok(()), |dead| {
        Err(CommandError::NotWritten {
            message: format!("`{}` {dead}", path.display()),
            hint: Some(DEAD_LINK_HINT.to_owned()),
        })
    })
}

pub(super) fn is_taken(path: &Path, name: &str) -> CommandError {
    CommandError::NotWritten {
        message: format!("`{}` already has a profile `{name}`", path.display()),
        hint: Some("give the new one another name: `--profile NAME`".to_owned()),
    }
}

/// # Errors
/// No profile can have this name.
pub(super) fn check_name(name: &str) -> Result<(), CommandError> {
    if is_name(name) {
        return Ok(());
    }
    Err(CommandError::usage(
        format!("{} is not a valid profile name", quote_name(name)),
        "a name is up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit",
    ))
}

/// The profile that a preset makes.
///
/// # Errors
/// The preset is broken.
pub(super) fn preset_profile(preset: &Preset) -> Result<Profile> {
    let Preset { name, .. } = preset;
    let text = format!(
        "[profiles.it]\npreset = \"{name}\"\nclient_id = \"id\"\nclient_secret = {{ env = \"SECRET\" }}\n"
    );
    Ok(ProfilesFile::from_text(Path::new(name), &text).profile("it")?)
}

/// A text in quotes.
pub(super) fn toml_text(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007F")
}

/// A key, in quotes where it needs them.
pub(super) fn toml_key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if !name.is_empty() && name.bytes().all(is_bare) {
        name.to_owned()
    } else {
        toml_text(name)
    }
}

/// `{ env = "NAME" }`
pub(super) fn env_source(variable: &str) -> String {
    format!("{{ env = {} }}", toml_text(variable))
}

/// An environment variable for the value of a profile's key: `ACME_CLIENT_ID`.
pub(super) fn env_name(profile: &str, key: &str) -> String {
    let (prefix, name) = (constant_case(profile), constant_case(key));
    let prefix = if crate::template::is_name(&prefix) {
        prefix
    } else {
        format!("API_{prefix}")
    };
    if name.starts_with(&format!("{prefix}_")) {
        name
    } else {
        format!("{prefix}_{name}")
    }
}

/// `yourOktaDomain` becomes `OKTA_DOMAIN`.
fn constant_case(text: &str) -> String {
    let mut words = String::new();
    let mut was_lower = false;
    for character in text.chars() {
        if !character.is_ascii_alphanumeric() || (was_lower && character.is_ascii_uppercase()) {
            words.push('_');
        }
        words.extend(Some(character.to_ascii_uppercase()).filter(char::is_ascii_alphanumeric));
        was_lower = character.is_ascii_lowercase();
    }
    let mut words: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    let is_filler = |word: &&str| ["YOUR", "MY", "REPLACE", "INSERT", "THE"].contains(word);
    if words.len() > 1 && words.first().is_some_and(is_filler) {
        words.remove(0);
    }
    words.join("_")
}

/// Labels of a host that are not the provider's name.
const COMMON_LABELS: [&str; 22] = [
    "www", "api", "auth", "oauth", "oauth2", "login", "account", "accounts", "id", "identity",
    "sso", "token", "idp", "sandbox", "com", "co", "org", "net", "gov", "ac", "io", "dev",
];

/// A name for a profile, out of the host of its token endpoint.
pub(super) fn name_of_url(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let is_name = |label: &&str| {
        label.starts_with(|first: char| first.is_ascii_alphabetic())
            && label.replace('-', "").len() == simplified(label).len()
            && label.len() <= 32
            && !COMMON_LABELS.contains(label)
            && !contains_secret(label)
    };
    // From the right; the first is the top-level domain.
    let mut labels = host.rsplit('.').skip(usize::from(host.contains('.')));
    labels
        .find(is_name)
        .map_or_else(|| "api".to_owned(), str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_hosts() {
        for (url, name) in [
            ("https://accounts.spotify.com/api/token", "spotify"),
            ("https://api-m.sandbox.paypal.com/v1/oauth2/token", "paypal"),
            ("https://auth.example.co.uk/token", "example"),
            ("http://localhost:8080/realms/master", "localhost"),
            ("http://127.0.0.1:8080/t", "api"),
            ("https://{yourOktaDomain}/oauth2/default/v1/token", "api"),
            ("https://api.com/t", "api"),
            ("https://8f14e45fceea167a5a36.example/t", "api"),
        ] {
            assert_eq!(name_of_url(url), name, "{url}");
        }
    }

    #[test]
    fn variables_are_named_after_profile_and_key() {
        for (profile, key, expected) in [
            ("acme", "client_id", "ACME_CLIENT_ID"),
            ("acme", "X-Api-Key", "ACME_X_API_KEY"),
            ("api", "yourOktaDomain", "API_OKTA_DOMAIN"),
            ("api", "API_KEY", "API_KEY"),
            ("my-app.test", "YOUR", "APP_TEST_YOUR"),
            ("3rd", "my-app", "API_3RD_APP"),
        ] {
            assert_eq!(env_name(profile, key), expected);
        }
    }

    #[test]
    fn texts_and_keys_are_quoted_as_toml() {
        assert_eq!(toml_key("a.b"), "\"a.b\"");
        assert_eq!(toml_key("a_b-c"), "a_b-c");
        assert_eq!(toml_text("a\"\\\u{7f}\n"), r#""a\"\\\u007F\n""#);
    }
}
