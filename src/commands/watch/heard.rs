//! Warnings that are kept back until it is known whether they are news. What else is said goes on at once.

use std::cell::RefCell;

use crate::host::{Log, Warning};
use crate::secret::Secret;

pub(super) struct CommandOutput<'a> {
    log: &'a dyn Log,
    warnings: RefCell<Vec<Warning>>,
}

impl<'a> CommandOutput<'a> {
    pub(super) fn new(log: &'a dyn Log) -> Self {
        Self {
            log,
            warnings: RefCell::default(),
        }
    }

    /// What was warned of.
    pub(super) fn warnings(self) -> Vec<Warning> {
        self.warnings.into_inner()
    }
}

impl Log for CommandOutput<'_> {
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
