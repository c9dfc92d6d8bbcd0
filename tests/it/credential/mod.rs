//! `tok credential`: each protocol to the byte, in and out, and who is given no token.

mod bytes;
mod git;
mod masks;
mod others;
mod registries;
mod table;

use crate::support::Sandbox;

const MAP: &str = "\"https://git.example.com\" = \"api\"\n\
    \"https://*.pkg.example.com\" = { profile = \"api\", username = \"robot\" }\n\
    \"http://127.0.0.1:8080/team\" = { profile = \"api\", scheme = \"none\" }";

/// Expires in an hour, as the cache has it: exact bytes need it.
fn expiry(tok: &Sandbox) -> i64 {
    tok.entry()["expires_at"].as_i64().unwrap()
}

/// `api` is cached already, so that nothing need be asked.
fn cached(server: &crate::support::Server) -> Sandbox {
    server.issue("tok-1");
    let tok = Sandbox::with_api(server).credentials(MAP);
    tok.run("get api").prints("tok-1\n");
    tok
}
