//! Reads a token response (RFC 6749 §5.1).

use zeroize::Zeroizing;

use super::{Reply, ReplyRules, ResponseError, ResponseMap, TokenResponse, advice, body, error};
use crate::expiry::Stated;
use crate::json::{Json, JsonKind};
use crate::secret::Secret;
use crate::text::sanitize;
use crate::time::UnixTime;

pub(super) fn read(reply: &Reply, rules: &ReplyRules) -> Result<TokenResponse, ResponseError> {
    let status = reply.status;
    let map = &rules.response;
    let invalid = |reason: String, advice: Option<String>| ResponseError::Invalid {
        status,
        reason,
        advice,
    };
    let (body, content_type) = (reply.body.expose(), reply.content_type.as_deref());
    let text = match body::whole_text(body, content_type) {
        Some(whole) if map.access_token.is_empty() => Ok(whole),
        _ => body::to_json(body, content_type),
    };
    let text = text.map_err(|reason| invalid(reason, advice::for_unreadable(body)))?;
    let json = Json::parse(&text).map_err(|_| invalid("it is not JSON".to_owned(), None))?;
    if let Some(details) = error::inside_success(json, rules.error.as_ref()) {
        return Err(ResponseError::Rejected {
            status,
            details,
            is_mapped: false,
        });
    }
    let name = field_name(&map.access_token);
    let access_token = match access_token(json, &map.access_token) {
        Ok(Some(token)) => token,
        Ok(None) => {
            let reason = match json.kind() {
                JsonKind::Object => format!("it has no `{name}`"),
                _ => "it is JSON, but not an object".to_owned(),
            };
            return Err(invalid(reason, Some(advice::for_missing_token(json))));
        }
        Err(wrong) => return Err(invalid(format!("its `{name}` {wrong}"), None)),
    };
    let text_at = |pointer: &str| json.last(pointer).and_then(Json::text);
    let token_type = text_at(&map.token_type).map(|text| text.to_string());
    if let Some(kind) = token_type.as_deref().and_then(bound_type) {
        return Err(ResponseError::BoundToken { status, kind });
    }
    let expires_in = stated_at(json, &map.expires_in);
    let expires_at = match &map.expires_at {
        Some(pointer) => stated_at(json, pointer),
        None => Stated::Absent,
    };
    let is_silent = (expires_in, expires_at) == (Stated::Absent, Stated::Absent);
    // One that could not be sent again is not taken.
    let credential_at = |pointer: &str| text_at(pointer).filter(|text| is_token(text)).map(secret);
    Ok(TokenResponse {
        access_token,
        token_type,
        expires_in,
        expires_at,
        expiry_advice: is_silent
            .then(|| advice::for_missing_expiry(json))
            .flatten(),
        refresh_token: credential_at(&map.refresh_token),
        id_token: credential_at(&map.id_token),
        scope: json.last(&map.scope).and_then(scope),
        date: reply.date.as_deref().and_then(UnixTime::parse_date),
    })
}

/// The tokens that a reply holds. An error may come with one, and repeat it in its message.
pub fn tokens(reply: &Reply, rules: &ReplyRules) -> Vec<Secret<String>> {
    let (mapped, standard) = (&rules.response, ResponseMap::default());
    let pointers = [
        &*mapped.access_token,
        &mapped.refresh_token,
        &mapped.id_token,
        &standard.access_token,
        &standard.refresh_token,
        &standard.id_token,
    ];
    let text = body::to_json(reply.body.expose(), reply.content_type.as_deref());
    let Some(json) = text.as_ref().ok().and_then(|text| Json::parse(text).ok()) else {
        return Vec::new();
    };
    let named = pointers.iter().filter(|pointer| !pointer.is_empty());
    let found = named.flat_map(|pointer| json.find(pointer));
    found.filter_map(Json::text).map(secret).collect()
}

/// What a field is called in a message: a standard one by its name alone.
fn field_name(pointer: &str) -> &str {
    match pointer.strip_prefix('/') {
        Some(name) if !name.contains('/') => name,
        // The whole reply, which has no name.
        None => "access_token",
        _ => pointer,
    }
}

/// The access token, or what is wrong with it; `None` where there is none.
fn access_token(json: Json<'_>, pointer: &str) -> Result<Option<Secret<String>>, &'static str> {
    let value = match json.find(pointer).as_slice() {
        [] => return Ok(None),
        [value] => *value,
        // Which of two access tokens counts is not for us to guess. Of any other field the last counts.
        _ => return Err("is there twice"),
    };
    match value.kind() {
        JsonKind::Null => return Ok(None),
        JsonKind::Text => {}
        _ => return Err("is not a string"),
    }
    let bad_character = Err("contains a character that an access token cannot have");
    let Some(text) = value.text() else {
        return bad_character;
    };
    match without_scheme(&text) {
        "" => Err("is empty"),
        token if is_token(token) => Ok(Some(Secret::from(token))),
        _ => bad_character,
    }
}

/// A token without the `Bearer ` that some servers write before it.
fn without_scheme(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token,
        _ => text,
    }
}

fn secret(mut text: Zeroizing<String>) -> Secret<String> {
    Secret::new(std::mem::take(&mut *text))
}

/// Whether a text can travel in an `Authorization` header: 0x21 to 0x7E (RFC 6750 §2.1, taken widely).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Token types that are useless without a key that `tok` does not have. What is around the word is not shown, and does
/// not make it another.
fn bound_type(token_type: &str) -> Option<&'static str> {
    let word = sanitize(token_type);
    let mut bound = ["DPoP", "MAC"].into_iter();
    bound.find(|bound| word.eq_ignore_ascii_case(bound))
}

/// Space-delimited text, or a list of strings, which some servers send.
fn scope(value: Json<'_>) -> Option<String> {
    match value.kind() {
        JsonKind::Text => {
            let text = value.text()?;
            Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        JsonKind::List => {
            let scopes = value.items().into_iter().filter_map(Json::text);
            let scopes: Vec<String> = scopes.map(|scope| scope.to_string()).collect();
            Some(scopes.join(" "))
        }
        _ => None,
    }
}

/// A lifetime, or a time. Of two that differ in one reply neither is plausible.
pub(super) fn stated_at(json: Json<'_>, pointer: &str) -> Stated {
    let value = match json.find(pointer).as_slice() {
        [] => return Stated::Absent,
        [value] => *value,
        _ => return Stated::Unreadable,
    };
    let read = match value.kind() {
        JsonKind::Null => return Stated::Absent,
        JsonKind::Number => number(value.as_written()),
        _ => value.text().and_then(|text| {
            let text = text.trim();
            number(text).or_else(|| UnixTime::parse_date(text).map(Stated::Instant))
        }),
    };
    read.unwrap_or(Stated::Unreadable)
}

/// A whole number of seconds. A fraction is dropped; a number beyond all dates stays beyond all dates.
fn number(text: &str) -> Option<Stated> {
    if let Ok(whole) = text.parse() {
        return Some(Stated::Number(whole));
    }
    let number: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, which is what is wanted"
    )]
    number
        .is_finite()
        .then(|| Stated::Number(number.floor() as i64))
}
