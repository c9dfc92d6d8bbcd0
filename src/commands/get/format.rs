//! The formats of `tok get`: one function each.

use anyhow::Result;
use serde::Serialize;

use super::super::Context;
use crate::acquire::{Acquired, Token};
use crate::cli::{FormArgs, TokenFormat, TokenType};
use crate::render::error::CommandError;
use crate::secret::Secret;
use crate::text::presentable;

/// The token in the words that were asked for, with a newline at the end.
pub(in super::super) fn words(
    acquired: &Acquired,
    profile: &str,
    form: &FormArgs,
    context: &Context<'_>,
) -> Result<Secret<String>> {
    let which = form.token_type;
    let token = chosen(&acquired.token, which)?;
    context.mask(token);
    let text = token.expose();
    Ok(Secret::new(match form.format {
        _ if form.header => header(text),
        TokenFormat::Raw => format!("{text}\n"),
        TokenFormat::Header => header(text),
        TokenFormat::Bearer => format!("Bearer {text}\n"),
        TokenFormat::Curl => curl(text),
        TokenFormat::Json => json(acquired, profile, text, which, context)?,
        TokenFormat::ExecCredential => exec_credential(&acquired.token, text, context)?,
    }))
}

fn header(token: &str) -> String {
    format!("Authorization: Bearer {token}\n")
}

fn chosen(token: &Token, which: TokenType) -> Result<&Secret<String>> {
    let (found, name, hint) = match which {
        TokenType::Access => return Ok(&token.access_token),
        TokenType::Id => (
            &token.id_token,
            "id",
            "an id token comes with the scope `openid`, and not with every grant",
        ),
        TokenType::Refresh => (
            &token.refresh_token,
            "refresh",
            "the provider gave none; some want the scope `offline_access`",
        ),
    };
    found.as_ref().ok_or_else(|| {
        CommandError::NotCached {
            message: format!("there is no {name} token"),
            hint: Some(hint.to_owned()),
        }
        .into()
    })
}

/// A line of a curl config file; inside its quotes a backslash escapes.
pub(in super::super) fn curl(token: &str) -> String {
    format!(
        "header = \"Authorization: Bearer {}\"\n",
        curl_quoted(token)
    )
}

/// A token for the inside of the quotes of a curl config file.
pub(in super::super) fn curl_quoted(token: &str) -> String {
    token.replace('\\', "\\\\").replace('"', "\\\"")
}

#[derive(Serialize)]
struct Json<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    token_type: &'a str,
    expires_at: Option<i64>,
    expires_in: Option<i64>,
    scope: Option<&'a str>,
    profile: &'a str,
    cached: bool,
}

fn json(
    acquired: &Acquired,
    profile: &str,
    text: &str,
    which: TokenType,
    context: &Context<'_>,
) -> Result<String> {
    let token = &acquired.token;
    let expires_at = token.expiry.map(|(at, _)| at);
    let only = |wanted| (which == wanted).then_some(text);
    let json = Json {
        access_token: only(TokenType::Access),
        id_token: only(TokenType::Id),
        refresh_token: only(TokenType::Refresh),
        token_type: token.token_type.as_deref().unwrap_or("Bearer"),
        expires_at: expires_at.map(|at| at.0),
        expires_in: expires_at.map(|at| at.since((context.now)())),
        scope: token.scope.as_deref(),
        profile,
        cached: acquired.cached,
    };
    Ok(serde_json::to_string(&json)? + "\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential<'a> {
    api_version: &'a str,
    kind: &'static str,
    status: ExecStatus<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecStatus<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<String>,
}

/// The versions of the API that are spoken; the first is written where the caller names none. `v1alpha1`, which kubectl
/// has dropped with 1.24, is none of them.
const EXEC_CREDENTIAL: [&str; 2] = [
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
];

/// The version in which a caller such as kubectl wants its answer: it takes no other. See the Kubernetes reference,
/// client authentication.
///
/// # Errors
/// It wants one that is not spoken.
pub(super) fn exec_credential_version(context: &Context<'_>) -> Result<&'static str> {
    let [first, ..] = EXEC_CREDENTIAL;
    let info = context.environment.text("KUBERNETES_EXEC_INFO");
    let info = info.and_then(|info| serde_json::from_str::<serde_json::Value>(&info).ok());
    let Some(asked) = info
        .as_ref()
        .and_then(|info| info.get("apiVersion")?.as_str())
    else {
        return Ok(first);
    };
    let spoken = EXEC_CREDENTIAL
        .into_iter()
        .find(|version| *version == asked);
    spoken.ok_or_else(|| {
        CommandError::usage(
            format!(
                "an ExecCredential of `{}` is asked for, which is not spoken here",
                presentable(asked)
            ),
            format!("write `apiVersion: {first}` in the `exec` section of the kubeconfig"),
        )
        .into()
    })
}

fn exec_credential(token: &Token, text: &str, context: &Context<'_>) -> Result<String> {
    let credential = ExecCredential {
        api_version: exec_credential_version(context)?,
        kind: "ExecCredential",
        status: ExecStatus {
            token: text,
            expiration_timestamp: token.expiry.map(|(at, _)| at.rfc3339()),
        },
    };
    Ok(serde_json::to_string(&credential)? + "\n")
}
