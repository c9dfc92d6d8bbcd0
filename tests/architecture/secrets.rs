//! Secrets are exposed in known places only.

use std::collections::BTreeSet;

use crate::code;

/// The files that may open [`Secret`], each with where the value goes.
///
/// [`Secret`]: tok::secret::Secret
const EXPOSING: &[(&str, &str)] = &[
    (
        "acquire/refusal.rs",
        "tells whether an encoding is ambiguous",
    ),
    ("acquire/identity.rs", "public values enter the cache key"),
    (
        "acquire/token.rs",
        "reads a JWT's claims, compares two tokens",
    ),
    ("store/entry.rs", "the disk format"),
    ("store/key.rs", "fingerprints"),
    (
        "commands/credential.rs",
        "masks, and the file that Google's library names",
    ),
    ("credential/mod.rs", "the value of an Authorization header"),
    ("credential/bazel.rs", "the reply to Bazel"),
    ("credential/cargo.rs", "the reply to cargo"),
    ("credential/docker.rs", "the reply to docker"),
    (
        "credential/git.rs",
        "the reply to git, and the token that git was refused",
    ),
    ("credential/goauth.rs", "the reply to go"),
    ("credential/google.rs", "the reply to Google's library"),
    ("credential/keyring.rs", "the reply to pip and uv"),
    ("credential/terraform.rs", "the reply to Terraform"),
    ("commands/curl.rs", "the file that curl reads"),
    (
        "commands/env/mod.rs",
        "shell code, dotenv lines and the file of GitHub Actions",
    ),
    ("commands/exec.rs", "the environment of the user's program"),
    (
        "commands/doctor/profile.rs",
        "finds white space at the ends of a secret",
    ),
    (
        "commands/explain/curl.rs",
        "the body with marks in place of secrets",
    ),
    (
        "commands/explain/values.rs",
        "shows what is public of a request",
    ),
    ("commands/get.rs", "writes the file of `--output`"),
    ("commands/variables.rs", "tokens in variables"),
    ("render/format/mod.rs", "the formats of `tok get`"),
    ("commands/mask.rs", "tells CI systems what to hide"),
    (
        "commands/inspect/mod.rs",
        "reads a JWT's claims, counts characters",
    ),
    ("commands/watch/mod.rs", "compares two tokens"),
    ("commands/watch/output.rs", "writes the watched file"),
    ("render/output.rs", "standard output"),
    ("render/report/mod.rs", "what CI systems are told"),
    ("response/error.rs", "reads the body of an error"),
    ("response/mod.rs", "tells whether a body is empty"),
    ("response/token.rs", "reads the body of a reply"),
    ("secret/redactor.rs", "learns what to blot out"),
    ("secret/source/value.rs", "takes a byte order mark off"),
    ("request/basic.rs", "the Basic credentials"),
    ("request/encode.rs", "the parameters"),
    ("request/mod.rs", "tells whether a header can carry a value"),
    ("request/plan.rs", "the headers"),
    ("http/client.rs", "the request's URL, the proxy's"),
    ("http/exchange.rs", "sends the request"),
];

#[test]
fn secrets_are_exposed_only_where_it_is_known() {
    let exposing: BTreeSet<String> = code()
        .into_iter()
        .filter(|(_, text)| text.contains(".expose()"))
        .map(|(name, _)| name)
        .collect();
    let allowed: BTreeSet<String> = EXPOSING
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let more: Vec<_> = exposing.difference(&allowed).collect();
    assert!(
        more.is_empty(),
        "these call `.expose()` and may not: {more:?}"
    );
    let fewer: Vec<_> = allowed.difference(&exposing).collect();
    assert!(
        fewer.is_empty(),
        "these need not call `.expose()` any more: {fewer:?}"
    );
}
