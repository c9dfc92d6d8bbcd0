//! From the parts to the request: first a plan that can be explained, then the bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{
    BasicEncoding, ClientAuth, HttpRequest, Method, Param, ParamOrigin, ParamsIn, RequestShape,
    Scalar, StandardParam,
};
use crate::secret::Secret;

/// What is left as it is in a query and in form-encoded Basic credentials: RFC 3986's unreserved characters.
/// A space becomes `%20`, which every decoding server takes; `+` is not read as a space by all.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Values that the request cannot carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// RFC 7617 §2: the first colon ends the user-id.
    #[error("`client_id` contains a colon, which Basic credentials cannot carry")]
    ColonInClientId,
    /// RFC 9110 §5.5.
    #[error("the value of header `{name}` contains a character that a header cannot carry")]
    HeaderValue { name: String },
}

impl BuildError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::ColonInClientId => {
                "write `basic_encoding = \"form\"` if the server decodes it; else look at the id"
            }
            Self::HeaderValue { .. } => {
                "look at the value where it comes from: a line end, or another control character"
            }
        }
    }
}

/// Everything that goes into a request, values resolved.
pub struct RequestParts<'a> {
    /// The token endpoint.
    pub url: &'a str,
    pub client_id: Option<Scalar>,
    pub client_secret: Option<Scalar>,
    /// The grant's parameters.
    pub grant: Vec<(StandardParam, Scalar)>,
    /// The profile's `params`.
    pub params: Vec<CustomParam>,
    /// The profile's `headers`.
    pub headers: Vec<(String, Scalar)>,
}

/// One of the profile's own parameters.
#[derive(Debug, Clone)]
pub struct CustomParam {
    pub name: String,
    pub values: Vec<Scalar>,
    pub is_list: bool,
}

/// A request before it becomes bytes: what is sent where.
#[derive(Debug)]
pub struct RequestPlan {
    pub method: Method,
    pub url: String,
    /// Id and secret of Basic credentials, before encoding.
    pub basic: Option<(Scalar, Scalar)>,
    pub basic_encoding: BasicEncoding,
    pub params: Vec<Param>,
    pub params_in: ParamsIn,
    /// All headers but the one of Basic credentials.
    pub headers: Vec<(String, Scalar)>,
}

/// Decides what is sent where. A parameter of the profile's own replaces a standard one of the same name.
#[must_use]
pub fn plan(shape: &RequestShape, parts: RequestParts<'_>) -> RequestPlan {
    let RequestParts {
        url,
        client_id,
        client_secret,
        grant,
        params,
        headers,
    } = parts;
    let mut standard = grant;
    let mut basic = None;
    match (shape.client_auth, client_id, client_secret) {
        (ClientAuth::SecretBasic, Some(id), Some(secret)) => basic = Some((id, secret)),
        (ClientAuth::SecretBasic, _, _) => {}
        (ClientAuth::SecretPost, id, secret) => {
            standard.extend(id.map(|id| (StandardParam::ClientId, id)));
            standard.extend(secret.map(|secret| (StandardParam::ClientSecret, secret)));
        }
        (ClientAuth::None, id, _) => standard.extend(id.map(|id| (StandardParam::ClientId, id))),
    }
    let mut sent: Vec<Param> = standard
        .into_iter()
        .filter(|(name, _)| !shape.omit.contains(name))
        .map(|(name, value)| Param {
            name: shape.wire_name(name).to_owned(),
            values: vec![value],
            is_list: false,
            origin: ParamOrigin::StandardParam(name),
        })
        .filter(|param| !params.iter().any(|extra| extra.name == param.name))
        .collect();
    sent.extend(params.into_iter().map(|extra| Param {
        origin: ParamOrigin::CustomParam(extra.name.clone()),
        name: extra.name,
        values: extra.values,
        is_list: extra.is_list,
    }));
    RequestPlan {
        method: shape.method,
        url: url.to_owned(),
        basic,
        basic_encoding: shape.basic_encoding,
        params: sent,
        params_in: shape.params_in,
        headers: with_defaults(headers, shape.params_in),
    }
}

/// The profile's headers, and those that every token request has unless the profile sets them.
fn with_defaults(mut headers: Vec<(String, Scalar)>, params_in: ParamsIn) -> Vec<(String, Scalar)> {
    let content_type = match params_in {
        ParamsIn::Form => Some("application/x-www-form-urlencoded"),
        ParamsIn::Json => Some("application/json"),
        ParamsIn::Query => None,
    };
    let defaults = [
        ("Accept", Some("application/json")),
        ("Content-Type", content_type),
    ];
    for (name, value) in defaults {
        if let Some(value) = value
            && !headers
                .iter()
                .any(|(set, _)| set.eq_ignore_ascii_case(name))
        {
            headers.push((name.to_owned(), Scalar::shown(value)));
        }
    }
    headers
}

impl RequestPlan {
    /// Puts the request together.
    ///
    /// # Errors
    /// [`BuildError`], where a value cannot travel in its place; it holds no value.
    pub fn request(&self) -> Result<HttpRequest, BuildError> {
        let mut headers = Vec::with_capacity(self.headers.len() + 1);
        for (name, value) in &self.headers {
            check_header(name, value)?;
            headers.push((name.clone(), value.text.clone()));
        }
        if let Some((id, secret)) = &self.basic {
            let credentials = basic_credentials(&id.text, &secret.text, self.basic_encoding)?;
            let value = Secret::new(format!("Basic {}", credentials.expose()));
            headers.push(("Authorization".to_owned(), value));
        }
        let (url, body) = match self.params_in {
            ParamsIn::Form => (self.url.clone(), Some(self.form_body())),
            ParamsIn::Json => (self.url.clone(), Some(self.json_body())),
            ParamsIn::Query => (self.url_with_query(), None),
        };
        Ok(HttpRequest {
            method: self.method,
            url: Secret::new(url),
            headers,
            body,
        })
    }

    /// Name and value of each parameter, lists repeated.
    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params.iter().flat_map(|param| {
            param
                .values
                .iter()
                .map(|value| (param.name.as_str(), value.text.expose().as_str()))
        })
    }

    fn form_body(&self) -> Secret<Vec<u8>> {
        let mut body = String::new();
        for (name, value) in self.pairs() {
            if !body.is_empty() {
                body.push('&');
            }
            push_form_encoded(&mut body, name);
            body.push('=');
            push_form_encoded(&mut body, value);
        }
        Secret::new(body.into_bytes())
    }

    fn url_with_query(&self) -> String {
        let mut url = self.url.clone();
        let mut separator = if url.contains('?') { '&' } else { '?' };
        for (name, value) in self.pairs() {
            url.push(separator);
            url.extend(utf8_percent_encode(name, ESCAPED));
            url.push('=');
            url.extend(utf8_percent_encode(value, ESCAPED));
            separator = '&';
        }
        url
    }

    /// Written by hand, field by field: the order of the sample is kept and no copy of a secret is left in a
    /// `serde_json::Value`.
    fn json_body(&self) -> Secret<Vec<u8>> {
        let quoted = |text: &str| Zeroizing::new(serde_json::Value::from(text).to_string());
        let scalar = |value: &Scalar| {
            if value.bare {
                Zeroizing::new(value.text.expose().clone())
            } else {
                quoted(value.text.expose())
            }
        };
        let mut body = String::from("{");
        for (index, param) in self.params.iter().enumerate() {
            if index > 0 {
                body.push(',');
            }
            body.push_str(&quoted(&param.name));
            body.push(':');
            if param.is_list {
                body.push('[');
            }
            for (index, value) in param.values.iter().enumerate() {
                if index > 0 {
                    body.push(',');
                }
                body.push_str(&scalar(value));
            }
            if param.is_list {
                body.push(']');
            }
        }
        body.push('}');
        Secret::new(body.into_bytes())
    }
}

/// Adds a text form-encoded, byte for byte as `curl --data-urlencode` does: a space as `+`, and RFC 3986's unreserved
/// characters as they are, where browsers keep `*` and escape `~`. Servers decode both.
fn push_form_encoded(body: &mut String, text: &str) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            body.push('+');
        }
        body.extend(utf8_percent_encode(word, ESCAPED));
    }
}

/// Whether a header can carry this (RFC 9110 §5.5).
#[must_use]
pub fn is_header_value(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// Whether a header can carry this value.
///
/// # Errors
/// [`BuildError::HeaderValue`].
pub fn check_header(name: &str, value: &Scalar) -> Result<(), BuildError> {
    if is_header_value(value.text.expose()) {
        return Ok(());
    }
    Err(BuildError::HeaderValue {
        name: name.to_owned(),
    })
}

/// Whether Basic credentials can carry this id.
///
/// # Errors
/// [`BuildError::ColonInClientId`] with [`BasicEncoding::Raw`].
pub fn check_user_id(id: &Secret<String>, encoding: BasicEncoding) -> Result<(), BuildError> {
    match encoding {
        BasicEncoding::Raw if id.expose().contains(':') => Err(BuildError::ColonInClientId),
        BasicEncoding::Raw | BasicEncoding::Form => Ok(()),
    }
}

/// The part of the `Authorization` header after `Basic` (RFC 7617 §2).
///
/// # Errors
/// [`BuildError::ColonInClientId`] with [`BasicEncoding::Raw`].
pub fn basic_credentials(
    id: &Secret<String>,
    secret: &Secret<String>,
    encoding: BasicEncoding,
) -> Result<Secret<String>, BuildError> {
    check_user_id(id, encoding)?;
    let pair = match encoding {
        BasicEncoding::Raw => Zeroizing::new(format!("{}:{}", id.expose(), secret.expose())),
        BasicEncoding::Form => Zeroizing::new(format!(
            "{}:{}",
            utf8_percent_encode(id.expose(), ESCAPED),
            utf8_percent_encode(secret.expose(), ESCAPED)
        )),
    };
    Ok(Secret::new(STANDARD.encode(pair.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::STRATEGIES;
    use super::*;

    fn parts(grant: &[(StandardParam, &str)], params: Vec<CustomParam>) -> RequestParts<'static> {
        RequestParts {
            url: "https://as.example/token",
            client_id: Some(Scalar::shown("id one")),
            client_secret: Some(Scalar::hidden(Secret::from("s/e+c\"ret"))),
            grant: grant
                .iter()
                .map(|(name, value)| (*name, Scalar::shown(value)))
                .collect(),
            params,
            headers: vec![("X-Api-Version".to_owned(), Scalar::shown("2"))],
        }
    }

    fn bare(text: &str) -> Scalar {
        Scalar {
            bare: true,
            ..Scalar::shown(text)
        }
    }

    /// The request in one text: line, headers, blank line, body.
    fn written(request: &HttpRequest) -> String {
        let mut text = format!("{} {}\n", request.method.as_str(), request.url.expose());
        for (name, value) in &request.headers {
            text.extend([name, ": ", value.expose(), "\n"]);
        }
        if let Some(body) = &request.body {
            text.push('\n');
            text.push_str(std::str::from_utf8(body.expose()).unwrap());
        }
        text
    }

    #[test]
    fn each_strategy_to_the_byte() {
        let common = "X-Api-Version: 2\nAccept: application/json\n";
        let basic = format!(
            "Authorization: Basic {}\n",
            STANDARD.encode("id one:s/e+c\"ret")
        );
        let grant = [
            (StandardParam::GrantType, "client_credentials"),
            (StandardParam::Scope, "a b"),
        ];
        let form = "Content-Type: application/x-www-form-urlencoded\n";
        let json = "Content-Type: application/json\n";
        let expected = [
            format!(
                "POST https://as.example/token\n{common}{form}{basic}\n\
                 grant_type=client_credentials&scope=a+b&n=1&n=x"
            ),
            format!(
                "POST https://as.example/token\n{common}{json}{basic}\n\
                 {{\"grant_type\":\"client_credentials\",\"scope\":\"a b\",\"n\":[1,\"x\"]}}"
            ),
            format!(
                "POST https://as.example/token\n{common}{form}\n\
                 grant_type=client_credentials&scope=a+b&client_id=id+one&client_secret=s%2Fe%2Bc%22ret&n=1&n=x"
            ),
            format!(
                "POST https://as.example/token\n{common}{json}\n\
                 {{\"grant_type\":\"client_credentials\",\"scope\":\"a b\",\"client_id\":\"id one\",\
                 \"client_secret\":\"s/e+c\\\"ret\",\"n\":[1,\"x\"]}}"
            ),
            format!(
                "GET https://as.example/token?grant_type=client_credentials&scope=a%20b&client_id=id%20one\
                 &client_secret=s%2Fe%2Bc%22ret&n=1&n=x\n{common}"
            ),
        ];
        for (strategy, expected) in STRATEGIES.iter().zip(expected) {
            let list = CustomParam {
                name: "n".to_owned(),
                values: vec![bare("1"), Scalar::shown("x")],
                is_list: true,
            };
            let plan = plan(&strategy.into(), parts(&grant, vec![list]));
            assert_eq!(
                written(&plan.request().unwrap()),
                expected,
                "{}",
                strategy.name
            );
        }
    }

    #[test]
    fn dialect() {
        let mut shape = RequestShape::from(&STRATEGIES[4]);
        shape
            .names
            .insert(StandardParam::ClientId, "clientId".to_owned());
        shape.omit.insert(StandardParam::GrantType);
        shape.client_auth = ClientAuth::None;
        let own = CustomParam {
            name: "scope".to_owned(),
            values: vec![Scalar::shown("mine")],
            is_list: false,
        };
        let grant = [
            (StandardParam::GrantType, "password"),
            (StandardParam::Scope, "theirs"),
        ];
        let request = plan(&shape, parts(&grant, vec![own])).request().unwrap();
        assert_eq!(
            request.url.expose(),
            "https://as.example/token?clientId=id%20one&scope=mine"
        );
    }

    #[test]
    fn basic() {
        use BasicEncoding::{Form, Raw};
        let of = |id: &str, secret: &str, encoding| {
            basic_credentials(&Secret::from(id), &Secret::from(secret), encoding).map(
                |credentials| {
                    String::from_utf8(STANDARD.decode(credentials.expose()).unwrap()).unwrap()
                },
            )
        };
        // MetaPack's page: the sample secret holds `$`, `+` and `-` and goes out as it is.
        assert_eq!(
            of("1DR3", "wqe$7df+b7-s", Raw).unwrap(),
            "1DR3:wqe$7df+b7-s"
        );
        assert_eq!(of("a:b", "c d", Form).unwrap(), "a%3Ab:c%20d");
        assert_eq!(of("a:b", "c", Raw), Err(BuildError::ColonInClientId));
    }

    #[test]
    fn a_header_with_a_line_break_is_refused() {
        let mut parts = parts(&[], Vec::new());
        parts.headers.push((
            "X-Key".to_owned(),
            Scalar::hidden(Secret::from("a\r\nEvil: 1")),
        ));
        let error = plan(&RequestShape::from(&STRATEGIES[0]), parts)
            .request()
            .unwrap_err();
        assert_eq!(
            error,
            BuildError::HeaderValue {
                name: "X-Key".to_owned()
            }
        );
    }
}
