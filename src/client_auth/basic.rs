//! `client_secret_basic`: id and secret in the `Authorization` header (RFC 6749 §2.3.1).

use super::{Authentication, Definition};
use crate::request::BasicCredentials;
use crate::request::StandardParam::{ClientId, ClientSecret};

pub(super) const DEFINITION: Definition = Definition {
    needs: &[ClientId, ClientSecret],
    params: &[],
    authenticate: |input| Authentication {
        basic: input
            .client_id
            .zip(input.client_secret)
            .map(|(id, secret)| BasicCredentials {
                id,
                secret,
                encoding: input.basic_encoding,
            }),
        ..Authentication::default()
    },
};
