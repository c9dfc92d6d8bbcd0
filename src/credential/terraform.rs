//! Terraform's credentials helper, and that of `OpenTofu`:
//! <https://developer.hashicorp.com/terraform/internals/credentials-helpers>.
//!
//! ```text
//! $ terraform-credentials-tok get app.example.com
//! {"token":"TOKEN"}
//! ```
//!
//! Of a host that is not mapped the answer is `{}`. `forget` drops the cached token; `store` is refused.

use anyhow::Result;
use serde::Serialize;

use super::{Context, find, keeps_nothing, unknown};
use crate::cli::TerraformArgs;
use crate::commands::input::{Input, Until};
use crate::credential::Target;
use crate::render::output::Answer;
use crate::secret::Secret;

#[derive(Serialize)]
struct Reply<'a> {
    token: &'a str,
}

pub(super) fn run(
    args: &TerraformArgs,
    context: &Context<'_>,
    stdin: &Input<'_>,
) -> Result<Answer> {
    let targets = || Target::guess(&args.host).unwrap_or_default();
    match args.operation.as_str() {
        "get" => {
            let Some(found) = find(&args.named, &targets(), context)? else {
                return Ok(Answer::new("{}\n"));
            };
            let credential = found.obtain(context)?;
            let reply = Reply {
                token: credential.token.expose(),
            };
            Ok(Answer::secret(Secret::new(
                serde_json::to_string(&reply)? + "\n",
            )))
        }
        "forget" => {
            if let Some(found) = find(&args.named, &targets(), context)? {
                found.drop_token(context)?;
            }
            Ok(Answer::new(""))
        }
        "store" => {
            // All of it must be read, says the specification.
            drop(stdin(Until::End)?);
            Err(keeps_nothing())
        }
        other => Err(unknown(other, &["get", "forget"])),
    }
}
