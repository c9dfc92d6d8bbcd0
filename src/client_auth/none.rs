//! `none`: a public client, which sends its id alone (RFC 7591 §2).

use super::{Authentication, ClientAuthInput};
use crate::request::StandardParam;

pub(super) const NEEDS: &[StandardParam] = &[];
pub(super) const PARAMS: &[StandardParam] = &[StandardParam::ClientId];

pub(super) fn authenticate(input: ClientAuthInput) -> Authentication {
    let id = input.client_id.map(|id| (StandardParam::ClientId, id));
    Authentication {
        params: id.into_iter().collect(),
        ..Authentication::default()
    }
}
