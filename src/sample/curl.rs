//! What a curl command sends: its options, in curl's own reading of them.

use percent_encoding::percent_decode_str;

use super::guess::has_secret_word;
use super::names::is_named_as_url;
use super::options::{Given, is_of_no_account, options};
use super::text::Text;
use super::{Aside, Basic, Sample, SampleError, Value, body};
use crate::request::{Method, ParamsIn};

/// In place of a secret for which curl would ask.
const UNSAID: &str = "<client_secret>";

/// The most bytes and the most parameters that a request has: no token request comes near.
const LONGEST: usize = 64 << 10;
const MOST_PARAMS: usize = 300;

/// In place of those that curl would read in another file.
const UNSAID_PAIR: &str = "<client_id>:<client_secret>";

/// The method of this name.
pub(super) fn method(name: &str) -> Result<Method, SampleError> {
    name.parse().map_err(|_| {
        let shown = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(12)
            .collect();
        SampleError::Method(shown)
    })
}

/// Reads the words after `curl`.
///
/// # Errors
/// There is no URL among them, or `tok` cannot send what they say.
pub(super) fn read(words: Vec<Text>) -> Result<Sample, SampleError> {
    let mut parts = Parts::default();
    for given in options(words) {
        parts.take(given)?;
    }
    parts.sample()
}

/// The parts of a request, as they are named one by one.
#[derive(Default)]
pub(super) struct Parts {
    method: Option<Method>,
    url: Text,
    headers: Vec<(String, Text)>,
    body: Option<Text>,
    /// `--data-urlencode`: parameters that are not encoded yet.
    plain: Vec<(String, Value)>,
    user: Option<Text>,
    in_query: bool,
    extra_query: Vec<Text>,
    others: Others,
}

/// What has nothing to do with the request's content.
#[derive(Default)]
struct Others {
    ca_file: Option<Text>,
    proxy: Option<Text>,
    timeout: Option<u64>,
    connect_timeout: Option<u64>,
    retries: Option<u64>,
    asides: Vec<Aside>,
}

impl Parts {
    /// A request that is there as a whole.
    pub(super) fn new(
        method: Method,
        url: Text,
        headers: Vec<(String, Text)>,
        body: Option<Text>,
    ) -> Self {
        Self {
            method: Some(method),
            url,
            headers,
            body,
            ..Self::default()
        }
    }

    fn take(&mut self, given: Given) -> Result<(), SampleError> {
        let Given { name, value } = given;
        match name.as_str() {
            "url" if self.url == Text::default() => self.url = value,
            // What stands there may be the value of an option that is not known.
            "url"
                if self.url.literal().is_some_and(|text| !text.contains('/'))
                    && is_whole(&value) =>
            {
                self.aside("a word that is no URL is left out", None);
                self.url = value;
            }
            "url" => self.aside("it has more than one URL: the first one is taken", None),
            "request" => self.method = Some(method(value.as_marked())?),
            "get" => self.in_query = true,
            "head" => return Err(SampleError::Method("HEAD".to_owned())),
            "upload-file" => return Err(SampleError::Method("PUT".to_owned())),
            "form" | "form-string" => return Err(SampleError::Multipart),
            "header" => self.header(&value),
            "user-agent" => self.headers.push(("User-Agent".to_owned(), value)),
            "referer" => self.headers.push(("Referer".to_owned(), value)),
            "cookie" => self.headers.push(("Cookie".to_owned(), value)),
            "oauth2-bearer" => {
                self.headers.push((
                    "Authorization".to_owned(),
                    Text::marked(&format!("Bearer {}", value.as_marked())),
                ));
            }
            "data" | "data-ascii" | "data-binary" if value.as_marked().starts_with('@') => {
                return Err(SampleError::BodyFromFile);
            }
            "data" | "data-ascii" | "data-raw" | "data-binary" => self.data(&value, "&"),
            "json" if value.as_marked().starts_with('@') => return Err(SampleError::BodyFromFile),
            "json" => {
                self.data(&value, "");
                for name in ["Content-Type", "Accept"] {
                    if !self
                        .headers
                        .iter()
                        .any(|(known, _)| known.eq_ignore_ascii_case(name))
                    {
                        self.headers
                            .push((name.to_owned(), Text::marked("application/json")));
                    }
                }
            }
            "data-urlencode" => self.plain(&value),
            "url-query" => self.extra_query.push(value),
            "user" => self.user = Some(value),
            "netrc" | "netrc-file" => {
                self.user.get_or_insert_with(|| Text::marked(UNSAID_PAIR));
                self.others.take(&name, value);
            }
            _ => self.others.take(&name, value),
        }
        Ok(())
    }

    fn aside(&mut self, what: &str, hint: Option<&'static str>) {
        self.others.asides.push(Aside {
            what: what.to_owned(),
            hint,
        });
    }

    fn data(&mut self, value: &Text, between: &str) {
        let body = self.body.get_or_insert_default();
        if !body.as_marked().is_empty() {
            body.push_str(between);
        }
        body.push_str(value.as_marked());
    }

    /// `content`, `=content`, `name=content`, `@file`, `name@file`.
    fn plain(&mut self, value: &Text) {
        let text = value.as_marked();
        let at = text.find(['=', '@']);
        let sign = at.and_then(|at| text.get(at..)?.chars().next());
        let name = at.and_then(|at| text.get(..at)).unwrap_or_default();
        let rest = at.and_then(|at| text.get(at + 1..)).unwrap_or(text);
        let is_file = sign == Some('@') && !name.is_empty();
        self.plain.push((
            name.to_owned(),
            Value {
                is_file,
                ..Value::text(Text::marked(rest))
            },
        ));
    }

    /// `Name: value`; `Name;` is one without a value, `Name:` takes away one of curl's own.
    fn header(&mut self, line: &Text) {
        let text = line.as_marked();
        match text.split_once(':') {
            Some((name, value)) if !value.trim().is_empty() => {
                self.headers
                    .push((name.trim().to_owned(), Text::marked(value.trim())));
            }
            Some((name, _))
                if name.eq_ignore_ascii_case("accept") || name.eq_ignore_ascii_case("expect") => {}
            Some(_) => self.aside("a header without a value is left out", None),
            None => match text.strip_suffix(';') {
                Some(name) => self.headers.push((name.trim().to_owned(), Text::default())),
                None => {
                    self.aside(
                        "a header that is none is left out",
                        Some("a header is written `Name: value`"),
                    );
                }
            },
        }
    }

    /// Puts the parts together.
    ///
    /// # Errors
    /// There is no URL, or the body is one that `tok` cannot send.
    pub(super) fn sample(mut self) -> Result<Sample, SampleError> {
        // A sentence may begin with the word `curl` too.
        let looks_like_one = |url: &Text| {
            url.literal()
                .is_none_or(|text| text.contains(['.', '/', ':', '<', '{']))
        };
        let is_torn = self.url.as_marked().trim().contains(['\n', '\r', '\t']);
        if self.url.as_marked().is_empty() || is_torn || !looks_like_one(&self.url) {
            return Err(SampleError::NoUrl);
        }
        if self.length() > LONGEST {
            return Err(SampleError::TooLong);
        }
        let (base, raw_query, user) = cut(&self.url);
        let mut query = body::pairs(&raw_query);
        for more in &self.extra_query {
            query.extend(body::pairs(more.as_marked().trim_start_matches('+')));
        }
        let has_data = self.body.is_some() || !self.plain.is_empty();
        let has_body = has_data && !self.in_query;
        let is_json_type = self.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type")
                && value.as_marked().to_ascii_lowercase().contains("json")
        });
        let (mut params, mut params_in) = (Vec::new(), ParamsIn::Form);
        if let Some(text) = &self.body {
            let text = text.as_marked();
            let looks_like_json = text.trim_start().starts_with('{') && self.plain.is_empty();
            if has_body && (is_json_type || looks_like_json) {
                // In PowerShell 5 quotes must be escaped inside of single quotes too.
                let unescaped = || body::json(&text.replace("\\\"", "\""));
                params = body::json(text).or_else(|error| unescaped().map_err(|_| error))?;
                params_in = ParamsIn::Json;
            } else if looks_like_json
                || !is_form(text)
                || (text.trim_start().starts_with('<') && text.contains("</"))
            {
                return Err(SampleError::Body);
            } else {
                params = body::pairs(text);
            }
        }
        for (name, value) in std::mem::take(&mut self.plain) {
            let name = percent_decode_str(&name).decode_utf8_lossy().into_owned();
            if name.is_empty() {
                return Err(SampleError::Body);
            }
            body::push(&mut params, &name, value);
        }
        let method = self
            .method
            .unwrap_or(if has_body { Method::Post } else { Method::Get });
        if method == Method::Get && has_body {
            return Err(SampleError::GetWithBody);
        }
        let mut url = base;
        if has_body {
            self.keep_query(&mut url, &raw_query);
        } else {
            query.append(&mut params);
            params = query;
            params_in = ParamsIn::Query;
        }
        let count: usize = params.iter().map(|param| param.values.len()).sum();
        if count
            .max(raw_query.split('&').count())
            .max(self.headers.len())
            > MOST_PARAMS
        {
            return Err(SampleError::TooLong);
        }
        let pair = |user: Text| match user.split_once(':') {
            Some((id, secret)) => Basic::Pair(id, secret),
            None => Basic::Pair(user, Text::marked(UNSAID)),
        };
        let Others {
            ca_file,
            proxy,
            timeout,
            connect_timeout,
            retries,
            asides,
        } = self.others;
        Ok(Sample {
            method,
            url,
            params,
            params_in,
            headers: self.headers,
            basic: self.user.or(user).map(pair),
            ca_file,
            proxy,
            timeout,
            connect_timeout,
            retries,
            variables: std::collections::BTreeMap::new(),
            asides,
        })
    }
}

impl Parts {
    /// Bytes of all that is sent.
    fn length(&self) -> usize {
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.as_marked().len());
        let plain = self
            .plain
            .iter()
            .map(|(name, value)| name.len() + value.text.as_marked().len());
        let others = self
            .extra_query
            .iter()
            .chain(&self.body)
            .chain([&self.url])
            .map(|text| text.as_marked().len());
        headers.chain(plain).chain(others).sum()
    }

    /// A query stays with the URL, as it was written, where there is a body too.
    fn keep_query(&self, url: &mut Text, query: &str) {
        let more = self
            .extra_query
            .iter()
            .map(|more| more.as_marked().trim_start_matches('+'));
        for (index, part) in std::iter::once(query)
            .filter(|query| !query.is_empty())
            .chain(more)
            .enumerate()
        {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(part);
        }
    }
}

/// Whether a word is a URL with its scheme.
fn is_whole(url: &Text) -> bool {
    url.as_marked().contains("://")
}

/// Whether a body is made of pairs. Anything else may be a secret by itself, one in base64 with its `=` at the end too.
fn is_form(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    let is_one_word = unpadded.len() < text.len() && !unpadded.contains(['=', '&']);
    let is_pair = |pair: &str| pair.trim().is_empty() || pair.contains('=');
    text.split('&').all(is_pair) && !(is_one_word && has_secret_word(unpadded))
}

/// A URL without credentials and fragment; its query; its credentials.
fn cut(url: &Text) -> (Text, String, Option<Text>) {
    let text = url.as_marked().trim();
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    // The whole address may be a variable, or begin with one.
    let first = Text::marked(base.split('/').next().unwrap_or_default());
    if first.variable().is_some_and(is_named_as_url)
        || first
            .literal()
            .is_some_and(|text| text.starts_with(['{', '<']) && is_named_as_url(text))
    {
        return (Text::marked(base), query.to_owned(), None);
    }
    let is_here = ["localhost", "127.", "[::1]"]
        .iter()
        .any(|host| base.starts_with(host));
    let (scheme, rest) = base
        .split_once("://")
        .unwrap_or((if is_here { "http" } else { "https" }, base));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = percent_decode_str(user).decode_utf8_lossy().into_owned();
            (
                Text::marked(&format!("{scheme}://{host}{path}")),
                query.to_owned(),
                Some(Text::marked(&user)),
            )
        }
        None => (
            Text::marked(&format!("{scheme}://{rest}")),
            query.to_owned(),
            None,
        ),
    }
}

impl Others {
    fn take(&mut self, name: &str, value: Text) {
        let hint = match name {
            "location" | "location-trusted" => {
                return self.note(
                    "`--location` is left out",
                    Some("`tok` follows no redirect: it would carry the credentials along"),
                );
            }
            "insecure" | "proxy-insecure" => {
                Some("`tok` checks certificates always; `ca_file` names an authority of your own")
            }
            "cert" | "key" | "cert-type" | "key-type" | "pass" => {
                Some("`tok` has no client certificates")
            }
            "netrc" | "netrc-file" | "netrc-optional" => {
                Some("name the sources of `client_id` and `client_secret`")
            }
            "config" => Some("what stands in that file is not read: put it into the command"),
            "proxy-user" => Some(
                "a proxy's user and password go into its URL: `proxy = \"http://${PROXY_USER}@host\"`",
            ),
            "cacert" => return self.ca_file = Some(value),
            "proxy" => return self.proxy = Some(value),
            "noproxy" if value.as_marked() == "*" => {
                return self.proxy = Some(Text::marked("none"));
            }
            "max-time" => return self.timeout = seconds(&value),
            "connect-timeout" => return self.connect_timeout = seconds(&value),
            "retry" => return self.retries = seconds(&value),
            name if is_of_no_account(name) => return,
            _ => None,
        };
        let dashes = if name.chars().count() == 1 { "-" } else { "--" };
        let shown: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
            .take(30)
            .collect();
        let what = if has_secret_word(&shown) {
            "an option".to_owned()
        } else {
            format!("`{dashes}{shown}`")
        };
        self.note(&format!("{what} is left out"), hint);
    }

    fn note(&mut self, what: &str, hint: Option<&'static str>) {
        self.asides.push(Aside {
            what: what.to_owned(),
            hint,
        });
    }
}

/// Whole seconds, or the number of tries; a fraction counts as a whole.
fn seconds(value: &Text) -> Option<u64> {
    let (whole, fraction) = value
        .as_marked()
        .split_once('.')
        .unwrap_or((value.as_marked(), ""));
    let more = u64::from(fraction.bytes().any(|byte| byte != b'0'));
    whole.parse::<u64>().ok()?.checked_add(more)
}
