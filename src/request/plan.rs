//! From the parts to the request: first a plan that can be explained, then the bytes.

use super::encode::{form_body, json_body, with_query};
use super::{
    BasicCredentials, BuildError, HttpRequest, Method, Param, ParamsIn, RequestShape, Scalar,
    StandardParams, check_header,
};
use crate::secret::Secret;

/// Everything that goes into a request, values resolved.
pub struct RequestParts<'a> {
    pub url: &'a str,
    /// What the grant and client authentication send, in this order.
    pub standard: StandardParams,
    /// Id and secret, where client authentication sends them in the `Authorization` header.
    pub basic: Option<BasicCredentials>,
    pub params: Vec<Param>,
    pub headers: Vec<(String, Scalar)>,
}

/// A request before it becomes bytes: what is sent where.
#[derive(Debug)]
pub struct RequestPlan {
    pub method: Method,
    pub url: String,
    pub basic: Option<BasicCredentials>,
    pub params: Vec<Param>,
    pub params_in: ParamsIn,
    /// All headers but the one of Basic credentials.
    pub headers: Vec<(String, Scalar)>,
}

impl RequestPlan {
    /// Decides what is sent where. A parameter of the profile's own replaces a standard one of the same name.
    pub fn new(shape: &RequestShape, parts: RequestParts<'_>) -> Self {
        let standard = parts.standard.into_iter();
        let mut params: Vec<Param> = standard
            .filter(|(name, _)| !shape.omit.contains(name))
            .map(|(name, value)| Param {
                name: shape.wire_name(name).to_owned(),
                values: vec![value],
                is_list: false,
                standard: Some(name),
            })
            .filter(|param| parts.params.iter().all(|own| own.name != param.name))
            .collect();
        params.extend(parts.params);
        Self {
            method: shape.method,
            url: parts.url.to_owned(),
            basic: parts.basic,
            params,
            params_in: shape.params_in,
            headers: with_defaults(parts.headers, shape.params_in),
        }
    }

    /// Puts the request together.
    ///
    /// # Errors
    /// [`BuildError`], where a value cannot travel in its place.
    pub fn http_request(&self) -> Result<HttpRequest, BuildError> {
        let mut headers = Vec::with_capacity(self.headers.len() + 1);
        for (name, value) in &self.headers {
            check_header(name, value)?;
            headers.push((name.clone(), value.text.clone()));
        }
        if let Some(basic) = &self.basic {
            let value = Secret::new(format!("Basic {}", basic.encode()?.expose()));
            headers.push(("Authorization".to_owned(), value));
        }
        let (url, body) = match self.params_in {
            ParamsIn::Form => (self.url.clone(), Some(form_body(&self.params))),
            ParamsIn::Json => (self.url.clone(), Some(json_body(&self.params))),
            ParamsIn::Query => (with_query(&self.url, &self.params), None),
        };
        Ok(HttpRequest {
            method: self.method,
            url: Secret::new(url),
            headers,
            body,
        })
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
        let mut names = headers.iter().map(|(name, _)| name);
        let is_set = names.any(|set| set.eq_ignore_ascii_case(name));
        if let Some(value) = value.filter(|_| !is_set) {
            headers.push((name.to_owned(), Scalar::shown(value)));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::super::{BasicEncoding, StandardParam};
    use super::*;

    fn shape(params_in: ParamsIn) -> RequestShape {
        RequestShape {
            method: match params_in {
                ParamsIn::Query => Method::Get,
                _ => Method::Post,
            },
            params_in,
            names: [].into(),
            omit: [].into(),
        }
    }

    fn parts(standard: &[(StandardParam, &str)], params: Vec<Param>) -> RequestParts<'static> {
        RequestParts {
            url: "https://as.example/token",
            standard: standard
                .iter()
                .map(|(name, value)| (*name, Scalar::shown(value)))
                .collect(),
            basic: None,
            params,
            headers: vec![("X-Api-Version".to_owned(), Scalar::shown("2"))],
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
    fn each_place_of_the_parameters_to_the_byte() {
        let common = "X-Api-Version: 2\nAccept: application/json\n";
        let basic = "Authorization: Basic aWQ6c2VjcmV0\n";
        let form = "Content-Type: application/x-www-form-urlencoded\n";
        let json = "Content-Type: application/json\n";
        let cases = [
            (
                ParamsIn::Form,
                format!(
                    "POST https://as.example/token\n{common}{form}{basic}\n\
                     scope=a+b&password=s%2Fe%2Bc%22ret&n=1&n=x"
                ),
            ),
            (
                ParamsIn::Json,
                format!(
                    "POST https://as.example/token\n{common}{json}{basic}\n\
                     {{\"scope\":\"a b\",\"password\":\"s/e+c\\\"ret\",\"n\":[1,\"x\"]}}"
                ),
            ),
            (
                ParamsIn::Query,
                format!(
                    "GET https://as.example/token?scope=a%20b&password=s%2Fe%2Bc%22ret&n=1&n=x\n{common}{basic}"
                ),
            ),
        ];
        for (params_in, expected) in cases {
            let one = Scalar {
                is_json_literal: true,
                ..Scalar::shown("1")
            };
            let list = Param {
                name: "n".to_owned(),
                values: vec![one, Scalar::shown("x")],
                is_list: true,
                standard: None,
            };
            let standard = [
                (StandardParam::Scope, "a b"),
                (StandardParam::Password, "s/e+c\"ret"),
            ];
            let mut parts = parts(&standard, vec![list]);
            parts.basic = Some(BasicCredentials {
                id: Scalar::shown("id"),
                secret: Scalar::shown("secret"),
                encoding: BasicEncoding::Raw,
            });
            let plan = RequestPlan::new(&shape(params_in), parts);
            assert_eq!(written(&plan.http_request().unwrap()), expected);
        }
    }

    #[test]
    fn standard_parameters_are_renamed_omitted_and_replaced() {
        let mut shape = shape(ParamsIn::Query);
        let client_id = (StandardParam::ClientId, "clientId".to_owned());
        shape.names.extend([client_id]);
        shape.omit.insert(StandardParam::GrantType);
        let own = Param {
            name: "scope".to_owned(),
            values: vec![Scalar::shown("mine")],
            is_list: false,
            standard: None,
        };
        let standard = [
            (StandardParam::GrantType, "password"),
            (StandardParam::Scope, "theirs"),
            (StandardParam::ClientId, "id one"),
        ];
        let plan = RequestPlan::new(&shape, parts(&standard, vec![own]));
        assert_eq!(
            plan.http_request().unwrap().url.expose(),
            "https://as.example/token?clientId=id%20one&scope=mine"
        );
    }

    #[test]
    fn a_header_with_a_line_break_is_refused() {
        let mut parts = parts(&[], Vec::new());
        let value = Scalar::hidden(Secret::from("a\r\nEvil: 1"));
        parts.headers.push(("X-Key".to_owned(), value));
        let plan = RequestPlan::new(&shape(ParamsIn::Form), parts);
        let name = "X-Key".to_owned();
        assert_eq!(
            plan.http_request().unwrap_err(),
            BuildError::HeaderValue { name }
        );
    }
}
