//! Replies that send the secret back, in every encoding that comes to mind.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::hostile::reply::{Case, Must, Reply, case};

/// Made up, and of characters that each encoding writes in its own way.
pub const SECRET: &str = "Zq7+/&=%\"<K'v hunTer>~é9";

/// The secret in each encoding: what the server sends, and what of it must not be seen.
pub fn forms() -> Vec<(String, String)> {
    let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
    let html = SECRET.replace('&', "&amp;").replace('<', "&lt;");
    let html = html.replace('>', "&gt;").replace('"', "&quot;");
    let json = serde_json::Value::from(SECRET).to_string();
    let hex = |text: String, byte| text + &format!("{byte:02x}");
    let digits = SECRET.bytes().fold(String::new(), hex);
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
        STANDARD.encode(format!("id:{SECRET}")),
        digits.to_uppercase(),
        digits,
    ];
    let mut forms: Vec<_> = whole.into_iter().map(|form| (form.clone(), form)).collect();
    for before in ["x", "xy", "xyz"] {
        let inside = STANDARD.encode(format!("{before}{SECRET}&z=1"));
        forms.push((inside.clone(), inside[8..28].to_owned()));
    }
    forms
}

pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, must, reply| cases.push(case(name, must, reply));
    let text = |body: &str| Reply::new("500 Oops", "Content-Type: text/plain\r\n", body);
    for (form, _) in forms() {
        let quoted = serde_json::Value::from(format!("no such client: {form}; go away"));
        for body in [
            format!(r#"{{"error":"invalid_client","error_description":{quoted}}}"#),
            format!(r#"{{"error":{quoted}}}"#),
            format!(r#"{{"message":{quoted}}}"#),
        ] {
            add(
                format!("`{form}` in {body}"),
                Must::Code(5),
                Reply::json("401 No", &body),
            );
        }
        add(format!("`{form}` in text"), Must::Code(8), text(&form));
        // So that the secret is cut where the text is: half a secret cannot be recognised.
        for (length, filler) in [(200, " "), (1024, "x")] {
            let body = filler.repeat(length - SECRET.len() / 2) + &form;
            add(
                format!("`{form}` across {length} bytes"),
                Must::Code(8),
                text(&body),
            );
        }
        let token = r#""access_token":"tok-1","expires_in":60"#;
        let token = format!(r#"{{{token},"token_type":{quoted},"scope":{quoted}}}"#);
        let name = format!("`{form}` in a token's type and scope");
        add(name, Must::Print, Reply::json("200 OK", &token));
    }
    let percent = forms()[3].0.clone();
    for place in [
        "https://zq7hunTer.example/".to_owned(),
        format!("https://example.com/?secret={percent}"),
        format!("https://id:{percent}@example.com/"),
    ] {
        let header = format!("Location: {place}\r\n");
        add(
            format!("a redirect to {place}"),
            Must::Code(8),
            Reply::new("307 There", &header, ""),
        );
    }
    let header = format!("WWW-Authenticate: Basic realm=\"{}\"\r\n", forms()[8].0);
    add(
        "in a header".into(),
        Must::Code(5),
        Reply::new("401 No", &header, ""),
    );
    let reason = format!("401 {SECRET}");
    add(
        "as the reason".into(),
        Must::Either,
        Reply::new(&reason, "", ""),
    );
    let noise = format!("{SECRET}\r\n\r\n");
    add("instead of HTTP".into(), Must::Code(8), Reply::raw(noise));
    cases
}
