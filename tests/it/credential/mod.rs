//! `tok credential`: each protocol to the byte, in and out, and who is given no token.

mod bytes;
mod git;
mod masks;
mod others;
mod registries;
mod table;

use crate::support::{Sandbox, Server};

const MAP: &str = "\"https://git.example.com\" = \"api\"\n\
    \"https://*.pkg.example.com\" = { profile = \"api\", username = \"robot\" }\n\
    \"http://127.0.0.1:8080/team\" = { profile = \"api\", scheme = \"none\" }";

/// base64 of `oauth2:tok-1`, `robot:tok-1` and `me:tok-1`.
const OAUTH2: &str = "b2F1dGgyOnRvay0x";
const ROBOT: &str = "cm9ib3Q6dG9rLTE=";
const ME: &str = "bWU6dG9rLTE=";

/// Expires in an hour, as the cache has it: exact bytes need it.
fn expiry(tok: &Sandbox) -> i64 {
    tok.entry()["expires_at"].as_i64().unwrap()
}

/// `tok-1` of `api` is cached already, so that nothing need be asked.
fn cached() -> (Server, Sandbox) {
    let (server, tok) = Server::cached("tok-1");
    (server, tok.credentials(MAP))
}

/// The server must not be asked.
fn unasked() -> Sandbox {
    Sandbox::with_api(&Server::unasked()).credentials(MAP)
}
