//! docker's credential helper: <https://github.com/docker/docker-credential-helpers>, also used by podman, buildah,
//! skopeo, oras and helm.
//!
//! ```text
//! $ docker-credential-tok get     in:  registry.example.com
//!                                 out: {"ServerURL":"registry.example.com","Username":"oauth2","Secret":"TOKEN"}
//! $ docker-credential-tok list    out: {"https://registry.example.com":"oauth2"}
//! ```
//!
//! Without a credential, a message that docker's client compares goes to standard output, with exit code 1.
//! `erase` drops the cached token; `store` is refused.

use anyhow::Result;
use serde::Serialize;

use super::{CredentialSource, Input, ProtocolError, Query, Reply, Target};

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
struct Found<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'a str,
    secret: &'a str,
}

pub fn answer(operation: &str, input: &Input<'_>, source: &dyn CredentialSource) -> Result<Reply> {
    match operation {
        "get" => get(input()?.trim(), source),
        "erase" => {
            source.forget(Query::about(&targets(input()?.trim())))?;
            Ok(Reply::nothing())
        }
        // docker passes all of a list to its daemon, tokens included: only URLs that are mapped with a username are
        // meant for that.
        "list" => Reply::json(&source.usernames()?),
        "version" => Ok(Reply::text(VERSION)),
        "store" => {
            drop(input()?);
            Err(ProtocolError::stores_nothing().into())
        }
        other => {
            let known = ["get", "list", "erase", "version"];
            Err(ProtocolError::unknown_operation(other, &known).into())
        }
    }
}

fn get(server_url: &str, source: &dyn CredentialSource) -> Result<Reply> {
    if server_url.is_empty() {
        return Ok(Reply::text(NO_URL).code(1));
    }
    let Some(credential) = source.get(Query::about(&targets(server_url)))? else {
        return Ok(Reply::text(NOT_FOUND).code(1));
    };
    Reply::json(&Found {
        server_url,
        username: &credential.username,
        secret: credential.token.expose(),
    })
}

/// docker names a registry by its host; its API is below `/v2/`.
fn targets(server_url: &str) -> Vec<Target> {
    let all = Target::guess(server_url).unwrap_or_default();
    let with_path = all.into_iter().map(|target| target.or_path("/v2/"));
    with_path.collect()
}
