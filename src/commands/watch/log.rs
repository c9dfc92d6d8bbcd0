//! The logs of a watch: one that keeps back the warnings of an attempt until it is known whether they are news, and one
//! for checks between attempts.

use std::cell::RefCell;

use crate::host::{Log, Warning};
use crate::secret::Secret;

pub(super) struct AttemptLog<'a> {
    log: &'a dyn Log,
    warnings: RefCell<Vec<Warning>>,
}

impl<'a> AttemptLog<'a> {
    pub(super) fn new(log: &'a dyn Log) -> Self {
        Self {
            log,
            warnings: RefCell::default(),
        }
    }

    pub(super) fn into_warnings(self) -> Vec<Warning> {
        self.warnings.into_inner()
    }
}

impl Log for AttemptLog<'_> {
    fn warn(&self, warning: Warning) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    fn debug(&self, message: &str) {
        self.log.debug(message);
    }

    fn progress(&self, message: &str) {
        self.log.progress(message);
    }

    fn command_runner(&self, line: &Secret<String>) {
        self.log.command_runner(line);
    }
}

pub(super) struct SilentLog;

impl Log for SilentLog {
    fn warn(&self, _warning: Warning) {}
    fn debug(&self, _message: &str) {}
    fn progress(&self, _message: &str) {}
}
