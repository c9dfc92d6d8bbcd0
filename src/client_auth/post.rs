//! `client_secret_post`: id and secret among the parameters (RFC 6749 §2.3.1).

use super::{Authentication, ClientAuthInput};
use crate::request::StandardParam;

pub(super) const NEEDS: &[StandardParam] = &[StandardParam::ClientId, StandardParam::ClientSecret];
pub(super) const PARAMS: &[StandardParam] = NEEDS;

pub(super) fn authenticate(input: ClientAuthInput) -> Authentication {
    let id = input.client_id.map(|id| (StandardParam::ClientId, id));
    let secret = input.client_secret;
    let secret = secret.map(|secret| (StandardParam::ClientSecret, secret));
    Authentication {
        params: id.into_iter().chain(secret).collect(),
        ..Authentication::default()
    }
}
