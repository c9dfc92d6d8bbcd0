//! The world outside, as far as getting a token needs it.

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
    /// `None`: no directory is known for one.
    pub store: Option<&'a dyn TokenStore>,
    /// Makes the HTTP client; called on a miss only.
    pub connect: &'a Connect,
    /// The directory of the profiles file, where relative paths begin.
    pub base: &'a Path,
}

/// How a transport for an endpoint is made.
pub type Connect = dyn Fn(&str, &Settings<'_>) -> Result<Box<dyn Transport>, TransportError>;

impl<'a> Services<'a> {
    /// Where values of this profile are looked up.
    pub fn resolver(&self, profile: &'a Profile) -> Resolver<'a> {
        Resolver {
            environment: self.environment,
            vars: &profile.vars,
            base: self.base,
        }
    }
}
