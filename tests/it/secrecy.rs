//! No secret anywhere: whatever happens, at any verbosity, in any format, on either stream and on disk.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::{Answer, Outcome, Sandbox, Server, Tcp};

const ID: &str = "client one";
const SECRET: &str = "p@ss \"w/rd+$é";
const PASSWORD: &str = "hunter2 & co/+\\";
const REFRESH: &str = "refresh/+token=1~";
const PARAM: &str = "lic\u{65}nse+key/1 2";
const HEADER: &str = "x-api\\key+/9 \"z\"";

/// A secret in every encoding in which it may travel or be echoed.
fn forms(secret: &str) -> Vec<String> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    vec![
        secret.to_owned(),
        percent.to_lowercase(),
        percent,
        form.replace('+', "%20"),
        form.to_lowercase(),
        form,
        json.trim_matches('"').to_owned(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ]
}

/// Everything that must not be seen.
fn needles() -> Vec<String> {
    let mut found: Vec<String> = [SECRET, PASSWORD, REFRESH, PARAM, HEADER]
        .into_iter()
        .flat_map(forms)
        .collect();
    for (id, secret) in [
        (ID, SECRET),
        ("client%20one", "p%40ss%20%22w%2Frd%2B%24%C3%A9"),
    ] {
        let pair = format!("{id}:{secret}");
        found.extend([
            STANDARD.encode(&pair),
            URL_SAFE.encode(&pair),
            URL_SAFE_NO_PAD.encode(&pair),
            pair,
        ]);
    }
    found
}

#[track_caller]
fn holds_none(text: &str, place: &str) {
    for needle in needles() {
        assert!(!text.contains(&needle), "{needle} is in {place}:\n{text}");
    }
}

/// Both streams, and every file but those in which the secrets were put.
#[track_caller]
fn check(tok: &Sandbox, outcome: &Outcome, place: &str) {
    holds_none(&outcome.stdout, place);
    holds_none(&outcome.stderr, place);
    for (path, bytes) in tok.files() {
        if !path.ends_with("profiles.toml") && !path.ends_with("secret-file") {
            holds_none(
                &String::from_utf8_lossy(&bytes),
                &format!("{place}, {}", path.display()),
            );
        }
    }
}

const SECRETS: &str = "client_id = \"client one\"
client_secret = { env = \"SECRET\" }
params = { license = { file = \"~/secret-file\" } }
headers = { X-Api-Key = { env = \"HEADER\" } }
retries = 0
";

fn sandbox(url: &str, keys: &str) -> Sandbox {
    Sandbox::new()
        .profile("p", &format!("token_url = \"{url}\"\n{SECRETS}{keys}"))
        .env("SECRET", SECRET)
        .env("PASSWORD", PASSWORD)
        .env("REFRESH", REFRESH)
        .env("HEADER", HEADER)
        .file("secret-file", PARAM)
}

/// Every strategy, the other grants, and both encodings of Basic credentials.
const SHAPES: [&str; 9] = [
    "strategy = \"basic_form\"",
    "strategy = \"basic_json\"",
    "strategy = \"post_form\"",
    "strategy = \"post_json\"",
    "strategy = \"get_query\"",
    "basic_encoding = \"form\"",
    "grant = \"password\"\nusername = \"robot\"\npassword = { env = \"PASSWORD\" }",
    "strategy = \"get_query\"\ngrant = \"password\"\nusername = \"robot\"\npassword = { env = \"PASSWORD\" }",
    "strategy = \"post_json\"\ngrant = \"refresh_token\"\nrefresh_token = { env = \"REFRESH\" }",
];

const STYLES: [&str; 3] = ["", "-vvv", "-vvv --error-format json"];

/// A server that answers with all that it was sent, in its error and in plain text.
#[test]
fn no_secret_anywhere_when_the_server_echoes_it() {
    let answers = [
        Answer::json(
            400,
            "{\"error\":\"invalid_client\",\"error_description\":\"you sent ECHO\"}",
        ),
        Answer::json(401, "{\"error\":\"ECHO\"}"),
        Answer::json(200, "{\"error\":{\"message\":\"ECHO\"}}"),
        Answer::json(500, "{\"message\":\"ECHO\"}"),
        Answer::json(429, "{\"detail\":\"ECHO\"}"),
        Answer::new(403, "text/plain", "ECHO"),
        Answer::new(503, "text/plain", "you sent\nECHO"),
        Answer::json(200, "ECHO"),
        Answer::json(200, "{\"access_token\":[\"ECHO\"]}"),
        Answer::json(200, "{\"access_token\":\"ECHO\"}"),
    ];
    for shape in SHAPES {
        for answer in &answers {
            for style in STYLES {
                let server = Server::start().echoing();
                server.answers(answer.clone());
                let tok = sandbox(
                    &server.url("/token"),
                    &format!("cool_down = \"0s\"\n{shape}"),
                );
                let outcome = tok.run(&format!("get p {style}"));
                assert!(
                    outcome.code != 0 && outcome.stdout.is_empty(),
                    "{shape}: {}",
                    outcome.stderr
                );
                check(&tok, &outcome, &format!("{shape} {style} {answer:?}"));
            }
        }
    }
}

/// A miss, a hit, a renewal, and what is cached of them.
#[test]
fn no_secret_anywhere_when_all_goes_well() {
    for shape in SHAPES {
        let server = Server::start();
        server.issue("tok-1").issue("tok-2");
        let tok = sandbox(&server.url("/token"), shape);
        for (words, token) in [
            ("get p -vvv", "tok-1"),
            ("get p -vvv --format json", "tok-1"),
            ("get p -vvv -f", "tok-2"),
        ] {
            let outcome = tok.run(words);
            assert!(
                outcome.code == 0 && outcome.stdout.contains(token),
                "{shape}: {}",
                outcome.stderr
            );
            // A grant by refresh token keeps the one that is still good: that is what the cache is for.
            if shape.contains("REFRESH") {
                holds_none(&outcome.stdout, shape);
                holds_none(&outcome.stderr, shape);
            } else {
                check(&tok, &outcome, shape);
            }
            assert!(
                outcome.stderr.lines().all(|line| line.starts_with("tok: ")),
                "{}",
                outcome.stderr
            );
        }
    }
}

/// Connection refused, no answer, a connection that breaks, a URL that moves.
#[test]
fn no_secret_anywhere_when_the_network_fails() {
    for shape in SHAPES {
        for reply in [
            "",
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
            "garbage\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        ] {
            let server = Tcp::answering(reply);
            for style in STYLES {
                let tok = sandbox(&server.url("/token"), shape);
                let outcome = tok.run(&format!("get p {style}"));
                assert!(
                    outcome.code != 0 && outcome.stdout.is_empty(),
                    "{shape}: {}",
                    outcome.stderr
                );
                check(&tok, &outcome, &format!("{shape} {style} {reply:?}"));
            }
        }
        let tok = sandbox(
            &format!("http://127.0.0.1:{}/token", crate::support::free_port()),
            shape,
        );
        check(&tok, &tok.run("get p -vvv"), shape);
    }
}

/// Neither the secrets of the profile nor the token stand in what is said of it.
#[test]
fn a_token_is_on_standard_output_and_in_the_cache_only() {
    let server = Server::start();
    server.issues("the-access-token").with(
        3600,
        "\"refresh_token\":\"the-refresh-token\",\"id_token\":\"the-id-token\"",
    );
    server.replies(500, "{\"message\":\"the-access-token the-refresh-token\"}");
    let tok = sandbox(&server.url("/token"), "renew = \"refresh_token\"");
    let outcome = tok.run("get p -vvv");
    assert_eq!(outcome.stdout, "the-access-token\n");
    assert!(!outcome.stderr.contains("the-"), "{}", outcome.stderr);
    tok.pass(3600 - 60);
    let outcome = tok.run("get p -vvv");
    assert_eq!(outcome.stdout, "the-access-token\n");
    assert!(
        !outcome.stderr.contains("the-refresh"),
        "{}",
        outcome.stderr
    );
    let holders: Vec<_> = tok
        .files()
        .into_iter()
        .filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("the-refresh-token"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(holders, [tok.entry_file()]);
}

/// The query of a `get_query` request is a secret too.
#[test]
fn a_query_is_in_no_message_and_in_no_entry() {
    let server = Server::start();
    server.issue("tok-1").replies(401, "{}");
    let tok = sandbox(
        &server.url("/token?fixed=in-the-query"),
        "strategy = \"get_query\"",
    );
    for words in ["get p -vvv", "get p -vvv -f"] {
        let outcome = tok.run(words);
        assert!(
            !outcome.stderr.contains("in-the-query") && !outcome.stderr.contains('?'),
            "{}",
            outcome.stderr
        );
    }
    for (path, bytes) in tok.files() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            path.ends_with("profiles.toml") || !text.contains("in-the-query"),
            "{}",
            path.display()
        );
    }
}

/// A scope is data: what reads like some parameter's value stays as it is. A credential does not.
#[test]
fn what_a_token_is_good_for_is_not_redacted_unless_it_is_a_credential() {
    let server = Server::start();
    let more = |scope: &str| format!("\"scope\":\"{scope}\",\"token_type\":\"tenants\"");
    server
        .issues("tok-1")
        .with(900, &more("read tenants admins hunter22"));
    server.issues("tok-2").with(900, &more("hunter22"));
    let mut tok = Sandbox::new()
        .api(
            &server,
            "params = { tenant = { env = \"TENANT\" } }\nheaders = { X-Role = { env = \"ROLE\" } }",
        )
        .env("TENANT", "tenants")
        .env("ROLE", "admins");
    tok.set("SECRET", "hunter22");
    let scope = |outcome: &Outcome| {
        let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        (
            json["scope"].as_str().unwrap().to_owned(),
            json["token_type"].as_str().unwrap().to_owned(),
        )
    };
    let told = |scope: &str| (scope.to_owned(), "tenants".to_owned());
    for _ in 0..2 {
        assert_eq!(
            scope(&tok.run("get api --format json")),
            told("read tenants admins [redacted]")
        );
    }
    // What was asked for is in the profile.
    let asked = tok.run("get api --format json --scope hunter22");
    assert_eq!(scope(&asked), told("hunter22"));
}
