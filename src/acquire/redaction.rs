//! What is removed from texts of the server: the secrets of the request, and every token that is known.

use crate::request::{BuildError, Param, RequestPlan, StandardParam};
use crate::response::TokenResponse;
use crate::secret::{Redactor, Secret};
use crate::store::Entry;

#[derive(Default)]
pub(super) struct Redaction {
    /// For error messages: all that is secret.
    pub(super) errors: Redactor,
    /// For what a reply says of its token: credentials and tokens alone. It is data, in which the value of some
    /// parameter may well stand.
    data: Redactor,
}

impl Redaction {
    pub(super) fn learn(&mut self, credential: &Secret<String>) {
        self.errors.learn(credential);
        self.data.learn(credential);
    }

    /// The tokens of an entry.
    pub(super) fn learn_entry(&mut self, entry: &Entry) {
        let others = [&entry.refresh_token, &entry.id_token];
        for token in others.into_iter().flatten().chain([&entry.access_token]) {
            self.learn(token);
        }
    }

    /// The secrets of a request.
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

    /// Takes credentials and tokens out of what is shown of a token response. A scope that was asked for is kept,
    /// even where some credential reads like it.
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
