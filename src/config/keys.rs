//! Every key of a profile: one row each. Reading, suggestions and the JSON Schema's test go by this table.

/// Whether two layers' tables are merged entry by entry, or the upper replaces the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    Replace,
    ByKey,
}

/// One key of a profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) merge: Merge,
    /// Whether `[defaults]` may set it: it may not say which token a profile gets.
    pub(super) in_defaults: bool,
}

const fn identity(name: &'static str, merge: Merge) -> Key {
    Key {
        name,
        merge,
        in_defaults: false,
    }
}

const fn common(name: &'static str, merge: Merge) -> Key {
    Key {
        name,
        merge,
        in_defaults: true,
    }
}

/// Every key, in the order in which they are best read.
pub(super) const KEYS: [Key; 34] = [
    identity("preset", Merge::Replace),
    identity("extends", Merge::Replace),
    identity("token_url", Merge::Replace),
    identity("strategy", Merge::Replace),
    identity("method", Merge::Replace),
    identity("client_auth", Merge::Replace),
    identity("params_in", Merge::Replace),
    identity("basic_encoding", Merge::Replace),
    identity("grant", Merge::Replace),
    common("renew", Merge::Replace),
    identity("client_id", Merge::Replace),
    identity("client_secret", Merge::Replace),
    identity("username", Merge::Replace),
    identity("password", Merge::Replace),
    identity("refresh_token", Merge::Replace),
    identity("scope", Merge::Replace),
    identity("audience", Merge::Replace),
    identity("params", Merge::ByKey),
    identity("headers", Merge::ByKey),
    identity("names", Merge::ByKey),
    identity("omit", Merge::Replace),
    common("vars", Merge::ByKey),
    common("response", Merge::ByKey),
    common("error", Merge::ByKey),
    common("status", Merge::ByKey),
    common("timeout", Merge::Replace),
    common("connect_timeout", Merge::Replace),
    common("retries", Merge::Replace),
    common("min_ttl", Merge::Replace),
    common("refresh_before", Merge::Replace),
    common("assume_expires_in", Merge::Replace),
    common("cool_down", Merge::Replace),
    common("ca_file", Merge::Replace),
    common("proxy", Merge::Replace),
];

/// The row of a key.
pub(super) fn row(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
