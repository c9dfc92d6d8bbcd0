//! Bazel's credential helper: <https://github.com/EngFlow/credential-helper-spec/blob/main/spec.md>.
//!
//! ```text
//! $ bazel-credential-tok get      in:  {"uri":"https://cache.example.com/"}
//!                                 out: {"headers":{"Authorization":["Bearer TOKEN"]},"expires":"2026-11-24T10:00:00Z"}
//! ```
//!
//! A URI that is not mapped is an error, as the specification wants it: name the hosts in Bazel's own flag too.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{Context, find, senseless, unknown};
use crate::cli::HelperArgs;
use crate::commands::input::{Input, Until, lossy};
use crate::config::ConfigError;
use crate::credential::Target;
use crate::render::output::Answer;
use crate::secret::Secret;
use crate::text::sanitize;
use crate::time::UnixTime;

#[derive(Deserialize)]
struct Request {
    uri: String,
}

#[derive(Serialize)]
struct Reply<'a> {
    headers: Headers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Headers<'a> {
    authorization: [&'a str; 1],
}

pub(super) fn run(args: &HelperArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    if args.operation != "get" {
        return Err(unknown(&args.operation, &["get"]));
    }
    let Ok(request) = serde_json::from_str::<Request>(&lossy(&stdin(Until::End)?)) else {
        return Err(senseless("standard input holds no request of Bazel's"));
    };
    // Remote execution and caches speak gRPC: it is HTTP below.
    let url = ["grpcs", "grpc"].iter().find_map(|scheme| {
        let rest = request.uri.strip_prefix(scheme)?.strip_prefix("://")?;
        Some(format!("http{}://{rest}", scheme.strip_prefix("grpc")?))
    });
    let url = url.unwrap_or_else(|| request.uri.clone());
    let target = Target::parse(&url)
        .map_err(|error| senseless(&format!("the URI of the request {error}")))?;
    let targets = [target];
    let Some(found) = find(&args.named, &targets, context)? else {
        // Without user and query: they may be secrets.
        let shown = targets
            .iter()
            .map(|target| sanitize(target.as_str()))
            .collect::<String>();
        return Err(ConfigError::not_mapped(&shown).into());
    };
    let credential = found.obtain(context)?;
    let authorization = credential.authorization();
    let reply = Reply {
        headers: Headers {
            authorization: [authorization.expose()],
        },
        expires: credential.expires_at.map(UnixTime::rfc3339),
    };
    Ok(Answer::secret(Secret::new(
        serde_json::to_string(&reply)? + "\n",
    )))
}
