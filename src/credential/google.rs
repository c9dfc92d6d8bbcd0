//! Google's external account credentials from an executable: <https://google.aip.dev/auth/4117>.
//!
//! ```text
//! $ tok credential google --profile NAME
//! {"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:jwt","id_token":"TOKEN","expiration_time":1795436100}
//! {"version":1,"success":false,"code":"5","message":"the token endpoint answered 401: invalid_client"}
//! ```
//!
//! An error is a reply too, on standard output, with the usual exit code. Google's library for Python reads standard
//! error as part of the reply, so `tok` writes nothing there on success: no warning, and no command that masks the token.
//!
//! `GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE` says which token is wanted, and the reply is also written to the file that
//! `GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE` names. The variables for audience and service account are not needed.

use anyhow::Result;
use serde::Serialize;

use super::{Credential, ProtocolError, ProtocolErrorKind, Reply};
use crate::jwt::Jwt;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// What the environment says about the request.
pub struct Request {
    /// [`JWT`] or [`ID_TOKEN`].
    token_type: &'static str,
    has_output_file: bool,
}

#[derive(Serialize)]
struct Accepted<'a> {
    version: u8,
    success: bool,
    token_type: &'a str,
    id_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_time: Option<i64>,
}

#[derive(Serialize)]
struct Refused<'a> {
    version: u8,
    success: bool,
    code: String,
    message: &'a str,
}

impl Request {
    /// Reads a request: the wanted type of token, and whether the reply goes to a file too.
    ///
    /// # Errors
    /// Google's library wants another type of token.
    pub fn new(token_type: Option<&str>, has_output_file: bool) -> Result<Self, ProtocolError> {
        let token_type = match token_type {
            None | Some(JWT) => JWT,
            Some(ID_TOKEN) => ID_TOKEN,
            Some(_) => {
                return Err(ProtocolError::new(
                    ProtocolErrorKind::Request,
                    "Google's library wants a token of a type that `tok` does not have",
                    &format!("write `\"subject_token_type\": \"{JWT}\"` in its configuration"),
                ));
            }
        };
        Ok(Self {
            token_type,
            has_output_file,
        })
    }

    /// The reply: an ID token if one is wanted and there, otherwise the access token.
    ///
    /// # Errors
    /// The token is not a JWT, whose signature Google would verify; or nothing says when it expires, and there is an
    /// output file.
    pub fn reply(&self, credential: &Credential) -> Result<Reply> {
        let id_token = credential.id_token.as_ref();
        let token = id_token
            .filter(|_| self.token_type == ID_TOKEN)
            .unwrap_or(&credential.token);
        let jwt = Jwt::read(token.expose()).ok_or_else(|| {
            let hint = format!(
                "an ID token comes with the scope `openid`; write `\"subject_token_type\": \"{ID_TOKEN}\"`"
            );
            let message = "the token is not a JWT, and Google accepts nothing else";
            ProtocolError::new(ProtocolErrorKind::Token, message, &hint)
        })?;
        let expires_at = jwt.expires_at().or(credential.expires_at);
        if self.has_output_file && expires_at.is_none() {
            let message = "nothing says when the token expires, which Google needs with an output \
                 file: write `assume_expires_in` in the profile";
            return Err(ProtocolError::new(ProtocolErrorKind::Profile, message, "").into());
        }
        Reply::json(&Accepted {
            version: 1,
            success: true,
            token_type: self.token_type,
            id_token: token.expose(),
            expiration_time: expires_at.map(|at| at.0),
        })
    }
}

/// The reply to a request that failed.
pub fn failure(code: u8, message: &str) -> Result<Reply> {
    let reply = Reply::json(&Refused {
        version: 1,
        success: false,
        code: code.to_string(),
        message,
    })?;
    Ok(reply.code(code))
}
