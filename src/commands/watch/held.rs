//! The token that the watched file is to hold.

use anyhow::Result;

use super::schedule::Renewal;
use crate::acquire::Token;
use crate::config::ConfigError;
use crate::render::error::CommandError;
use crate::secret::Secret;
use crate::time::UnixTime;

pub(super) struct Held {
    pub(super) token: Token,
    /// What is written.
    pub(super) words: Secret<String>,
    pub(super) renewal: Renewal,
    /// Where in its window the renewal lies.
    pub(super) chance: u64,
    /// The file has held it.
    pub(super) was_written: bool,
}

impl Held {
    pub(super) fn expires_at(&self) -> UnixTime {
        self.token
            .expiry
            .map_or(self.token.requested_at, |(at, _)| at)
    }

    /// Whether the token is good as far as our clock tells.
    pub(super) fn is_alive(&self, now: UnixTime) -> bool {
        (self.token.requested_at..self.expires_at()).contains(&now)
    }

    /// Whether this is the same token, with the same expiry.
    pub(super) fn is(&self, token: &Token) -> bool {
        self.token.access_token.expose() == token.access_token.expose()
            && self.token.expiry == token.expiry
    }
}

/// When a token expires that can be kept fresh.
///
/// # Errors
/// Nothing says so, or it has expired already.
pub(super) fn expiry(token: &Token, now: UnixTime) -> Result<UnixTime> {
    match token.expiry {
        Some((at, _)) if at > now => Ok(at),
        Some(_) => Err(CommandError::Expired {
            message: "the token has expired already when it comes: none can be kept fresh"
                .to_owned(),
        }
        .into()),
        None => Err(ConfigError::new(
            "nothing says when its tokens expire, so that none can be kept fresh",
        )
        .hint("write `assume_expires_in` in the profile if you know how long they live")
        .into()),
    }
}
