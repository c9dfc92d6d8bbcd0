//! Which parameter of a sample is what: the credentials, the grant, the scope, and the rest.

use std::collections::BTreeMap;

use crate::client_auth::ClientAuth;
use crate::grant::Grant;
use crate::request::StandardParam;
use crate::sample::{Basic, Param, Sample, Text, simplified};

/// What providers call id and secret where they do not call them so, in their order of likelihood.
const IDS: [&str; 10] = [
    "clientid",
    "appid",
    "applicationid",
    "consumerkey",
    "appkey",
    "apikey",
    "accesskeyid",
    "accesskey",
    "key",
    "id",
];
const SECRETS: [&str; 9] = [
    "clientsecret",
    "appsecret",
    "applicationsecret",
    "consumersecret",
    "apisecret",
    "secretaccesskey",
    "accesskeysecret",
    "secretkey",
    "secret",
];

/// The parts of a sample by what they are to a profile.
pub(super) struct Roles {
    pub(super) grant: Grant,
    /// `None` where the sample authenticates no client at all, and needs not.
    pub(super) client_auth: Option<ClientAuth>,
    /// Id, secret, and what the grant sends.
    pub(super) values: BTreeMap<StandardParam, Text>,
    /// What the provider calls them, where that is not their name.
    pub(super) names: BTreeMap<StandardParam, String>,
    pub(super) params: Vec<Param>,
    /// The credentials came in one text.
    pub(super) were_joined: bool,
}

/// Tells the parts of a sample.
pub(super) fn roles(sample: &mut Sample) -> Roles {
    let mut roles = Roles {
        grant: Grant::None,
        client_auth: None,
        values: BTreeMap::new(),
        names: BTreeMap::new(),
        params: std::mem::take(&mut sample.params),
        were_joined: false,
    };
    roles.find_grant();
    roles.find_client(sample.basic.take());
    roles
}

impl Roles {
    /// The parameter of one of these names, where it has a single value that is text.
    fn find(&self, names: &[&str]) -> Option<usize> {
        let is_single = |param: &Param| {
            !param.is_list
                && param
                    .values
                    .iter()
                    .all(|value| !value.bare && !value.is_file)
        };
        names.iter().find_map(|name| {
            self.params
                .iter()
                .position(|param| simplified(&param.name) == *name && is_single(param))
        })
    }

    fn take(&mut self, standard: StandardParam, at: usize) {
        let param = self.params.remove(at);
        if param.name != standard.as_str() {
            self.names.insert(standard, param.name);
        }
        if let Some(value) = param.values.into_iter().next() {
            self.values.insert(standard, value.text);
        }
    }

    fn find_grant(&mut self) {
        let Some(at) = self.find(&["granttype"]) else {
            return;
        };
        let named = self
            .params
            .get(at)
            .and_then(|param| param.values.first()?.text.literal());
        let grant = named.and_then(|name| name.parse().ok());
        let Some(grant) = grant.filter(|grant| *grant != Grant::None) else {
            return;
        };
        let sent: &[(StandardParam, &[&str])] = match grant {
            Grant::RefreshToken => &[
                (StandardParam::RefreshToken, &["refreshtoken"]),
                (StandardParam::Scope, &["scope", "scopes"]),
            ],
            Grant::Password => &[
                (StandardParam::Username, &["username"]),
                (StandardParam::Password, &["password"]),
                (StandardParam::Scope, &["scope", "scopes"]),
                (StandardParam::Audience, &["audience"]),
            ],
            Grant::ClientCredentials | Grant::None => &[
                (StandardParam::Scope, &["scope", "scopes"]),
                (StandardParam::Audience, &["audience"]),
            ],
        };
        let has = |standard: &StandardParam| {
            sent.iter()
                .any(|(sent, names)| sent == standard && self.find(names).is_some())
        };
        if !grant.needs().iter().all(has) {
            return;
        }
        self.grant = grant;
        self.take(StandardParam::GrantType, at);
        for (standard, names) in sent {
            if let Some(at) = self.find(names) {
                let is_empty = self.params.get(at).is_some_and(|param| {
                    param
                        .values
                        .iter()
                        .all(|value| value.text.as_marked().trim().is_empty())
                });
                // An empty text is a parameter all the same, but no scope.
                if !is_empty {
                    self.take(*standard, at);
                }
            }
        }
    }

    fn find_client(&mut self, basic: Option<Basic>) {
        match basic {
            Some(Basic::Pair(id, secret)) => {
                self.client_auth = Some(ClientAuth::SecretBasic);
                self.values.extend([
                    (StandardParam::ClientId, id),
                    (StandardParam::ClientSecret, secret),
                ]);
            }
            Some(Basic::Whole) => {
                self.client_auth = Some(ClientAuth::SecretBasic);
                let unknown =
                    |standard: StandardParam| Text::marked(&format!("<{}>", standard.as_str()));
                for standard in [StandardParam::ClientId, StandardParam::ClientSecret] {
                    // A page that shows them in the body too means the same ones.
                    let at = self.find(&[&simplified(standard.as_str())]);
                    let shown = at.and_then(|at| {
                        self.params
                            .get(at)?
                            .values
                            .first()
                            .map(|value| value.text.clone())
                    });
                    self.were_joined |= shown.is_none();
                    self.values
                        .insert(standard, shown.unwrap_or_else(|| unknown(standard)));
                }
            }
            None => self.find_client_in_params(),
        }
    }

    fn find_client_in_params(&mut self) {
        match (self.find(&IDS), self.find(&SECRETS)) {
            (Some(id), Some(secret)) => {
                self.client_auth = Some(ClientAuth::SecretPost);
                self.take(StandardParam::ClientSecret, secret);
                self.take(
                    StandardParam::ClientId,
                    if secret < id { id - 1 } else { id },
                );
            }
            (Some(id), None)
                if self.grant != Grant::None && self.find(&["clientid"]) == Some(id) =>
            {
                self.client_auth = Some(ClientAuth::None);
                self.take(StandardParam::ClientId, id);
            }
            _ if self.grant != Grant::None => self.client_auth = Some(ClientAuth::None),
            _ => {}
        }
    }
}
