//! Google's external account credentials from an executable: <https://google.aip.dev/auth/4117>.
//!
//! ```text
//! $ tok credential google --profile NAME
//! {"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:jwt","id_token":"TOKEN","expiration_time":1795436100}
//! {"version":1,"success":false,"code":"5","message":"the token endpoint answered 401: invalid_client"}
//! ```
//!
//! A failure is an answer too, on standard output, with the exit code that it has everywhere. Google's library for
//! Python reads standard error as part of the answer, so nothing is said there where all is well: no warning, and
//! no command that masks the token, which that library keeps to itself.
//!
//! `GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE` says what is wanted, and in the file that `GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE`
//! names the answer is left too. Audience and service account are Google's own affair.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{Context, Credential, Found};
use crate::cli::{GoogleArgs, IdentityArgs};
use crate::jwt::Jwt;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::report::ErrorSummary;
use crate::secret::Secret;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

#[derive(Serialize)]
struct Reply<'a> {
    version: u8,
    success: bool,
    token_type: &'a str,
    id_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_time: Option<i64>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    version: u8,
    success: bool,
    code: String,
    message: &'a str,
}

pub(super) fn run(args: &GoogleArgs, context: &Context<'_>) -> Result<Answer> {
    let wanted = context
        .environment
        .text("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE");
    let token_type = match wanted.as_deref() {
        None | Some(JWT) => JWT,
        Some(ID_TOKEN) => ID_TOKEN,
        Some(_) => {
            return Err(CommandError::usage(
                "Google's library wants a token of a type that cannot be had here",
                format!("write `\"subject_token_type\": \"{JWT}\"` in its configuration"),
            )
            .into());
        }
    };
    let (profile, base) = context.profile(&args.profile, &IdentityArgs::default())?;
    let name = profile.name.clone();
    let found = Found {
        profile,
        base,
        username: None,
        scheme: None,
        extent: String::new(),
    };
    let credential = found.obtain_unmasked(context)?;
    let (token, expiration_time) =
        chosen(&credential, token_type).with_context(|| InProfile(name))?;
    let reply = Reply {
        version: 1,
        success: true,
        token_type,
        id_token: token.expose(),
        expiration_time,
    };
    let text = Secret::new(serde_json::to_string(&reply)? + "\n");
    if let Some(path) = context
        .environment
        .get("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE")
    {
        super::super::output_file::write_file(Path::new(&path), text.expose().as_bytes())?;
    }
    Ok(Answer::secret(text))
}

/// An ID token where one is wanted and there, else the access token, which must be a JWT: Google checks its signature.
fn chosen<'a>(
    credential: &'a Credential,
    token_type: &str,
) -> Result<(&'a Secret<String>, Option<i64>)> {
    let id_token = credential
        .id_token
        .as_ref()
        .filter(|_| token_type == ID_TOKEN);
    let token = id_token.unwrap_or(&credential.token);
    let Some(jwt) = Jwt::read(token.expose()) else {
        return Err(CommandError::NotCached {
            message: "the token is no JWT, and Google takes nothing else".to_owned(),
            hint: Some("an ID token comes with the scope `openid`; write `\"subject_token_type\": \"urn:ietf:params:oauth:token-type:id_token\"`".to_owned()),
        }
        .into());
    };
    let expiry = jwt.expires_at().or(credential.expires_at);
    Ok((token, expiry.map(|at| at.0)))
}

pub(super) fn failed(failure: &ErrorSummary) -> Option<Answer> {
    let reply = Refusal {
        version: 1,
        success: false,
        code: failure.code().to_string(),
        message: &failure.message,
    };
    let text = serde_json::to_string(&reply).ok()?;
    Some(Answer {
        code: failure.code(),
        ..Answer::new(text + "\n")
    })
}
