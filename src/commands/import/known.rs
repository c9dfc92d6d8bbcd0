//! Which built-in provider a sample belongs to, and what its profile may be called.

use std::path::Path;

use crate::client_auth::ClientAuth;
use crate::config::ProfilesFile;
use crate::profile::Profile;
use crate::profile::preset::{PRESETS, Preset};
use crate::sample::{Piece, Sample, Text, has_secret_word, simplified};

/// A preset that sends what the sample sends.
pub(super) struct RequestValue {
    pub(super) preset: Preset,
    pub(super) profile: Profile,
    /// The preset's variable and what the sample has in its place.
    pub(super) var: Option<(String, Text)>,
}

impl RequestValue {
    /// What the variables of the preset's own example begin with, where the profile is called after it.
    pub(super) fn prefix(&self, name: &str) -> Option<&'static str> {
        let (_, from) = self
            .preset
            .credentials()
            .split_once("client_id = { env = \"")?;
        let (prefix, _) = from.split_once("_CLIENT_ID\"")?;
        (name == self.preset.name).then_some(prefix)
    }
}

/// The preset with the sample's URL, method and kind of body, if there is one.
pub(super) fn known(sample: &Sample, auth: Option<ClientAuth>) -> Option<RequestValue> {
    PRESETS.iter().find_map(|preset| {
        let text = format!(
            "[profiles.it]\npreset = \"{}\"\n{}\n",
            preset.name,
            preset.credentials()
        );
        let profile = ProfilesFile::from_text(Path::new(preset.name), &text)
            .profile("it")
            .ok()?;
        let without_vars = format!("[profiles.it]\npreset = \"{}\"\n", preset.name);
        let default = default_var(&without_vars, preset);
        let var = fits(
            &profile.token_url.to_string(),
            &sample.url,
            default.as_deref(),
        )?;
        let shape = &profile.shape;
        let is_same = shape.method == sample.method
            && shape.params_in == sample.params_in
            && auth.is_none_or(|auth| auth == profile.client_auth);
        is_same.then_some(RequestValue {
            preset: *preset,
            profile,
            var,
        })
    })
}

/// What the preset itself puts in the place of its variable.
fn default_var(text: &str, preset: &Preset) -> Option<String> {
    let text = format!("{text}client_id = \"x\"\nclient_secret = {{ env = \"X\" }}\n");
    let profile = ProfilesFile::from_text(Path::new(preset.name), &text)
        .profile("it")
        .ok()?;
    profile.vars.into_values().next()
}

/// Whether a URL is of this pattern; what stands in the place of its variable.
#[expect(clippy::option_option, reason = "it may fit without a variable")]
fn fits(pattern: &str, url: &Text, default: Option<&str>) -> Option<Option<(String, Text)>> {
    let text = url.as_marked().trim_end_matches('/');
    let Some((before, from)) = pattern.split_once("${") else {
        return (text == pattern).then_some(None);
    };
    let (name, after) = from.split_once('}')?;
    let middle = text.strip_prefix(before)?.strip_suffix(after)?;
    let value = Text::marked(middle);
    let is_host = before.ends_with("://");
    let fits = match (is_host, default) {
        // One label of the host.
        (false, _) => !middle.is_empty() && !middle.contains(['/', '.']),
        (true, Some(default)) => domain(default) == domain(middle) && !middle.contains('/'),
        // Any provider: only where the sample is the one of the page.
        (true, None) => match value.pieces().as_slice() {
            [Piece::Variable(found) | Piece::Literal(found)] => {
                simplified(found) == simplified(name)
            }
            _ => false,
        },
    };
    fits.then(|| Some((name.to_owned(), value)))
}

/// The last two labels of a host.
fn domain(host: &str) -> &str {
    let at = host.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
    host.get(at..).unwrap_or_default()
}

/// Labels of a host that say nothing of whose it is.
const COMMON: [&str; 22] = [
    "www", "api", "auth", "oauth", "oauth2", "login", "account", "accounts", "id", "identity",
    "sso", "token", "idp", "sandbox", "com", "co", "org", "net", "gov", "ac", "io", "dev",
];

/// A name for the profile, out of the host of its URL.
pub(super) fn name_of(url: &Text) -> String {
    let text = url.as_marked();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let is_plain = |label: &&str| {
        label.starts_with(|first: char| first.is_ascii_alphabetic())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // From the right, the first that is no ending.
    let mut labels = host.rsplit('.').skip(usize::from(host.contains('.')));
    let says_whose =
        |label: &&str| is_plain(label) && !COMMON.contains(label) && !has_secret_word(label);
    labels.find(says_whose).map_or_else(
        || "api".to_owned(),
        |label| {
            label
                .chars()
                .take(32)
                .collect::<String>()
                .to_ascii_lowercase()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_hosts() {
        for (url, name) in [
            ("https://accounts.spotify.com/api/token", "spotify"),
            ("https://api-m.sandbox.paypal.com/v1/oauth2/token", "paypal"),
            (
                "https://login.microsoftonline.com/x/oauth2/v2.0/token",
                "microsoftonline",
            ),
            ("https://auth.example.co.uk/token", "example"),
            ("http://localhost:8080/realms/master", "localhost"),
            ("http://127.0.0.1:8080/t", "api"),
            ("https://{yourOktaDomain}/oauth2/default/v1/token", "api"),
            ("https://api.com/t", "api"),
            ("https://8f14e45fceea167a5a36.example/t", "api"),
        ] {
            assert_eq!(name_of(&Text::marked(url)), name, "{url}");
        }
    }

    #[test]
    fn presets_are_known_by_their_urls() {
        let fits = |pattern: &str, url: &str, default: Option<&str>| {
            fits(pattern, &Text::marked(url), default).map(|var| {
                var.map(|(_, value)| value.as_marked().to_owned())
                    .unwrap_or_default()
            })
        };
        let region = "https://auth.${region}.example.io/token";
        assert_eq!(
            fits(region, "https://auth.us.example.io/token", Some("eu")).as_deref(),
            Some("us")
        );
        assert_eq!(
            fits(region, "https://auth.us.x.example.io/token", Some("eu")),
            None
        );
        let host = "https://${environment}/oauth";
        assert_eq!(
            fits(host, "https://b.example.com/oauth", Some("a.example.com")).as_deref(),
            Some("b.example.com")
        );
        assert_eq!(
            fits(host, "https://b.example.org/oauth", Some("a.example.com")),
            None
        );
        assert_eq!(
            fits(host, "https://<<environment>>/oauth", None).as_deref(),
            Some("<<environment>>")
        );
        assert_eq!(fits(host, "https://b.example.com/oauth", None), None);
        assert_eq!(
            fits("https://a/t", "https://a/t/", None).as_deref(),
            Some("")
        );
    }
}
