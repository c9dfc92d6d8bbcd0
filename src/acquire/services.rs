//! What getting a token needs from outside: environment, clock, log, store and HTTP client.

use std::path::Path;

use crate::host::{Environment, Log};
use crate::http::{Settings, Transport, TransportError};
use crate::profile::Profile;
use crate::secret::source::Resolver;
use crate::store::TokenStore;
use crate::time::UnixTime;

#[derive(Clone, Copy)]
pub struct Services<'a> {
    pub environment: Environment<'a>,
    pub now: &'a dyn Fn() -> UnixTime,
    pub log: &'a dyn Log,
    /// `None`: no cache directory is known.
    pub store: Option<&'a dyn TokenStore>,
    /// Builds the HTTP client; called on a miss only.
    pub connect: &'a Connect,
    /// The directory of the profiles file, to which relative paths refer.
    pub base: &'a Path,
}

/// Builds the transport for an endpoint.
pub type Connect = dyn Fn(&str, &Settings<'_>) -> Result<Box<dyn Transport>, TransportError>;

impl<'a> Services<'a> {
    /// The resolver for the values of this profile.
    pub fn resolver(&self, profile: &'a Profile) -> Resolver<'a> {
        Resolver {
            environment: self.environment,
            vars: &profile.vars,
            base: self.base,
        }
    }
}
