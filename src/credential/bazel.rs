//! Bazel's credential helper: <https://github.com/EngFlow/credential-helper-spec/blob/main/spec.md>.
//!
//! ```text
//! $ bazel-credential-tok get      in:  {"uri":"https://cache.example.com/"}
//!                                 out: {"headers":{"Authorization":["Bearer TOKEN"]},"expires":"2026-11-24T10:00:00Z"}
//! ```
//!
//! The specification wants an error for a URI that is not mapped, so the hosts are to be named in Bazel's own flag too.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{CredentialSource, Input, ProtocolError, ProtocolErrorKind, Query, Reply, Target};
use crate::text::sanitize;
use crate::time::UnixTime;

#[derive(Deserialize)]
struct Request {
    uri: String,
}

#[derive(Serialize)]
struct Response<'a> {
    headers: Headers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Headers<'a> {
    authorization: [&'a str; 1],
}

pub fn answer(operation: &str, input: &Input<'_>, source: &dyn CredentialSource) -> Result<Reply> {
    if operation != "get" {
        return Err(ProtocolError::unknown_operation(operation, &["get"]).into());
    }
    let Ok(Request { uri }) = serde_json::from_str(&input()?) else {
        return Err(
            ProtocolError::malformed("standard input does not hold a request from Bazel").into(),
        );
    };
    // Remote execution and caches use gRPC, which is HTTP underneath.
    let url = match uri.strip_prefix("grpc") {
        Some(rest) if rest.starts_with("://") || rest.starts_with("s://") => format!("http{rest}"),
        _ => uri,
    };
    let target = Target::parse(&url)
        .map_err(|error| ProtocolError::malformed(format!("the URI of the request {error}")))?;
    let targets = [target];
    let Some(credential) = source.get(Query::about(&targets))? else {
        let [target] = targets;
        // The specification wants an error.
        let url = sanitize(target.as_str());
        let message = format!("`[credentials]` has no profile for `{url}`");
        let hint = "add it there, or use this helper for other hosts only";
        return Err(ProtocolError::new(ProtocolErrorKind::Profile, message, hint).into());
    };
    Reply::json(&Response {
        headers: Headers {
            authorization: [credential.authorization().expose()],
        },
        expires: credential.expires_at.map(UnixTime::rfc3339),
    })
}
