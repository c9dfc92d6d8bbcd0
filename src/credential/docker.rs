//! docker's credential helper: <https://github.com/docker/docker-credential-helpers>, also spoken by podman, buildah,
//! skopeo, oras and helm.
//!
//! ```text
//! $ docker-credential-tok get     in:  registry.example.com
//!                                 out: {"ServerURL":"registry.example.com","Username":"oauth2","Secret":"TOKEN"}
//! $ docker-credential-tok list    out: {"https://registry.example.com":"oauth2"}
//! ```
//!
//! That there is none is said on standard output, in words that docker's client compares, with exit code 1. `erase`
//! drops the cached token; `store` is refused.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::{Context, find, keeps_nothing, unknown};
use crate::cli::HelperArgs;
use crate::commands::input::{Input, Until, lossy};
use crate::credential::Target;
use crate::render::output::Answer;
use crate::secret::Secret;

/// `errCredentialsNotFoundMessage` of docker's library.
const NOT_FOUND: &str = "credentials not found in native keychain\n";
/// `errCredentialsMissingServerURLMessage` of docker's library.
const NO_URL: &str = "no credentials server URL\n";

const VERSION: &str = concat!(
    "docker-credential-tok (tok) ",
    env!("CARGO_PKG_VERSION"),
    "\n"
);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reply<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'a str,
    secret: &'a str,
}

pub(super) fn run(args: &HelperArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    match args.operation.as_str() {
        "get" => get(args, &lossy(&stdin(Until::End)?), context),
        "erase" => erase(args, &lossy(&stdin(Until::End)?), context),
        "list" => list(context),
        "version" => Ok(Answer::new(VERSION)),
        "store" => {
            drop(stdin(Until::End)?);
            Err(keeps_nothing())
        }
        other => Err(unknown(other, &["get", "list", "erase", "version"])),
    }
}

fn get(args: &HelperArgs, input: &str, context: &Context<'_>) -> Result<Answer> {
    let server_url = input.trim();
    if server_url.is_empty() {
        return Ok(says(NO_URL));
    }
    let Some(found) = find(&args.named, &targets(server_url), context)? else {
        return Ok(says(NOT_FOUND));
    };
    let credential = found.obtain(context)?;
    let reply = Reply {
        server_url,
        username: credential.username(),
        secret: credential.token.expose(),
    };
    Ok(Answer::secret(Secret::new(
        serde_json::to_string(&reply)? + "\n",
    )))
}

fn erase(args: &HelperArgs, input: &str, context: &Context<'_>) -> Result<Answer> {
    if let Some(found) = find(&args.named, &targets(input.trim()), context)? {
        found.drop_token(context)?;
    }
    Ok(Answer::new(""))
}

/// The registries: those URLs that name a username. docker hands all of a list to its daemon, tokens included, and
/// that must not be those of other servers.
fn list(context: &Context<'_>) -> Result<Answer> {
    let map = context.file()?.credential_map()?;
    let is_registry = |url: &str, username: Option<String>| Some((url.to_owned(), username?));
    let rows = map
        .0
        .into_iter()
        .filter(|mapping| mapping.pattern.names_one_host());
    let rows: BTreeMap<String, String> = rows
        .filter_map(|mapping| is_registry(&mapping.url, mapping.username))
        .collect();
    Ok(Answer::new(serde_json::to_string(&rows)? + "\n"))
}

/// docker names a registry by its host. What it asks there is below `/v2/`.
fn targets(server_url: &str) -> Vec<Target> {
    let all = Target::guess(server_url).unwrap_or_default();
    all.into_iter()
        .map(|target| target.or_path("/v2/"))
        .collect()
}

fn says(words: &str) -> Answer {
    Answer {
        code: 1,
        ..Answer::new(words)
    }
}
