//! `client_secret_post`: id and secret among the parameters (RFC 6749 §2.3.1).

use super::{Authentication, Definition};
use crate::request::StandardParam::{ClientId, ClientSecret};

pub(super) const DEFINITION: Definition = Definition {
    needs: &[ClientId, ClientSecret],
    params: &[ClientId, ClientSecret],
    authenticate: |input| {
        let id = input.client_id.map(|id| (ClientId, id));
        let secret = input.client_secret.map(|secret| (ClientSecret, secret));
        Authentication {
            params: id.into_iter().chain(secret).collect(),
            basic: None,
        }
    },
};
