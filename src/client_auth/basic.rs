//! `client_secret_basic`: id and secret in the `Authorization` header (RFC 6749 §2.3.1).

use super::{Authentication, ClientAuthInput};
use crate::request::{BasicCredentials, StandardParam};

pub(super) const NEEDS: &[StandardParam] = &[StandardParam::ClientId, StandardParam::ClientSecret];
pub(super) const PARAMS: &[StandardParam] = &[];

pub(super) fn authenticate(input: ClientAuthInput) -> Authentication {
    let pair = input.client_id.zip(input.client_secret);
    Authentication {
        basic: pair.map(|(id, secret)| BasicCredentials {
            id,
            secret,
            encoding: input.basic_encoding,
        }),
        ..Authentication::default()
    }
}
