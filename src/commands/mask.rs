//! Keeping a token out of a CI system's log, before it is printed anywhere.

use super::Context;
use crate::secret::Secret;

impl Context<'_> {
    /// Tells the CI system, where one listens for that, never to show this token. It listens to standard error too.
    ///
    /// GitHub Actions and those that speak its language: `add-mask` of its workflow commands. Azure Pipelines:
    /// `task.setsecret` of its logging commands. Both read escapes, so that a per cent sign must be one.
    pub(super) fn mask(&self, token: &Secret<String>) {
        let is = |name: &str, value: &str| {
            self.environment.text(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        let token = token.expose();
        if is("GITHUB_ACTIONS", "true") {
            let line = format!("::add-mask::{}\n", token.replace('%', "%25"));
            self.notices.command_runner(&Secret::new(line));
        }
        if is("TF_BUILD", "true") {
            let line = format!("##vso[task.setsecret]{}\n", token.replace('%', "%AZP25"));
            self.notices.command_runner(&Secret::new(line));
        }
    }
}
