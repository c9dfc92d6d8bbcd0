//! The file that is kept fresh.

use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use anyhow::Result;

use super::super::output_file::write_file;
use super::warn;
use crate::host::{Log, Warning};
use crate::os;
use crate::render::report::classify;
use crate::secret::Secret;
use crate::time::UnixTime;

pub(super) struct WatchedFile<'a> {
    profile: &'a str,
    path: &'a Path,
    log: &'a dyn Log,
    content: Option<Content>,
    /// At least one write succeeded.
    was_written: bool,
    /// The last write failed, and this was reported.
    is_failing: bool,
}

/// The content of the file, and what was reported about it.
struct Content {
    text: Secret<String>,
    /// From the request to the expiry.
    valid: Range<UnixTime>,
    is_written: bool,
    reported_rewrite: bool,
    reported_expiry: bool,
}

impl<'a> WatchedFile<'a> {
    pub(super) fn new(profile: &'a str, path: &'a Path, log: &'a dyn Log) -> Self {
        Self {
            profile,
            path,
            log,
            content: None,
            was_written: false,
            is_failing: false,
        }
    }

    /// Sets the content, without writing it.
    pub(super) fn set(&mut self, text: Secret<String>, valid: Range<UnixTime>) {
        self.content = Some(Content {
            text,
            valid,
            is_written: false,
            reported_rewrite: false,
            reported_expiry: false,
        });
    }

    /// Whether its token is still good.
    pub(super) fn is_valid(&self, now: UnixTime) -> bool {
        let content = self.content.as_ref();
        content.is_some_and(|content| content.valid.contains(&now))
    }

    /// How long its token is good.
    pub(super) fn validity(&self) -> String {
        let path = self.path.display();
        self.content.as_ref().map_or_else(String::new, |content| {
            format!("`{path}` is good until {}", content.valid.end.rfc3339())
        })
    }

    /// Writes the file if it does not hold the token, unless that has expired.
    ///
    /// # Errors
    /// The file cannot be written, and never could be.
    pub(super) fn update(&mut self, now: UnixTime) -> Result<()> {
        let Some(content) = &mut self.content else {
            return Ok(());
        };
        let (name, path) = (self.profile, self.path.display());
        if !content.valid.contains(&now) {
            if now >= content.valid.end && !content.reported_expiry {
                content.reported_expiry = true;
                let message = format!(
                    "profile `{name}`: the token in `{path}` has expired; the file is left as it is"
                );
                warn(self.log, Warning::new(message));
            }
            return Ok(());
        }
        if content.is_written && holds(self.path, content.text.expose()).unwrap_or(false) {
            return Ok(());
        }
        match write_file(self.path, content.text.expose().as_bytes()) {
            Ok(()) => {
                let at = content.valid.end;
                let until = format!("good until {} ({})", at.rfc3339(), at.relative_to(now));
                if !content.is_written || self.is_failing {
                    self.log.info(&format!("{name}: wrote `{path}`, {until}"));
                } else if !content.reported_rewrite {
                    content.reported_rewrite = true;
                    self.log.info(&format!(
                        "{name}: another program changed `{path}`; wrote it again, {until}"
                    ));
                }
                content.is_written = true;
                self.was_written = true;
                self.is_failing = false;
            }
            Err(error) if !self.was_written => return Err(error),
            Err(error) if !self.is_failing => {
                self.is_failing = true;
                let message = classify(&error).message;
                let message = format!("profile `{name}`: {message}; trying again");
                warn(self.log, Warning::new(message));
            }
            Err(_) => {}
        }
        Ok(())
    }
}

/// Whether a file is a regular one of this user, closed to others, with this content.
fn holds(path: &Path, text: &str) -> io::Result<bool> {
    let file = os::open_no_follow(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || os::is_open_to_others(&metadata) || !os::is_owned_by_us(&metadata) {
        return Ok(false);
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(text.len() + 1));
    file.take(text.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes.as_slice() == text.as_bytes())
}
