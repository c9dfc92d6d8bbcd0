//! Turns a server's error response into an error for display, with a hint.

use super::error::{AcquireError, ErrorDetails};
use super::redaction::is_credential;
use crate::grant::Grant;
use crate::profile::Profile;
use crate::request::{BasicEncoding, RequestPlan, Scalar};
use crate::response::{self, ResponseError};
use crate::secret::Redactor;

/// A property of the credentials that may be why the server rejected them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// One of them ends in a line break.
    LineBreak,
    /// They contain characters that servers decode differently, depending on whether they form-decode Basic credentials.
    BasicEncoding(BasicEncoding),
}

impl Suspicion {
    pub(super) fn of(plan: &RequestPlan) -> Option<Self> {
        let credentials = plan
            .params
            .iter()
            .filter(|param| is_credential(param))
            .flat_map(|param| &param.values);
        let basic = plan.basic.as_ref();
        let mut basic_values = basic
            .into_iter()
            .flat_map(|basic| [&basic.id, &basic.secret]);
        if credentials
            .chain(basic_values.clone())
            .any(|value| value.text.expose().ends_with(['\r', '\n']))
        {
            return Some(Self::LineBreak);
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_ambiguous = |value: &Scalar| !value.text.expose().bytes().all(is_plain);
        let is_ambiguous = basic_values.any(is_ambiguous);
        basic
            .filter(|_| is_ambiguous)
            .map(|basic| Self::BasicEncoding(basic.encoding))
    }
}

/// The error for display. Secrets and tokens that the server repeats are redacted.
pub(super) fn explain(
    error: ResponseError,
    profile: &Profile,
    grant: Grant,
    suspicion: Option<Suspicion>,
    redactor: &Redactor,
) -> AcquireError {
    let shown = |text: String| redactor.sanitize(&text);
    let shown_details = |status, details: response::ErrorDetails| ErrorDetails {
        status,
        code: details.code.map(shown),
        description: details.description.map(shown),
    };
    match error {
        ResponseError::Rejected {
            status,
            details,
            is_mapped,
        } => {
            // Compare the code before it is redacted: a secret may be equal to an error code.
            let code = details.code.clone().unwrap_or_default();
            AcquireError::Rejected {
                is_final: is_final(status, &code, is_mapped, grant),
                is_spent: code == "invalid_grant",
                hint: Some(hint(status, &code, profile, suspicion)),
                details: shown_details(status, details),
            }
        }
        ResponseError::RateLimited {
            status,
            details,
            retry_after,
        } => AcquireError::RateLimited {
            details: shown_details(status, details),
            retry_after,
        },
        ResponseError::ServerFailed {
            status,
            details,
            retry_after,
        } => AcquireError::ServerFailed {
            details: shown_details(status, details),
            retry_after,
        },
        ResponseError::Redirected { status, host } => AcquireError::Redirected {
            status,
            host: host.map(shown),
        },
        ResponseError::Invalid {
            status,
            reason,
            advice,
        } => AcquireError::InvalidResponse {
            status,
            what: reason,
            hint: advice,
        },
        ResponseError::BoundToken { status, kind } => AcquireError::InvalidResponse {
            status,
            what: format!("its token type is {kind}, a token that is bound to a key"),
            hint: Some("ask the provider for Bearer tokens".to_owned()),
        },
    }
}

/// Whether the server rejected the credentials, so that they are not sent again for a while.
fn is_final(status: u16, code: &str, mapped: bool, grant: Grant) -> bool {
    match code {
        "invalid_client" | "unauthorized_client" => true,
        "invalid_grant" => grant == Grant::Password,
        "invalid_scope" | "invalid_request" | "unsupported_grant_type" | "invalid_target" => false,
        _ => mapped || status == 401,
    }
}

fn hint(status: u16, code: &str, profile: &Profile, suspicion: Option<Suspicion>) -> String {
    let name = &profile.name;
    let compare = format!("compare `tok explain {name} --curl` with the provider's own sample");
    let is_about_credentials =
        status == 401 || code == "invalid_client" || (code.is_empty() && status == 403);
    match (code, suspicion) {
        ("unauthorized_client", _) => format!(
            "the client may not use `grant = \"{}\"`: ask the provider which grants it may use",
            profile.grant.as_str()
        ),
        (_, Some(Suspicion::LineBreak)) if is_about_credentials => format!(
            "a credential ends in a line break: remove it where it comes from, which `tok explain {name}` shows"
        ),
        (_, Some(Suspicion::BasicEncoding(encoding))) if is_about_credentials => format!(
            "the credentials contain characters that servers decode differently: try `basic_encoding = \"{}\"`",
            match encoding {
                BasicEncoding::Raw => "form",
                BasicEncoding::Form => "raw",
            }
        ),
        _ if is_about_credentials => format!(
            "check `client_id` and `client_secret`; `tok explain {name}` shows where they come from. \
             The provider may want another `strategy`: {compare}"
        ),
        ("invalid_scope", _) => "check `scope`".to_owned(),
        ("invalid_grant", _) => format!(
            "the {} is wrong, expired or revoked",
            if profile.grant == Grant::Password {
                "user name or password"
            } else {
                "refresh token"
            }
        ),
        ("unsupported_grant_type" | "invalid_request", _) => {
            format!("{compare}; its `strategy` may be another")
        }
        _ => match status {
            404 | 410 => format!("check `token_url`; `tok explain {name}` shows the request"),
            405 => "the server wants another `method`, or this is not the `token_url`".to_owned(),
            415 => {
                "the server wants its parameters in another form: check `strategy` or `params_in`"
                    .to_owned()
            }
            _ => format!("`tok explain {name}` shows the request"),
        },
    }
}
