//! A request as a sample writes it, and the parameters, headers and credentials that it sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::params::{form, json};
use super::placeholder::is_bracketed;
use super::secrecy::contains_secret;
use super::{Sample, SampleError, simplified};
use crate::host::Warning;
use crate::request::{Method, ParamsIn};

/// The most bytes of a request; token requests are far shorter.
const LONGEST: usize = 16 << 10;

#[derive(Default)]
pub(super) struct RawRequest {
    pub(super) method: Option<Method>,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    /// `--json`
    pub(super) is_json: bool,
    /// `--get`: the body is sent in the query.
    pub(super) in_query: bool,
    /// `ID:SECRET`
    pub(super) user: Option<String>,
    pub(super) warnings: Vec<Warning>,
}

impl RawRequest {
    /// # Errors
    /// `tok` cannot send this method.
    pub(super) fn set_method(&mut self, name: &str) -> Result<(), SampleError> {
        let method = name.parse().map_err(|_| {
            let is_shown = name.len() < 8 && name.bytes().all(|byte| byte.is_ascii_uppercase());
            SampleError::Method(if is_shown { name } else { "…" }.to_owned())
        })?;
        self.method = Some(method);
        Ok(())
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Adds to the body as curl does.
    pub(super) fn data(&mut self, data: &str, separator: &str) {
        if !self.body.is_empty() {
            self.body.push_str(separator);
        }
        self.body.push_str(data);
    }

    /// Finds the parameters, credentials and headers.
    ///
    /// # Errors
    /// `tok` cannot send the request, or it does not request a token.
    pub(super) fn into_sample(self) -> Result<Sample, SampleError> {
        let headers = self.headers.iter();
        let length: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
        let body = self.body;
        if self.url.len() + body.len() + length > LONGEST {
            return Err(SampleError::TooLong);
        }
        let (base, query, user) = split_url(&self.url)?;
        let has_body = !body.is_empty() && !self.in_query;
        let method = match (self.method, has_body) {
            (Some(Method::Get), true) => return Err(SampleError::GetWithBody),
            (Some(method), _) => method,
            (None, true) => Method::Post,
            (None, false) => Method::Get,
        };
        let content_type = header_value(&self.headers, "content-type");
        let is_json = self.is_json
            || body.trim_start().starts_with('{')
            || content_type.is_some_and(|value| value.contains("json"));
        let (params, params_in) = match (has_body, is_json) {
            (true, true) => (json(&body)?, ParamsIn::Json),
            (true, false) => (form(&body)?, ParamsIn::Form),
            (false, _) => (form(&format!("{query}&{body}"))?, ParamsIn::Query),
        };
        let url = if has_body && !query.is_empty() {
            format!("{base}?{query}")
        } else {
            base
        };
        let names = params.iter().map(|(name, _)| name.as_str());
        let header_names = self.headers.iter().map(|(name, _)| name.as_str());
        let query_names = query.split('&').filter_map(|pair| pair.split('=').next());
        if names
            .chain(header_names)
            .chain(query_names)
            .any(contains_secret)
        {
            return Err(SampleError::SecretName);
        }
        let mut sample = Sample {
            method,
            url,
            params,
            params_in,
            headers: self.headers,
            basic: None,
            warnings: self.warnings,
        };
        sample.find_basic(self.user.or(user));
        sample.check()?;
        Ok(sample)
    }
}

/// A URL without credentials, query and fragment; its query; its credentials, `ID:SECRET`.
fn split_url(text: &str) -> Result<(String, &str, Option<String>), SampleError> {
    let text = text.trim();
    // A word in prose is not a URL.
    if !text.contains(['.', '/', ':', '<', '{']) {
        return Err(SampleError::NoUrl);
    }
    if text.contains(['\n', '\t']) {
        return Err(SampleError::SplitUrl);
    }
    let text = text.split('#').next().unwrap_or_default();
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    let (scheme, rest) = base.split_once("://").unwrap_or(("", base));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (
            Some(percent_decode_str(user).decode_utf8_lossy().into()),
            host,
        ),
        None => (None, authority),
    };
    let scheme = match scheme {
        // The variable holds a scheme too.
        "" if host.starts_with(['$', '{', '<']) => String::new(),
        "" if host.starts_with("localhost") || host.starts_with("127.") => "http://".to_owned(),
        "" => "https://".to_owned(),
        scheme => format!("{scheme}://"),
    };
    Ok((format!("{scheme}{host}{path}"), query, user))
}

fn header_value<'a>(headers: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    let mut headers = headers.iter();
    let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.map(|(_, value)| value.as_str())
}

impl Sample {
    /// Takes Basic credentials from `--user`, the URL or the `Authorization` header.
    fn find_basic(&mut self, user: Option<String>) {
        let is_basic = |(name, value): &(String, String)| {
            let scheme = value.get(..6).unwrap_or_default();
            name.eq_ignore_ascii_case("authorization") && scheme.eq_ignore_ascii_case("basic ")
        };
        let (id, secret) = match (user, self.headers.iter().position(is_basic)) {
            (_, Some(at)) => {
                let (_, value) = self.headers.remove(at);
                let encoded = value.get(6..).unwrap_or_default().trim();
                decode_basic(encoded).unwrap_or_else(|| {
                    self.warnings.push(
                        Warning::new("the sample has id and secret as one encoded text")
                            .hint("set both variables to the plain values: `tok` encodes them"),
                    );
                    ("<client_id>".to_owned(), "<client_secret>".to_owned())
                })
            }
            (Some(user), None) => match user.split_once(':') {
                Some((id, secret)) => (id.to_owned(), secret.to_owned()),
                // curl asks for the secret.
                None => (user, "<client_secret>".to_owned()),
            },
            (None, None) => return,
        };
        if !secret.is_empty() {
            self.basic = Some((id, secret));
            return;
        }
        // No secret source may be empty: the pair stays a header.
        let header = ("Authorization".to_owned(), format!("Basic {id}:"));
        self.headers.push(header);
        let warning =
            Warning::new("the sample sends an empty password, which `client_secret` cannot be");
        let hint = "set the variable to `Basic`, a space and the base64 of `USER:`";
        self.warnings.push(warning.hint(hint));
    }

    /// # Errors
    /// The request is not one for a token.
    fn check(&self) -> Result<(), SampleError> {
        let authorization = header_value(&self.headers, "authorization").unwrap_or_default();
        let has_bearer = authorization.to_ascii_lowercase().starts_with("bearer ");
        let mut names = self.params.iter().map(|(name, _)| simplified(name));
        let has_grant = names.any(|name| name == "granttype");
        let path = self.url.split('?').next().unwrap_or_default();
        let (_, last) = path
            .trim_end_matches('/')
            .rsplit_once('/')
            .unwrap_or_default();
        let last = last.to_ascii_lowercase();
        // Some tokens are issued to another token, and some logins to a key.
        let issuers = ["token", "login", "auth", "session"];
        let issues_tokens = issuers.iter().any(|word| last.contains(word));
        if has_bearer && !has_grant && !issues_tokens {
            return Err(SampleError::ApiCall);
        }
        if self.params.is_empty() && self.headers.is_empty() && self.basic.is_none() {
            return Err(SampleError::Empty);
        }
        Ok(())
    }
}

/// Id and secret from the value after `Basic`; `None` for a placeholder. Some pages show the pair itself: `Basic {id}:{secret}`.
fn decode_basic(value: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(value).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let is_plain = |part: &str| {
        decoded.is_some() || is_bracketed(part) || !part.contains(['<', '{', '(', '['])
    };
    let (id, secret) = decoded.as_deref().unwrap_or(value).split_once(':')?;
    (is_plain(id) && is_plain(secret)).then(|| (id.to_owned(), secret.to_owned()))
}
