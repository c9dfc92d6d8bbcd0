//! The `keyring` program as pip (`--keyring-provider subprocess`) and uv call it:
//! <https://pip.pypa.io/en/stable/topics/authentication/>, <https://docs.astral.sh/uv/configuration/authentication/>.
//!
//! ```text
//! $ keyring get https://pypi.example.com/simple/ oauth2
//! TOKEN
//! ```
//!
//! With `--mode creds` the username comes before it, on a line of its own. Without a token the exit code is 1, without a
//! message, as with keyring itself.

use anyhow::Result;

use super::{CredentialSource, ProtocolError, Query, Reply, Target};

/// What a program asks for.
pub struct Request<'a> {
    pub operation: &'a str,
    /// A URL or a host.
    pub service: &'a str,
    pub username: Option<&'a str>,
    /// Print the username too.
    pub with_username: bool,
}

pub fn answer(request: &Request<'_>, source: &dyn CredentialSource) -> Result<Reply> {
    match request.operation {
        "get" => {}
        "set" => return Err(ProtocolError::stores_nothing().into()),
        other => return Err(ProtocolError::unknown_operation(other, &["get"]).into()),
    }
    let targets = Target::guess(request.service).unwrap_or_default();
    let query = Query {
        username: request.username,
        ..Query::about(&targets)
    };
    let Some(credential) = source.get(query)? else {
        return Ok(Reply::nothing().code(1));
    };
    let token = credential.token.expose();
    Ok(Reply::text(if request.with_username {
        format!("{}\n{token}\n", credential.username)
    } else {
        format!("{token}\n")
    }))
}
