//! `none`: a public client, which sends its id alone (RFC 7591 §2).

use super::{Authentication, Definition};
use crate::request::StandardParam::ClientId;

pub(super) const DEFINITION: Definition = Definition {
    needs: &[],
    params: &[ClientId],
    authenticate: |input| Authentication {
        params: input
            .client_id
            .map(|id| (ClientId, id))
            .into_iter()
            .collect(),
        basic: None,
    },
};
