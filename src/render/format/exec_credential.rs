//! A Kubernetes `ExecCredential`, as kubectl reads it from a credential plugin:
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.

use anyhow::Result;
use serde_json::{Value, json};

use super::TokenOutput;
use crate::render::error::CommandError;
use crate::text::sanitize;

/// The default, and the other version that kubectl accepts. It dropped `v1alpha1` in 1.24.
const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

pub(super) fn format(token: &str, output: &TokenOutput<'_>) -> Result<String> {
    let mut status = json!({ "token": token });
    if let Some((at, _)) = output.token.expiry {
        status["expirationTimestamp"] = json!(at.rfc3339());
    }
    let version = api_version(output.kubernetes_exec_info.as_deref())?;
    Ok(json!({ "apiVersion": version, "kind": "ExecCredential", "status": status }).to_string())
}

/// The version that the caller names in `KUBERNETES_EXEC_INFO`: kubectl accepts no other.
///
/// # Errors
/// `tok` does not know that version.
pub fn api_version(exec_info: Option<&str>) -> Result<&'static str> {
    let info = exec_info.and_then(|info| serde_json::from_str::<Value>(info).ok());
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
