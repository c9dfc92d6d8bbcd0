//! A Kubernetes `ExecCredential`, as kubectl reads it from a credential plugin:
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.

use anyhow::Result;
use serde::Serialize;

use super::{TokenFormat, TokenOutput};
use crate::render::error::CommandError;
use crate::text::sanitize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'a str,
    kind: &'static str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<String>,
}

/// The default, and the other version that kubectl accepts. It dropped `v1alpha1` in 1.24.
const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

pub(super) struct ExecCredential;

impl TokenFormat for ExecCredential {
    fn format(&self, token: &str, output: &TokenOutput<'_>) -> Result<String> {
        Ok(serde_json::to_string(&Document {
            api_version: api_version(output.kubernetes_exec_info.as_deref())?,
            kind: "ExecCredential",
            status: Status {
                token,
                expiration_timestamp: output.token.expiry.map(|(at, _)| at.rfc3339()),
            },
        })?)
    }
}

/// The version that the caller names in `KUBERNETES_EXEC_INFO`: kubectl accepts no other.
///
/// # Errors
/// `tok` does not know that version.
pub fn api_version(exec_info: Option<&str>) -> Result<&'static str> {
    let info = exec_info.and_then(|info| serde_json::from_str::<serde_json::Value>(info).ok());
    let requested = info
        .as_ref()
        .and_then(|info| info.get("apiVersion")?.as_str());
    match requested {
        None | Some(V1) => Ok(V1),
        Some(V1BETA1) => Ok(V1BETA1),
        Some(other) => Err(CommandError::usage(
            format!(
                "the caller wants an ExecCredential of `{}`, which `tok` does not support",
                sanitize(other)
            ),
            format!("write `apiVersion: {V1}` in the `exec` section of the kubeconfig"),
        )
        .into()),
    }
}
