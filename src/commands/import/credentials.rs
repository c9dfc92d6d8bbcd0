//! Finds the credentials, the grant and the scope among the parameters of a sample.

use std::collections::BTreeMap;

use crate::client_auth::ClientAuth;
use crate::grant::Grant;
use crate::request::StandardParam;
use crate::sample::{Params, Sample, is_bracketed, simplified};

/// What providers call the client's id and secret, the likeliest first.
const IDS: &str =
    "clientid appid applicationid consumerkey appkey apikey accesskeyid accesskey key id";
const SECRETS: &str = "clientsecret appsecret applicationsecret consumersecret apisecret secretaccesskey accesskeysecret \
    secretkey secret";

pub(super) struct Credentials {
    pub(super) grant: Grant,
    /// `None` where the sample names neither client nor grant.
    pub(super) client_auth: Option<ClientAuth>,
    pub(super) values: BTreeMap<StandardParam, String>,
    /// What the provider calls them, where that is not the standard name.
    pub(super) names: BTreeMap<StandardParam, String>,
}

impl Credentials {
    /// Takes them out of the sample's parameters.
    pub(super) fn take(sample: &mut Sample) -> Self {
        let mut credentials = Self {
            grant: Grant::None,
            client_auth: None,
            values: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        credentials.take_grant(&mut sample.params);
        match sample.basic.take() {
            Some((id, secret)) => {
                credentials.client_auth = Some(ClientAuth::SecretBasic);
                let pair = [
                    (StandardParam::ClientId, id),
                    (StandardParam::ClientSecret, secret),
                ];
                for (standard, value) in pair {
                    // A page that has a placeholder for the encoded pair may show both in the body.
                    let in_body = || text(&sample.params, find(&sample.params, standard.as_str())?);
                    let shown = in_body().filter(|_| is_bracketed(&value));
                    let value = shown.map_or(value.clone(), str::to_owned);
                    credentials.values.insert(standard, value);
                }
            }
            None => credentials.take_client(&mut sample.params),
        }
        credentials
    }

    fn take_param(&mut self, params: &mut Params, at: usize, standard: StandardParam) {
        let (name, value) = params.remove(at);
        if name != standard.as_str() {
            self.names.insert(standard, name);
        }
        let value = value.as_str().unwrap_or_default();
        self.values.insert(standard, value.to_owned());
    }

    fn take_grant(&mut self, params: &mut Params) {
        let Some(at) = find(params, "grant_type") else {
            return;
        };
        let named = text(params, at).and_then(|name| name.parse::<Grant>().ok());
        let Some(grant) = named.filter(|grant| *grant != Grant::None) else {
            return;
        };
        let is_there = |needed: &StandardParam| find(params, needed.as_str()).is_some();
        if !grant.needs().iter().all(is_there) {
            return;
        }
        self.grant = grant;
        for standard in grant.params() {
            // An empty scope stays a parameter: the scope of a profile cannot be empty.
            let at = find(params, standard.as_str()).filter(|at| text(params, *at) != Some(""));
            if let Some(at) = at {
                self.take_param(params, at, *standard);
            }
        }
    }

    fn take_client(&mut self, params: &mut Params) {
        let has_grant = self.grant != Grant::None;
        self.client_auth = has_grant.then_some(ClientAuth::None);
        if let (Some(_), Some(secret)) = (find(params, IDS), find(params, SECRETS)) {
            self.client_auth = Some(ClientAuth::SecretPost);
            self.take_param(params, secret, StandardParam::ClientSecret);
            if let Some(id) = find(params, IDS) {
                self.take_param(params, id, StandardParam::ClientId);
            }
        } else if let Some(id) = find(params, "client_id").filter(|_| has_grant) {
            self.take_param(params, id, StandardParam::ClientId);
        }
    }
}

/// The position of the text parameter with the first of these names, separated by spaces.
fn find(params: &Params, names: &str) -> Option<usize> {
    names.split(' ').find_map(|wanted| {
        params
            .iter()
            .position(|(name, value)| simplified(name) == simplified(wanted) && value.is_string())
    })
}

fn text(params: &Params, at: usize) -> Option<&str> {
    let (_, value) = params.get(at)?;
    value.as_str().map(str::trim)
}
