//! A command for Go's `GOAUTH`, from Go 1.24 on: `go help goauth`, <https://pkg.go.dev/cmd/go#hdr-GOAUTH_environment_variable>.
//!
//! ```text
//! $ tok credential goauth https://go.example.com/module/@v/list
//! https://go.example.com/
//!
//! Authorization: Bearer TOKEN
//!
//! ```
//!
//! First go calls it without a URL: then there is nothing to say, as no token goes where none was asked for. After a
//! 4xx it calls again, with the URL, and with the answer on standard input, which tells nothing that is needed.

use anyhow::Result;

use super::{Context, find};
use crate::cli::GoauthArgs;
use crate::credential::Target;
use crate::render::output::Answer;
use crate::secret::Secret;

pub(super) fn run(args: &GoauthArgs, context: &Context<'_>) -> Result<Answer> {
    let targets: Vec<Target> = args
        .url
        .iter()
        .filter_map(|url| Target::parse(url).ok())
        .collect();
    let Some(found) = find(&args.named, &targets, context)? else {
        return Ok(Answer::new(""));
    };
    let credential = found.obtain(context)?;
    let authorization = credential.authorization();
    let text = format!(
        "{}\n\nAuthorization: {}\n\n",
        credential.extent,
        authorization.expose()
    );
    Ok(Answer::secret(Secret::new(text)))
}
