//! Hiding a token in a CI system's log, before it is printed anywhere.

use super::Context;
use crate::render::format::curl_quote;
use crate::secret::Secret;

/// Set to `true` by GitHub Actions, Gitea and Forgejo.
const GITHUB: &str = "GITHUB_ACTIONS";
/// Set to `True` by Azure Pipelines.
const AZURE: &str = "TF_BUILD";

impl Context<'_> {
    /// Tells the CI runner, if there is one, to hide a token or an encoded form of it. JSON and curl escape quotes and
    /// backslashes alike, so that form is hidden too. Runners read their commands from standard error as well:
    /// [`add-mask`] on GitHub, [`task.setsecret`] on Azure, each with the per cent sign escaped.
    ///
    /// [`add-mask`]: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#masking-a-value-in-a-log
    /// [`task.setsecret`]: https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands#setsecret-register-a-value-as-a-secret
    pub(super) fn mask(&self, value: &Secret<String>) {
        let plain = value.expose();
        let escaped = Secret::new(curl_quote(plain));
        let forms = [plain, escaped.expose()];
        let distinct = if plain == escaped.expose() { 1 } else { 2 };
        for form in forms.into_iter().take(distinct) {
            if self.is_true(GITHUB) {
                let line = format!("::add-mask::{}\n", form.replace('%', "%25"));
                self.log.command_runner(&Secret::new(line));
            }
            if self.is_true(AZURE) {
                let line = format!("##vso[task.setsecret]{}\n", form.replace('%', "%AZP25"));
                self.log.command_runner(&Secret::new(line));
            }
        }
    }

    fn is_true(&self, name: &str) -> bool {
        self.environment
            .text(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}
