//! Warnings that are kept back until it is known whether they are news. What else is said goes on at once.

use std::cell::RefCell;

use crate::host::{Notices, Warning};
use crate::secret::Secret;

pub(super) struct Heard<'a> {
    notices: &'a dyn Notices,
    warnings: RefCell<Vec<Warning>>,
}

impl<'a> Heard<'a> {
    pub(super) fn new(notices: &'a dyn Notices) -> Self {
        Self {
            notices,
            warnings: RefCell::default(),
        }
    }

    /// What was warned of.
    pub(super) fn warnings(self) -> Vec<Warning> {
        self.warnings.into_inner()
    }
}

impl Notices for Heard<'_> {
    fn warn(&self, warning: Warning) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    fn detail(&self, message: &str) {
        self.notices.detail(message);
    }

    fn progress(&self, message: &str) {
        self.notices.progress(message);
    }

    fn command_runner(&self, line: &Secret<String>) {
        self.notices.command_runner(line);
    }

    fn has_warned(&self) -> bool {
        !self.warnings.borrow().is_empty()
    }
}
