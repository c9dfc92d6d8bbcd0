//! Hiding a token in a CI system's log, before it is printed anywhere.

use super::Context;
use crate::secret::Secret;

/// Set to `true` by GitHub Actions, Gitea and Forgejo.
const GITHUB: &str = "GITHUB_ACTIONS";
/// Set to `True` by Azure Pipelines.
const AZURE: &str = "TF_BUILD";

impl Context<'_> {
    /// Tells the CI runner, if there is one, to hide a token. Runners read their commands from standard error as well:
    /// [`add-mask`] on GitHub, [`task.setsecret`] on Azure, each with the per cent sign escaped.
    ///
    /// [`add-mask`]: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#masking-a-value-in-a-log
    /// [`task.setsecret`]: https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands#setsecret-register-a-value-as-a-secret
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

    /// Hides those encoded forms of a token that are about to be printed.
    pub(super) fn mask_printed(
        &self,
        token: &Secret<String>,
        encoded: &[Secret<String>],
        text: &Secret<String>,
    ) {
        for form in encoded {
            if form.expose() != token.expose() && text.expose().contains(form.expose()) {
                self.mask(form);
            }
        }
    }

    fn is_true(&self, name: &str) -> bool {
        self.environment
            .text(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}
