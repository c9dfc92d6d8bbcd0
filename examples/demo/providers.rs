//! The providers of the presets, as their own pages describe them: each wants exactly its request, and answers
//! in its own way. Credentials and tokens are made up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::server::{Reply, Request};

/// Where each preset's token endpoint is on this server.
pub(crate) const ENDPOINTS: [(&str, &str); 6] = [
    ("moost", "/moost/auth/token/v1"),
    ("moov", "/moov/oauth2/token"),
    ("moov-form", "/moov/oauth2/token"),
    ("metapack", "/metapack/oauth"),
    ("depotfinity", "/depotfinity/oauth2/token"),
    ("json-body", "/json-body/oauth/token"),
];

/// The variables that hold the credentials, by the names that the presets' examples use.
pub(crate) const VARIABLES: [(&str, &str); 8] = [
    ("MOOST_CLIENT_ID", "moost-demo-id"),
    ("MOOST_CLIENT_SECRET", "moost-made-up-secret"),
    ("MOOV_CLIENT_ID", "moov-demo-id"),
    ("MOOV_CLIENT_SECRET", "moov-made-up-secret"),
    ("DEPOTFINITY_CLIENT_ID", "depotfinity-demo-id"),
    ("DEPOTFINITY_CLIENT_SECRET", "depotfinity-made-up-secret"),
    ("API_CLIENT_ID", "api-demo-id"),
    ("API_CLIENT_SECRET", "api-made-up-secret"),
];

/// `MetaPack`'s file, with characters that a wrong encoding would spoil.
pub(crate) const API_KEY_PROPERTIES: &str =
    "apiKey.id = 1MADE2UP3\napiKey.secret = made$up+secret-4Y\n";
/// The same, read.
const METAPACK: (&str, &str) = ("1MADE2UP3", "made$up+secret-4Y");

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const DAY: u64 = 86_400;

type Fields = BTreeMap<String, String>;

/// The five of them, and the refresh tokens that are still good.
#[derive(Default)]
pub(crate) struct Providers {
    issued: AtomicU64,
    refresh_tokens: Mutex<BTreeSet<String>>,
}

/// Why a request is not answered with a token.
enum Refusal {
    /// It is not what the provider's page shows.
    Request,
    Credentials,
    RefreshToken,
}

impl Providers {
    /// The reply, and the request in one line without its credentials.
    pub(crate) fn answer(&self, request: &Request) -> (Reply, String) {
        let reply = match request.path.as_str() {
            "/moost/auth/token/v1" => self.moost(request),
            "/moov/oauth2/token" => self.moov(request),
            "/metapack/oauth" => self.metapack(request),
            "/depotfinity/oauth2/token" => self.depotfinity(request),
            "/json-body/oauth/token" => self.json_body(request),
            _ => reply(404, &json!({ "error": "not_found" })),
        };
        (reply, summary(request))
    }

    /// GET, the credentials in the query under names of its own, nothing else. The token is a JWT.
    fn moost(&self, request: &Request) -> Reply {
        let fields = form(&request.query);
        let is_right = request.method == "GET"
            && names(&fields) == ["clientId", "clientSecret"]
            && request.body.is_empty()
            && request.header("authorization").is_empty();
        if !is_right {
            return reply(400, &json!({ "error": "invalid_request" }));
        }
        if !are_of("moost", pair(&fields, "clientId", "clientSecret").as_ref()) {
            return reply(
                401,
                &json!({ "error": "access_denied", "error_description": "Unauthorized" }),
            );
        }
        let scope = "read:buildings write:buildings read:events";
        let claims = json!({ "iss": "https://auth.moost.io/", "sub": "moost-demo-id@clients",
            "aud": "https://moost-api", "scope": scope });
        let token = self.jwt(claims, DAY);
        reply(
            200,
            &json!({ "access_token": token, "expires_in": DAY, "scope": scope, "token_type": "Bearer" }),
        )
    }

    /// POST, Basic, JSON or a form; the reply mirrors the request and brings a refresh token, good for one use.
    fn moov(&self, request: &Request) -> Reply {
        let as_json = request.content_type() == JSON;
        let (status, body) = match self.moov_token(request, as_json) {
            Ok(token) => (200, token),
            Err(Refusal::Request) => (400, json!({ "error": "invalid_request" })),
            Err(Refusal::Credentials) => (401, json!({ "error": "invalid_client" })),
            Err(Refusal::RefreshToken) => (400, json!({ "error": "invalid_grant" })),
        };
        if as_json {
            reply(status, &body)
        } else {
            form_reply(status, &body)
        }
    }

    fn moov_token(&self, request: &Request, as_json: bool) -> Result<Value, Refusal> {
        let mut fields = if as_json {
            json_fields(&request.body)
        } else {
            form(&request.body)
        };
        let scope = fields
            .remove("scope")
            .unwrap_or_else(|| "/accounts.read".to_owned());
        if request.method != "POST" || !(as_json || request.content_type() == FORM) {
            return Err(Refusal::Request);
        }
        if !are_of("moov", basic(request).as_ref()) {
            return Err(Refusal::Credentials);
        }
        let mut refresh_tokens = self
            .refresh_tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let value = |name: &str| fields.get(name).map_or("", String::as_str);
        match (names(&fields).as_slice(), value("grant_type")) {
            (["grant_type"], "client_credentials") => {}
            (["grant_type", "refresh_token"], "refresh_token") => {
                if !refresh_tokens.remove(value("refresh_token")) {
                    return Err(Refusal::RefreshToken);
                }
            }
            _ => return Err(Refusal::Request),
        }
        let (token, refresh_token) = (self.opaque(), self.opaque());
        refresh_tokens.insert(refresh_token.clone());
        Ok(
            json!({ "access_token": token, "expires_in": 900, "refresh_token": refresh_token,
            "scope": scope, "token_type": "opaque" }),
        )
    }

    /// POST, Basic as it is in apiKey.properties, a form. The token is a JWT, the scope ends with a space.
    fn metapack(&self, request: &Request) -> Reply {
        if !is_plain_grant(request) {
            return reply(400, &json!({ "error": "invalid_request" }));
        }
        if !are_of("metapack", basic(request).as_ref()) {
            let message = "API key authentication failed";
            return reply(
                401,
                &json!({ "error": "invalid_client", "error_description": message }),
            );
        }
        let scope = "can-create-locations can-delete-own-locations ";
        let claims = json!({ "sub": METAPACK.0, "iss": "https://api.stormpath.com/v1/applications/demo",
            "scope": scope });
        let token = self.jwt(claims, 3600);
        reply(
            200,
            &json!({ "access_token": token, "expires_in": 3600, "scope": scope, "token_type": "bearer" }),
        )
    }

    /// POST, Basic, a form; 403 for whatever is wrong.
    fn depotfinity(&self, request: &Request) -> Reply {
        if !is_plain_grant(request) || !are_of("depotfinity", basic(request).as_ref()) {
            return reply(403, &json!({ "message": "Forbidden" }));
        }
        let token = self.jwt(json!({ "iss": "depotfinity" }), 3600);
        reply(
            200,
            &json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }),
        )
    }

    /// POST, the credentials in a JSON body.
    fn json_body(&self, request: &Request) -> Reply {
        let fields = json_fields(&request.body);
        let is_right = request.method == "POST"
            && request.content_type() == JSON
            && names(&fields) == ["client_id", "client_secret", "grant_type"]
            && fields
                .get("grant_type")
                .is_some_and(|grant| grant == "client_credentials")
            && request.header("authorization").is_empty();
        if !is_right {
            return reply(400, &json!({ "error": "invalid_request" }));
        }
        if !are_of(
            "json-body",
            pair(&fields, "client_id", "client_secret").as_ref(),
        ) {
            let message = "unknown client";
            return reply(
                401,
                &json!({ "error": "invalid_client", "error_description": message }),
            );
        }
        reply(
            200,
            &json!({ "access_token": self.opaque(), "expires_in": 7200 }),
        )
    }

    /// A token that says nothing: another one each time, the same series in every run.
    fn opaque(&self) -> String {
        let mut state = self
            .issued
            .fetch_add(1, Ordering::SeqCst)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut character = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 59)
                .ok()
                .and_then(|digit| char::from_digit(digit, 36))
                .unwrap_or('x')
        };
        (0..40).map(|_| character()).collect()
    }

    /// A JWT with an invalid signature.
    fn jwt(&self, mut claims: Value, lifetime: u64) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + lifetime);
        let header = json!({ "alg": "RS256", "typ": "JWT" });
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            part(&header.to_string()),
            part(&claims.to_string()),
            part(&self.opaque())
        )
    }
}

/// `MetaPack` and `DepotFinity` want the same body.
fn is_plain_grant(request: &Request) -> bool {
    request.method == "POST"
        && request.content_type() == FORM
        && request.query.is_empty()
        && request.body == "grant_type=client_credentials"
}

/// The credentials that the provider of a preset knows.
pub(crate) fn credentials(preset: &str) -> (&'static str, &'static str) {
    let prefix = match preset {
        "moov-form" => "MOOV",
        "json-body" => "API",
        other => &other.to_ascii_uppercase(),
    };
    let value = |what: &str| {
        let name = format!("{prefix}_CLIENT_{what}");
        VARIABLES
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| *value)
    };
    if preset == "metapack" {
        METAPACK
    } else {
        (value("ID"), value("SECRET"))
    }
}

/// Whether these credentials are the provider's.
fn are_of(preset: &str, sent: Option<&(String, String)>) -> bool {
    let (id, secret) = credentials(preset);
    sent.is_some_and(|sent| sent.0 == id && sent.1 == secret)
}

fn pair(fields: &Fields, id: &str, secret: &str) -> Option<(String, String)> {
    Some((fields.get(id)?.clone(), fields.get(secret)?.clone()))
}

fn basic(request: &Request) -> Option<(String, String)> {
    let encoded = request.header("authorization").strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn form(text: &str) -> Fields {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

fn json_fields(text: &str) -> Fields {
    serde_json::from_str(text).unwrap_or_default()
}

fn names(fields: &Fields) -> Vec<&str> {
    fields.keys().map(String::as_str).collect()
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        content_type: "application/json; charset=utf-8",
        body: body.to_string(),
    }
}

fn form_reply(status: u16, body: &Value) -> Reply {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in body.as_object().into_iter().flatten() {
        text.append_pair(name, value.as_str().unwrap_or(&value.to_string()));
    }
    Reply {
        status,
        content_type: FORM,
        body: text.finish(),
    }
}

/// What was asked, in one line: the names of everything, the value of nothing but the grant.
fn summary(request: &Request) -> String {
    let show = |name: &str, value: &str| match name {
        "grant_type" | "scope" => value.to_owned(),
        _ => "…".to_owned(),
    };
    let as_form = |text: &str| -> Vec<String> {
        form(text)
            .iter()
            .map(|(name, value)| format!("{name}={}", show(name, value)))
            .collect()
    };
    let query = as_form(&request.query).join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    let mut parts = vec![format!("{} {}{mark}{query}", request.method, request.path)];
    if !request.header("authorization").is_empty() {
        parts.push("Basic …".to_owned());
    }
    if request.content_type() == JSON {
        let fields = json_fields(&request.body);
        let shown = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":\"{}\"", show(name, value)));
        parts.push(format!("{{{}}}", shown.collect::<Vec<_>>().join(",")));
    } else if !request.body.is_empty() {
        parts.push(as_form(&request.body).join("&"));
    }
    parts.join(" · ")
}
