//! The short way of a plain `tok get PROFILE` whose token is fresh: no arguments parsed but these two words, no
//! profiles file read, nothing built that is not needed. Measured beside the long way by `just bench`.
//!
//! It answers what the long way answered and would answer again, or nothing: see [`crate::store`]'s shortcuts. A
//! property test holds the two against each other.

use std::ffi::OsString;

use crate::config;
use crate::host::Host;
use crate::profile::is_name;
use crate::render::output::Answer;
use crate::store::{self, Cache};

/// The profile of a plain `tok get PROFILE`.
pub(crate) fn plain(args: &[OsString]) -> Option<&str> {
    let [_program, command, profile] = args else {
        return None;
    };
    profile
        .to_str()
        .filter(|name| command == "get" && is_name(name))
}

/// The answer; `None` leaves everything to the long way.
pub(crate) fn answer(args: &[OsString], host: &Host<'_>) -> Option<Answer> {
    let profile = plain(args)?;
    let environment = host.environment;
    let profiles_file = config::path(None, environment).ok()?;
    let cache = Cache::only_looked_at(store::directory(None, environment)?);
    cache
        .by_shortcut(&profiles_file, profile, environment, host.now)
        .map(Answer::secret)
}
