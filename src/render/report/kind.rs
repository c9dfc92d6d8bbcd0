//! The kinds of failure with their exit codes: the one table that help, manual page, JSON and tests read.

/// The kinds of failure, in the order of their exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unexpected,
    Usage,
    Config,
    Secret,
    Rejected,
    RateLimited,
    Network,
    Server,
    Expired,
    NotCached,
    Locked,
    /// A program that the user named cannot be run; the code is that of a shell.
    CannotRun,
    /// A program that the user named does not exist; the code is that of a shell.
    NotFound,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Unexpected,
        Self::Usage,
        Self::Config,
        Self::Secret,
        Self::Rejected,
        Self::RateLimited,
        Self::Network,
        Self::Server,
        Self::Expired,
        Self::NotCached,
        Self::Locked,
        Self::CannotRun,
        Self::NotFound,
    ];

    /// Exit code, name in JSON, and meaning.
    const fn row(self) -> (u8, &'static str, &'static str) {
        match self {
            Self::Unexpected => (1, "unexpected", "unexpected error"),
            Self::Usage => (2, "usage", "wrong usage"),
            Self::Config => (3, "config", "invalid profiles file or unknown profile"),
            Self::Secret => (4, "secret", "a secret cannot be resolved"),
            Self::Rejected => (
                5,
                "rejected",
                "the server rejected the credentials or the request",
            ),
            Self::RateLimited => (6, "rate_limited", "rate limited"),
            Self::Network => (7, "network", "network, TLS or timeout"),
            Self::Server => (
                8,
                "server",
                "the server failed, or its reply cannot be understood",
            ),
            Self::Expired => (
                10,
                "expired",
                "the token has expired, or has less left than --min-ttl",
            ),
            Self::NotCached => (11, "not_cached", "no token is cached"),
            Self::Locked => (13, "locked", "another tok holds the lock of this token"),
            Self::CannotRun => (126, "unexpected", "exec, curl: the program cannot be run"),
            Self::NotFound => (127, "unexpected", "exec, curl: the program is not found"),
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.row().0
    }

    /// The `kind` of an error in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// What the exit code means.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.row().2
    }
}
