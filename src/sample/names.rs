//! Names of parameters and headers that tell something about their values.

/// Parts of names whose values are secret.
const SECRETS: &str = "secret pass pwd bearer session authentication token apikey accesskey credential assertion signature \
    authorization cookie";

/// Names of secrets that are too short to look for in longer names.
const WHOLE_SECRETS: &str =
    "pw psw code pin otp sig sign hash jwt hmac devicecode usercode authcode mfacode codeverifier";

/// Ends of names whose values describe a secret: `token_type`, `token_ttl`.
const KINDS: &str = "type format method mode ttl lifetime validity version seconds expiry";

/// Letters and digits alone, in lower case: `client_id`, `clientId` and `Client-ID` are the same name.
#[must_use]
pub fn simplified(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// Whether values of this name are secret. The name is [`simplified`].
pub(super) fn is_secret_name(name: &str) -> bool {
    let singular = name.strip_suffix('s').unwrap_or(name);
    let is_secret = SECRETS.split(' ').any(|part| name.contains(part))
        || WHOLE_SECRETS.split(' ').any(|whole| singular == whole)
        || singular.ends_with("key")
        || singular.ends_with("auth");
    is_secret && !is_kind(name)
}

/// Whether values of this name say which kind of token is requested, or for how long. The name is [`simplified`].
pub(super) fn is_kind(name: &str) -> bool {
    KINDS.split(' ').any(|kind| name.ends_with(kind))
}
