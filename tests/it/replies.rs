//! Replies, a folder each: `response.json` or `response.form`, and `expected.toml`. A new case needs no Rust.

use std::fs;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::support::{Answer, Sandbox, Server, now};

/// The keys that `expected.toml` can have.
const KEYS: [&str; 11] = [
    "status",
    "content_type",
    "headers",
    "profile",
    "exit",
    "token",
    "rule",
    "lifetime",
    "expires_at",
    "scope",
    "says",
];

struct Expected<'a>(DeTable<'a>);

impl Expected<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).map(|value| match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            other => panic!("{key}: {other:?}"),
        })
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.0.get(key).map(|value| match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().unwrap(),
            other => panic!("{key}: {other:?}"),
        })
    }
}

#[test]
fn every_reply_is_understood_as_its_folder_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/replies");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() > 30, "where are the replies?");
    for case in cases {
        check(&case);
    }
}

fn check(case: &Path) {
    let name = case.file_name().unwrap().to_str().unwrap();
    let text = fs::read_to_string(case.join("expected.toml")).unwrap();
    let expected = Expected(DeTable::parse(&text).unwrap().into_inner());
    for key in expected.0.keys() {
        assert!(
            KEYS.contains(&key.get_ref().as_ref()),
            "{name}: unknown key {}",
            key.get_ref()
        );
    }
    let (body, usual) = match fs::read(case.join("response.form")) {
        Ok(body) => (body, "application/x-www-form-urlencoded"),
        Err(_) => (
            fs::read(case.join("response.json")).unwrap(),
            "application/json",
        ),
    };
    let text = String::from_utf8_lossy(&body);
    // An instant in the future, wherever the case wants one.
    let body = if text.contains("IN_AN_HOUR") {
        let at = now() + 3600;
        let rfc3339 = tok::time::UnixTime(at).rfc3339();
        text.replace("IN_AN_HOUR_MS", &(at * 1000).to_string())
            .replace("IN_AN_HOUR_RFC3339", &rfc3339)
            .replace("IN_AN_HOUR", &at.to_string())
            .into_bytes()
    } else {
        body
    };
    let status = u16::try_from(expected.number("status").unwrap_or(200)).unwrap();
    let content_type = expected
        .text("content_type")
        .unwrap_or_else(|| usual.to_owned());
    let mut answer = Answer::new(status, &content_type, body);
    for line in expected.text("headers").unwrap_or_default().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        answer = answer.header(name, value);
    }
    let server = Server::start();
    server.answers(answer);
    let own = expected.text("profile").unwrap_or_default();
    let tok = Sandbox::new().api(&server, &format!("retries = 0\n{own}"));
    let outcome = tok.run("get api");

    let exit = i32::try_from(expected.number("exit").unwrap_or(0)).unwrap();
    let says = expected.text("says").unwrap_or_default();
    let found = || {
        format!(
            "{name}: exit {}\n{}\n{}",
            outcome.code, outcome.stdout, outcome.stderr
        )
    };
    assert_eq!(outcome.code, exit, "{}", found());
    let token = expected
        .text("token")
        .map(|token| token + "\n")
        .unwrap_or_default();
    assert_eq!(outcome.stdout, token, "{}", found());
    assert!(outcome.stderr.contains(&says), "{}", found());
    assert_eq!(says.is_empty(), outcome.stderr.is_empty(), "{}", found());
    match expected.text("rule") {
        None => assert!(tok.entries().is_empty(), "{name}: it is cached"),
        Some(rule) => {
            let entry = tok.entry();
            assert_eq!(entry["expiry_rule"], rule.as_str(), "{name}");
            let at = |field: &str| entry[field].as_i64().unwrap();
            match (expected.number("lifetime"), expected.number("expires_at")) {
                (Some(wanted), None) => {
                    let lifetime = at("expires_at") - at("requested_at");
                    assert!(
                        (wanted - 30..=wanted).contains(&lifetime),
                        "{name}: it lives for {lifetime}s"
                    );
                }
                (None, Some(wanted)) => assert_eq!(at("expires_at"), wanted, "{name}"),
                _ => panic!("{name}: either `lifetime` or `expires_at`"),
            }
            assert_eq!(
                entry["scope"].as_str(),
                expected.text("scope").as_deref(),
                "{name}"
            );
        }
    }
}
