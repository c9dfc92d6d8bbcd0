//! The header that carries a token (RFC 6750 §2.1): as a line, as its value alone, and as JSON.

/// Its name.
pub const AUTHORIZATION: &str = "Authorization";

/// `Bearer TOKEN`
#[must_use]
pub fn bearer_value(token: &str) -> String {
    format!("Bearer {token}")
}

/// `Authorization: Bearer TOKEN`
pub(super) fn header(token: &str) -> String {
    format!("{AUTHORIZATION}: {}", bearer_value(token))
}

/// `{"Authorization":"Bearer TOKEN"}`, for programs that ask a command for the headers of their requests.
pub(super) fn headers(token: &str) -> String {
    serde_json::json!({ AUTHORIZATION: bearer_value(token) }).to_string()
}
