//! The formats in which a token is printed.

mod curl;
mod exec_credential;
mod header;
mod json;

pub use curl::{header_line as curl_header_line, quote as curl_quote};
pub use exec_credential::api_version as exec_credential_version;
pub use header::{AUTHORIZATION, bearer_value};

use anyhow::Result;
use clap::ValueEnum;

use crate::acquire::Token;
use crate::render::error::CommandError;
use crate::secret::Secret;
use crate::time::UnixTime;

/// How `tok get` prints a token, and `tok watch` writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum OutputFormat {
    /// The token
    #[default]
    Raw,
    /// The header `Authorization: Bearer TOKEN`
    Header,
    /// The value of that header
    Bearer,
    /// The token, its type, expiry and scope as JSON
    Json,
    /// A line for `curl -K`
    Curl,
    /// A JSON object of headers
    Headers,
    /// A Kubernetes `ExecCredential`
    ExecCredential,
}

/// Which token of the reply is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum TokenType {
    #[default]
    Access,
    Id,
    Refresh,
}

/// What a format may print.
pub struct TokenOutput<'a> {
    pub token: &'a Token,
    pub token_type: TokenType,
    pub profile: &'a str,
    pub cached: bool,
    pub now: UnixTime,
    /// The value of `KUBERNETES_EXEC_INFO`.
    pub kubernetes_exec_info: Option<String>,
}

impl OutputFormat {
    /// Formats a token, with a line break at the end.
    ///
    /// # Errors
    /// The reply had no token of this type, or the caller wants a version of the format that `tok` does not know.
    pub fn format(self, output: &TokenOutput<'_>) -> Result<Secret<String>> {
        let token = output.selected()?.expose();
        let text = match self {
            Self::Raw => token.to_owned(),
            Self::Header => header::header(token),
            Self::Bearer => bearer_value(token),
            Self::Json => json::format(token, output)?,
            Self::Curl => curl::header_line(token),
            Self::Headers => header::headers(token),
            Self::ExecCredential => exec_credential::format(token, output)?,
        };
        Ok(Secret::new(text + "\n"))
    }
}

impl<'a> TokenOutput<'a> {
    /// The token to print.
    ///
    /// # Errors
    /// The reply had no token of this type.
    pub fn selected(&self) -> Result<&'a Secret<String>> {
        let (found, name, hint) = match self.token_type {
            TokenType::Access => return Ok(&self.token.access_token),
            TokenType::Id => (
                &self.token.id_token,
                "ID",
                "providers issue one for the scope `openid`, and not with every grant",
            ),
            TokenType::Refresh => (
                &self.token.refresh_token,
                "refresh",
                "some providers issue one only for the scope `offline_access`",
            ),
        };
        found.as_ref().ok_or_else(|| {
            CommandError::NotCached {
                message: format!("the provider issued no {name} token"),
                hint: Some(hint.to_owned()),
            }
            .into()
        })
    }
}
