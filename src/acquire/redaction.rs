//! Removes the secrets of the request and all known tokens from text that came from the server.

use crate::request::{BuildError, Param, RequestPlan, StandardParam};
use crate::response::TokenResponse;
use crate::secret::{Redactor, Secret};
use crate::store::Entry;

#[derive(Default)]
pub(super) struct Redaction {
    /// For error messages: removes all secrets.
    pub(super) errors: Redactor,
    /// For `scope` and `token_type` of a reply: removes credentials and tokens only, because a scope may well contain
    /// the value of another secret parameter.
    data: Redactor,
}

impl Redaction {
    pub(super) fn learn(&mut self, credential: &Secret<String>) {
        self.errors.learn(credential);
        self.data.learn(credential);
    }

    /// Learns the tokens of an entry.
    pub(super) fn learn_entry(&mut self, entry: &Entry) {
        let others = [&entry.refresh_token, &entry.id_token];
        for token in others.into_iter().flatten().chain([&entry.access_token]) {
            self.learn(token);
        }
    }

    /// Learns the secrets of a request.
    pub(super) fn learn_request(&mut self, plan: &RequestPlan) -> Result<(), BuildError> {
        for param in &plan.params {
            for value in param.values.iter().filter(|value| value.hidden) {
                self.errors.learn(&value.text);
                if is_credential(param) {
                    self.data.learn(&value.text);
                }
            }
        }
        for (_, value) in plan.headers.iter().filter(|(_, value)| value.hidden) {
            self.errors.learn(&value.text);
        }
        if let Some(basic) = &plan.basic {
            if basic.id.hidden {
                self.errors.learn(&basic.id.text);
            }
            self.learn(&basic.secret.text);
            self.learn(&basic.encode()?);
        }
        Ok(())
    }

    /// Removes credentials and tokens from the fields of a token response that are shown. A requested scope is kept even
    /// if it equals a credential.
    pub(super) fn redact_response(&mut self, response: &mut TokenResponse, asked: Option<&str>) {
        let others = [&response.refresh_token, &response.id_token];
        let tokens = others.into_iter().flatten();
        for token in tokens.chain([&response.access_token]) {
            self.learn(token);
        }
        let asked = asked.unwrap_or_default();
        let is_asked = |word: &str| asked.split_whitespace().any(|asked| asked == word);
        if let Some(scope) = &mut response.scope
            && !scope.split_whitespace().all(is_asked)
        {
            *scope = self.data.redact(scope);
        }
        if let Some(token_type) = &mut response.token_type {
            *token_type = self.data.redact(token_type);
        }
    }
}

/// Whether a parameter of the request is a credential.
pub(super) fn is_credential(param: &Param) -> bool {
    use StandardParam::{ClientSecret, Password, RefreshToken};
    matches!(param.standard, Some(ClientSecret | Password | RefreshToken))
}
