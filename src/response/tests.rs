use proptest::strategy::Strategy as _;

use super::*;
use crate::json::Json;

fn reply(status: u16, content_type: &str, body: &str) -> Reply {
    Reply {
        status,
        content_type: Some(content_type.to_owned()).filter(|text| !text.is_empty()),
        content_encoding: None,
        retry_after: None,
        retry_in: None,
        location: None,
        date: None,
        body: Secret::new(body.as_bytes().to_vec()),
    }
}

fn understood(content_type: &str, body: &str) -> Result<String, String> {
    match parse(
        &reply(200, content_type, body),
        &ReplyRules::default(),
        UnixTime(0),
    ) {
        Ok(response) => Ok(response.access_token.expose().clone()),
        Err(ResponseError::Invalid { reason, .. }) => Err(reason),
        Err(ResponseError::Rejected { details, .. }) => Err(format!("rejected: {details:?}")),
        Err(other) => Err(format!("{other:?}")),
    }
}

#[test]
fn a_token_is_found_however_it_is_wrapped() {
    let json = r#"{"access_token":"t1","expires_in":1}"#;
    let cases = [
        ("application/json; charset=ISO-8859-1", json),
        ("Application/JSON;charset=utf-8", json),
        ("application/vnd.acme+json", json),
        ("text/html", json),
        ("text/plain", json),
        ("", json),
        (
            "application/x-www-form-urlencoded",
            "access_token=t1&scope=a&scope=b",
        ),
        (
            "application/x-www-form-urlencoded",
            "access_token=t1&expires_in=900&scope=%2Faccounts.write",
        ),
        ("application/x-www-form-urlencoded", json),
        ("text/plain", "access_token=t1&expires_in=900"),
        ("", "expires_in=900&access_token=t1"),
    ];
    for body in [
        json,
        "\u{feff}{\"access_token\":\"t1\"}",
        " \n{\"access_token\":\"t1\"}\n ",
        r#"{"access_token":"t1","error":null}"#,
        r#"{"access_token":"t1","error":""}"#,
        r#"{"access_token":"t1","a":1,"a":2}"#,
        r#"{"access_token":"t1","scope":"a","scope":"b"}"#,
        r#"{"access_token":"t1","token_type":"x","token_type":"y","refresh_token":1,"refresh_token":"r"}"#,
        r#"{"access_token":"t1","expires_in":1e400}"#,
        r#"{"access_token":"t1","x":-1e400,"y":"\udc00","\ud800":0}"#,
        r#""{\"access_token\":\"t1\",\"expires_in\":1}""#,
        "access_token=t1&expires_in=900",
    ] {
        let found = understood("application/json", body);
        assert_eq!(found, Ok("t1".to_owned()), "{body}");
    }
    for (content_type, body) in cases {
        assert_eq!(
            understood(content_type, body),
            Ok("t1".to_owned()),
            "{content_type} {body}"
        );
    }
}

#[test]
fn what_is_not_a_token_response() {
    let cases = [
        ("application/json", "", "its body is empty"),
        ("application/json", "[]", "it is JSON, but not an object"),
        ("application/json", "\"t\"", "it is JSON, but not an object"),
        ("application/json", "{}", "it has no `access_token`"),
        (
            "",
            "access_token=a&access_token=b",
            "its `access_token` is there twice",
        ),
        (
            "text/html",
            "<html>login</html>",
            "it is an HTML page or XML, not JSON",
        ),
    ];
    for (body, expected) in [
        (r#"{"access_token":null}"#, "it has no `access_token`"),
        (r#"{"access_token":""}"#, "its `access_token` is empty"),
        (
            r#"{"access_token":7}"#,
            "its `access_token` is not a string",
        ),
        (
            r#"{"access_token":["t"]}"#,
            "its `access_token` is not a string",
        ),
        (
            r#"{"access_token":"a\nb"}"#,
            "its `access_token` contains a character that an access token cannot have",
        ),
        (
            r#"{"access_token":"ä"}"#,
            "its `access_token` contains a character that an access token cannot have",
        ),
        (
            r#"{"access_token":"a","access_token":"a"}"#,
            "its `access_token` is there twice",
        ),
        (
            r#"{"access_token":"\ud800"}"#,
            "its `access_token` contains a character that an access token cannot have",
        ),
        (
            r#"{"access_token":1e400}"#,
            "its `access_token` is not a string",
        ),
        (
            r#"{"access_token":"a"} x"#,
            "it is not JSON (line 1, column 22)",
        ),
        (
            r#"{"access_token":"a"}{}"#,
            "it is not JSON (line 1, column 21)",
        ),
        ("not json", "it is not JSON (line 1, column 2)"),
        ("<html>login</html>", "it is not JSON (line 1, column 1)"),
    ] {
        let found = understood("application/json", body);
        assert_eq!(found, Err(expected.to_owned()), "{body}");
    }
    for (content_type, body, expected) in cases {
        assert_eq!(
            understood(content_type, body),
            Err(expected.to_owned()),
            "{content_type} {body}"
        );
    }
    let mut bytes = reply(200, "application/json", "");
    bytes.body = Secret::new(b"{\"access_token\":\"\xff\"}".to_vec());
    let error = parse(&bytes, &ReplyRules::default(), UnixTime(0)).unwrap_err();
    let reason = "it is not valid UTF-8".to_owned();
    let invalid = ResponseError::Invalid {
        status: 200,
        reason,
        advice: None,
    };
    assert_eq!(error, invalid);
    let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    assert_eq!(
        understood("application/json", &deep),
        Err("it has no `access_token`".to_owned())
    );
    let beside = format!("{{\"x\":{deep},\"access_token\":\"t1\"}}");
    assert_eq!(understood("application/json", &beside), Ok("t1".to_owned()));
}

#[test]
fn every_status_has_its_meaning() {
    let rules = ReplyRules {
        status: [
            (403, StatusMeaning::RateLimited),
            (418, StatusMeaning::Server),
            (503, StatusMeaning::Rejected),
        ]
        .into(),
        ..ReplyRules::default()
    };
    let kind = |status| match parse(
        &reply(status, "", r#"{"access_token":"t"}"#),
        &rules,
        UnixTime(0),
    ) {
        Ok(_) => "token",
        Err(ResponseError::Rejected {
            is_mapped: true, ..
        }) => "mapped",
        Err(ResponseError::Rejected { .. }) => "rejected",
        Err(ResponseError::RateLimited { .. }) => "limited",
        Err(ResponseError::ServerFailed { .. }) => "server",
        Err(ResponseError::Redirected { .. }) => "redirected",
        Err(_) => "unintelligible",
    };
    let cases = [
        (200, "token"),
        (201, "token"),
        (101, "unintelligible"),
        (301, "redirected"),
        (304, "redirected"),
        (307, "redirected"),
        (400, "rejected"),
        (401, "rejected"),
        (404, "rejected"),
        (429, "limited"),
        (403, "limited"),
        (418, "server"),
        (500, "server"),
        (503, "mapped"),
    ];
    for (status, expected) in cases {
        assert_eq!(kind(status), expected, "{status}");
    }
}

#[test]
fn waits() {
    let now = UnixTime(784_111_777);
    let cases = [
        (Some("7"), None, Some(7)),
        (Some("Sun, 06 Nov 1994 08:50:37 GMT"), None, Some(60)),
        (Some("Sun, 06 Nov 1994 08:00:00 GMT"), None, Some(0)),
        (Some("soon"), Some("1500"), Some(2)),
        (None, Some("250ms"), Some(1)),
        (Some("999999999"), None, Some(86_400)),
        (Some("99999999999999999999999"), None, Some(86_400)),
        (Some("-5"), Some("1500"), Some(2)),
        (None, Some("-1"), None),
        (None, None, None),
    ];
    for (retry_after, retry_in, expected) in cases {
        let mut reply = reply(429, "", "");
        reply.retry_after = retry_after.map(str::to_owned);
        reply.retry_in = retry_in.map(str::to_owned);
        let Err(ResponseError::RateLimited { retry_after, .. }) =
            parse(&reply, &ReplyRules::default(), now)
        else {
            panic!("a 429 is a rate limit");
        };
        assert_eq!(retry_after, expected);
    }
}

#[test]
fn fields_of_a_token_response() {
    let rules = ReplyRules {
        response: ResponseMap {
            access_token: "/data/token".to_owned(),
            expires_at: Some("/data/until".to_owned()),
            id_token: "/data/id".to_owned(),
            ..ResponseMap::default()
        },
        ..ReplyRules::default()
    };
    let body = r#"{"data":{"token":"t","until":"2030-01-01T00:00:00Z","id":"i"},"expires_in":"60.9",
        "scope":["a","b"],"token_type":"opaque","refresh_token":"","id_token":7}"#;
    let response = parse(&reply(200, "", body), &rules, UnixTime(0)).unwrap();
    assert_eq!(response.expires_in, Stated::Number(60));
    assert_eq!(
        response.expires_at,
        Stated::Instant(UnixTime(1_893_456_000))
    );
    assert_eq!(response.scope.as_deref(), Some("a b"));
    assert_eq!(response.token_type.as_deref(), Some("opaque"));
    assert!(response.refresh_token.is_none() && response.id_token.is_some());
    for kind in ["DPoP", "dpop", "mac"] {
        let body = format!(r#"{{"access_token":"t","token_type":"{kind}"}}"#);
        let error = parse(&reply(200, "", &body), &ReplyRules::default(), UnixTime(0)).unwrap_err();
        assert!(matches!(error, ResponseError::BoundToken { .. }));
    }
}

#[test]
fn lifetimes_as_servers_write_them() {
    let cases = [
        ("900", Stated::Number(900)),
        ("\"900\"", Stated::Number(900)),
        ("\" 900 \"", Stated::Number(900)),
        ("900.9", Stated::Number(900)),
        ("-1", Stated::Number(-1)),
        ("18446744073709551615", Stated::Number(i64::MAX)),
        ("1e400", Stated::Unreadable),
        ("\"1e9\"", Stated::Number(1_000_000_000)),
        ("null", Stated::Absent),
        ("\"\"", Stated::Unreadable),
        ("\"soon\"", Stated::Unreadable),
        ("\"NaN\"", Stated::Unreadable),
        ("true", Stated::Unreadable),
        ("[900]", Stated::Unreadable),
    ];
    for (text, expected) in cases {
        let body = format!("{{\"x\":{text}}}");
        let json = Json::parse(&body).unwrap();
        assert_eq!(token::stated_at(json, "/x"), expected, "{text}");
    }
    let twice = Json::parse(r#"{"x":900,"x":900}"#).unwrap();
    assert_eq!(token::stated_at(twice, "/x"), Stated::Unreadable);
}

/// An object with the names that mean something, and values of all sorts.
fn document() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::{Just, any, prop_oneof};
    let names = [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "error",
        "error_description",
    ];
    let value = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| value.to_string()),
        crate::property::text().prop_map(|value| Value::from(value).to_string()),
        "[!-~]{1,20}".prop_map(|value| Value::from(value).to_string()),
        Just("[\"a\",{\"b\":1}]".to_owned()),
        Just("{\"message\":\"no\"}".to_owned()),
    ];
    let member = (proptest::sample::select(names.to_vec()), value);
    let members = proptest::collection::vec(
        member.prop_map(|(name, value)| format!("\"{name}\":{value}")),
        0..7,
    );
    members.prop_map(|members| format!("{{{}}}", members.join(",")))
}

proptest::proptest! {
    #![proptest_config(crate::property::config())]

    #[test]
    fn any_reply_is_a_clean_token_or_a_refusal(
        status in 100_u16..600,
        content_type in proptest::option::of(proptest::prop_oneof!["application/json", "text/plain", "text/html",
            "application/x-www-form-urlencoded", crate::property::text()]),
        header in proptest::option::of(crate::property::text()),
        body in proptest::prop_oneof![
            document().boxed(),
            crate::property::text().boxed(),
            ("access_token=", crate::property::text()).prop_map(|(name, value)| name + &value).boxed(),
        ],
    ) {
        let reply = Reply {
            status,
            content_type,
            content_encoding: None,
            retry_after: header.clone(),
            retry_in: header.clone(),
            location: None,
            date: header,
            body: Secret::new(body.into_bytes()),
        };
        if let Ok(response) = parse(&reply, &ReplyRules::default(), UnixTime(1_700_000_000)) {
            proptest::prop_assert!((200..300).contains(&status));
            proptest::prop_assert!(is_token(response.access_token.expose()));
            let credentials = [response.refresh_token, response.id_token];
            proptest::prop_assert!(credentials.iter().flatten().all(|token| is_token(token.expose())));
        }
    }
}
