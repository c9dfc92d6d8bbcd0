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
//! The token is the whole value of the `Authorization` header. An error is a reply too, on standard output and with exit
//! code 0: otherwise cargo would not read it. The arguments of cargo's configuration come in `args`.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{CredentialSource, Input, ProtocolError, ProtocolErrorKind, Query, Reply, Target};

/// What cargo reads before it asks: the versions of the protocol.
pub const GREETING: &str = "{\"v\":[1]}\n";

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
enum Response<'a> {
    Ok(Success<'a>),
    Err(Failure<'a>),
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Success<'a> {
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
enum Failure<'a> {
    UrlNotSupported,
    NotFound,
    OperationNotSupported,
    #[serde(rename_all = "kebab-case")]
    Other {
        message: &'a str,
        caused_by: [&'a str; 0],
    },
}

pub fn answer(input: &Input<'_>, source: &dyn CredentialSource) -> Result<Reply> {
    let request = parse(&input()?)?;
    let url = request.registry.index_url.as_str();
    let bare = url
        .strip_prefix("sparse+")
        .or_else(|| url.strip_prefix("registry+"));
    let url = bare.unwrap_or(url);
    let targets: Vec<Target> = Target::parse(url).into_iter().collect();
    let query = Query {
        profile: profile_in(&request.args)?,
        ..Query::about(&targets)
    };
    match request.kind.as_str() {
        "get" => get(query, source),
        _ if !source.is_mapped(query)? => Reply::json(&Response::Err(Failure::UrlNotSupported)),
        "logout" if source.forget(query)? => Reply::json(&Response::Ok(Success::Logout)),
        "logout" => Reply::json(&Response::Err(Failure::NotFound)),
        _ => Reply::json(&Response::Err(Failure::OperationNotSupported)),
    }
}

/// The reply to a request that failed.
pub fn failure(message: &str) -> Result<Reply> {
    Reply::json(&Response::Err(Failure::Other {
        message,
        caused_by: [],
    }))
}

fn parse(text: &str) -> Result<Request, ProtocolError> {
    match serde_json::from_str(text) {
        Ok(request @ Request { v: 1, .. }) => Ok(request),
        Ok(_) => Err(ProtocolError::malformed(
            "cargo uses a version of the protocol that it was not offered",
        )),
        Err(_) => Err(ProtocolError::malformed(
            "standard input does not hold a request from cargo",
        )),
    }
}

/// The profile that cargo's configuration names: `["cargo-credential-tok", "--profile", "NAME"]`.
fn profile_in(args: &[String]) -> Result<Option<&str>, ProtocolError> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => Ok(None),
        ["--profile", name] => Ok(Some(name)),
        [arg] if arg.starts_with("--profile=") => Ok(arg.strip_prefix("--profile=")),
        _ => Err(ProtocolError::new(
            ProtocolErrorKind::Request,
            "cargo's configuration passes arguments that this provider does not have",
            "write `[\"cargo-credential-tok\", \"--profile\", \"NAME\"]`, or no argument",
        )),
    }
}

fn get(query: Query<'_>, source: &dyn CredentialSource) -> Result<Reply> {
    let Some(credential) = source.get(query)? else {
        return Reply::json(&Response::Err(Failure::UrlNotSupported));
    };
    let expiration = credential.expires_at.map(|at| at.0);
    Reply::json(&Response::Ok(Success::Get {
        token: credential.authorization().expose(),
        cache: expiration.map_or("session", |_| "expires"),
        expiration,
        operation_independent: true,
    }))
}
