//! cargo's credential provider, version 1:
//! <https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>.
//!
//! ```text
//! $ cargo-credential-tok --cargo-plugin
//! out: {"v":[1]}
//! in:  {"v":1,"kind":"get","operation":"read","registry":{"index-url":"sparse+https://crates.example.com/"},"args":[]}
//! out: {"Ok":{"kind":"get","token":"Bearer TOKEN","cache":"expires","expiration":1795436100,"operation_independent":true}}
//! ```
//!
//! The token is the whole value of the `Authorization` header. A failure is an answer too, on standard output and
//! with exit code 0: with any other cargo would not read it. The words of the configuration come in `args`.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{Context, find, senseless};
use crate::cli::{CargoArgs, NamedArgs};
use crate::commands::input::{Input, Until, lossy};
use crate::credential::Target;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::render::report::ErrorSummary;
use crate::secret::Secret;

/// The versions of the protocol that are spoken.
pub(super) const HELLO: &str = "{\"v\":[1]}\n";

#[derive(Deserialize)]
struct Request {
    v: u32,
    kind: String,
    registry: Registry,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registry {
    index_url: String,
}

#[derive(Serialize)]
enum Reply<'a> {
    Ok(Done<'a>),
    Err(Refusal<'a>),
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Done<'a> {
    Get {
        token: &'a str,
        cache: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        expiration: Option<i64>,
        operation_independent: bool,
    },
    Logout,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Refusal<'a> {
    UrlNotSupported,
    NotFound,
    OperationNotSupported,
    #[serde(rename_all = "kebab-case")]
    Other {
        message: &'a str,
        caused_by: [&'a str; 0],
    },
}

pub(super) fn run(args: &CargoArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    // A login brings a token: nothing of the text is shown.
    let text = lossy(&stdin(Until::Line)?);
    let request: Request = match serde_json::from_str(&text) {
        Ok(request @ Request { v: 1, .. }) => request,
        Ok(_) => {
            return Err(senseless(
                "cargo speaks a version of the protocol that was not offered",
            ));
        }
        Err(_) => return Err(senseless("standard input holds no request of cargo's")),
    };
    let named = in_args(&request.args)?.or_else(|| args.named.profile.clone());
    let url = request.registry.index_url.as_str();
    let url = ["sparse+", "registry+"]
        .iter()
        .find_map(|kind| url.strip_prefix(kind))
        .unwrap_or(url);
    let targets = Target::parse(url).into_iter().collect::<Vec<_>>();
    let Some(found) = find(&NamedArgs { profile: named }, &targets, context)? else {
        return reply(&Reply::Err(Refusal::UrlNotSupported));
    };
    match request.kind.as_str() {
        "get" => {
            let credential = found.obtain(context)?;
            let expiration = credential.expires_at.map(|at| at.0);
            reply(&Reply::Ok(Done::Get {
                token: credential.authorization().expose(),
                cache: if expiration.is_some() {
                    "expires"
                } else {
                    "session"
                },
                expiration,
                operation_independent: true,
            }))
        }
        "logout" if found.drop_token(context)? => reply(&Reply::Ok(Done::Logout)),
        "logout" => reply(&Reply::Err(Refusal::NotFound)),
        _ => reply(&Reply::Err(Refusal::OperationNotSupported)),
    }
}

/// The profile that the configuration names: `["cargo-credential-tok", "--profile", "NAME"]`.
fn in_args(args: &[String]) -> Result<Option<String>> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(None),
        ["--profile", name] => Ok(Some((*name).to_owned())),
        [word] if word.starts_with("--profile=") => {
            Ok(word.strip_prefix("--profile=").map(str::to_owned))
        }
        _ => Err(CommandError::usage(
            "cargo's configuration gives this provider arguments that it does not have",
            "write `[\"cargo-credential-tok\", \"--profile\", \"NAME\"]`, or no argument",
        )
        .into()),
    }
}

fn reply(reply: &Reply<'_>) -> Result<Answer> {
    Ok(Answer::secret(Secret::new(
        serde_json::to_string(reply)? + "\n",
    )))
}

pub(super) fn failed(failure: &ErrorSummary) -> Option<Answer> {
    reply(&Reply::Err(Refusal::Other {
        message: &failure.message,
        caused_by: [],
    }))
    .ok()
}
