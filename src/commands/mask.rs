//! Keeping a token out of a CI system's log, before it is printed anywhere.

use super::Context;
use crate::secret::Secret;

/// What GitHub Actions sets, and Gitea's and Forgejo's.
const GITHUB: &str = "GITHUB_ACTIONS";
/// What Azure Pipelines sets.
const AZURE: &str = "TF_BUILD";

impl Context<'_> {
    /// Tells the CI system, where one listens for that, never to show this token. It listens to standard error too.
    ///
    /// GitHub Actions and those that speak its language: `add-mask` of its workflow commands. Azure Pipelines:
    /// `task.setsecret` of its logging commands. Both read escapes, so that a per cent sign must be one.
    pub(super) fn mask(&self, token: &Secret<String>) {
        let token = token.expose();
        if self.is_true(GITHUB) {
            let line = format!("::add-mask::{}\n", token.replace('%', "%25"));
            self.log.command_runner(&Secret::new(line));
        }
        if self.is_true(AZURE) {
            let line = format!("##vso[task.setsecret]{}\n", token.replace('%', "%AZP25"));
            self.log.command_runner(&Secret::new(line));
        }
    }

    fn is_true(&self, name: &str) -> bool {
        self.environment
            .text(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}
