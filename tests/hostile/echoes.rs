//! Replies that send the secret back, in every encoding that comes to mind.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::hostile::replies::{Case, Must, json, reply};
use crate::hostile::server::Reply;

/// Made up, and of characters that each encoding writes in its own way.
pub const SECRET: &str = "Zq7+/&=%\"<K'v hunTer>~é9";

/// The secret in each encoding: what the server sends, and what of it must not be seen.
pub fn forms() -> Vec<(String, String)> {
    let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
    let html = SECRET
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let json = serde_json::Value::from(SECRET).to_string();
    let whole = vec![
        SECRET.to_owned(),
        form_urlencoded::byte_serialize(SECRET.as_bytes()).collect(),
        utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string(),
        percent,
        json[1..json.len() - 1].to_owned(),
        html.clone(),
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        STANDARD.encode(SECRET),
        URL_SAFE_NO_PAD.encode(SECRET),
        // What the request itself holds.
        STANDARD.encode(format!("app:{SECRET}")),
        digits(),
        digits().to_uppercase(),
    ];
    let mut forms: Vec<_> = whole.into_iter().map(|form| (form.clone(), form)).collect();
    for before in ["x", "xy", "xyz"] {
        let inside = STANDARD.encode(format!("{before}{SECRET}&z=1"));
        forms.push((inside.clone(), inside[8..28].to_owned()));
    }
    forms
}

fn digits() -> String {
    SECRET
        .bytes()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, must, reply| {
        cases.push(Case {
            name,
            must,
            reply: Arc::new(reply),
        });
    };
    for (form, _) in forms() {
        let quoted =
            serde_json::Value::from(format!("no such client: {form}; go away")).to_string();
        for (place, body) in [
            (
                "error_description",
                format!(r#"{{"error":"invalid_client","error_description":{quoted}}}"#),
            ),
            ("error", format!(r#"{{"error":{quoted}}}"#)),
            ("message", format!(r#"{{"message":{quoted}}}"#)),
        ] {
            add(
                format!("`{form}` in {place}"),
                Must::Code(5),
                json("401 No", &body),
            );
        }
        add(
            format!("`{form}` in text"),
            Must::Code(8),
            reply("500 Oops", "Content-Type: text/plain\r\n", form.as_bytes()),
        );
        // So that the secret is cut where the text is: half a secret is no secret that could be recognised.
        for gap in [200 - SECRET.len() / 2, 1024 - SECRET.len() / 2] {
            for filler in [" ", "x"] {
                let text = filler.repeat(gap) + &form;
                let text = reply("500 Oops", "Content-Type: text/plain\r\n", text.as_bytes());
                add(
                    format!("`{form}` after {gap} of {filler:?}"),
                    Must::Code(8),
                    text,
                );
            }
        }
        let token = format!(
            r#"{{"access_token":"tok-1","expires_in":60,"token_type":{quoted},"scope":{quoted}}}"#
        );
        add(
            format!("`{form}` in a token's type and scope"),
            Must::Print,
            json("200 OK", &token),
        );
    }
    let host = "Location: https://zq7hunTer.example/\r\n";
    add(
        "a redirect".to_owned(),
        Must::Code(8),
        reply("302 There", host, b""),
    );
    let location = format!("Location: https://example.com/?secret={}\r\n", forms()[3].0);
    add(
        "a redirect with the secret".to_owned(),
        Must::Code(8),
        reply("302 There", &location, b""),
    );
    let user = format!("Location: https://app:{}@example.com/\r\n", forms()[3].0);
    add(
        "a redirect with user and password".to_owned(),
        Must::Code(8),
        reply("307 There", &user, b""),
    );
    let reason = format!("401 {SECRET}");
    add(
        "the secret as the reason".to_owned(),
        Must::Either,
        reply(&reason, "", b""),
    );
    let header = format!("WWW-Authenticate: Basic realm=\"{}\"\r\n", forms()[8].0);
    add(
        "the secret in a header".to_owned(),
        Must::Code(5),
        reply("401 No", &header, b""),
    );
    let noise = format!("{SECRET}\r\n\r\n").into_bytes();
    add(
        "the secret instead of HTTP".to_owned(),
        Must::Code(8),
        Reply::Whole(noise),
    );
    cases
}
