//! A command for Go's `GOAUTH`, from Go 1.24 on: `go help goauth`,
//! <https://pkg.go.dev/cmd/go#hdr-GOAUTH_environment_variable>.
//!
//! ```text
//! $ tok credential goauth https://go.example.com/module/@v/list
//! https://go.example.com/
//!
//! Authorization: Bearer TOKEN
//!
//! ```
//!
//! go first calls it without a URL; the reply is empty, as a token goes only where one is asked for. After a 4xx it calls
//! again with the URL, and with the server's reply on standard input, which is not needed.

use anyhow::Result;

use super::{CredentialSource, Query, Reply, Target};

pub fn answer(url: Option<&str>, source: &dyn CredentialSource) -> Result<Reply> {
    let target = url.and_then(|url| Target::parse(url).ok());
    let targets: Vec<Target> = target.into_iter().collect();
    let Some(credential) = source.get(Query::about(&targets))? else {
        return Ok(Reply::nothing());
    };
    Ok(Reply::text(format!(
        "{}\n\nAuthorization: {}\n\n",
        credential.extent,
        credential.authorization().expose()
    )))
}
