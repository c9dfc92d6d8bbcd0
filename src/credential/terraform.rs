//! Terraform's credentials helper, also used by `OpenTofu`:
//! <https://developer.hashicorp.com/terraform/internals/credentials-helpers>.
//!
//! ```text
//! $ terraform-credentials-tok get app.example.com
//! {"token":"TOKEN"}
//! ```
//!
//! The reply for a host that is not mapped is `{}`. `forget` drops the cached token; `store` is refused.

use anyhow::Result;

use super::{CredentialSource, Input, ProtocolError, Query, Reply, Target};

pub fn answer(
    operation: &str,
    host: &str,
    input: &Input<'_>,
    source: &dyn CredentialSource,
) -> Result<Reply> {
    let targets = Target::guess(host).unwrap_or_default();
    let query = Query::about(&targets);
    match operation {
        "get" => match source.get(query)? {
            Some(credential) => Reply::json(&serde_json::json!({
                "token": credential.token.expose()
            })),
            None => Ok(Reply::text("{}\n")),
        },
        "forget" => {
            source.forget(query)?;
            Ok(Reply::nothing())
        }
        "store" => {
            // The specification wants all of it read.
            drop(input()?);
            Err(ProtocolError::stores_nothing().into())
        }
        other => Err(ProtocolError::unknown_operation(other, &["get", "forget"]).into()),
    }
}
