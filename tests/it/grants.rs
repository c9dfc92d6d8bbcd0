//! The grants, and renewal by a refresh token.

use crate::support::{Answer, Sandbox, Server};

/// The body of the one request that a profile with these keys sends.
#[track_caller]
fn sent(keys: &str) -> String {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::new().api(&server, keys).env("OTHER", "p&w");
    tok.run("get api").prints("tok-1\n");
    tok.run("get api").prints("tok-1\n");
    server.request().body
}

#[test]
fn each_grant_sends_its_own_parameters() {
    let own = [
        (
            "client_credentials",
            "scope = \"read\"",
            "grant_type=client_credentials&scope=read",
        ),
        (
            "refresh_token",
            "refresh_token = { env = \"OTHER\" }",
            "grant_type=refresh_token&refresh_token=p%26w",
        ),
        (
            "password",
            "username = \"robot\"\npassword = { env = \"OTHER\" }\nscope = \"read\"",
            "grant_type=password&username=robot&password=p%26w&scope=read",
        ),
        (
            "none",
            "strategy = \"post_form\"\nparams = { user = \"me\" }",
            "client_id=id&client_secret=s3cret-value&user=me",
        ),
    ];
    assert_eq!(own.map(|(grant, _, _)| grant), tok::grant::Grant::NAMES);
    for (grant, keys, body) in own {
        assert_eq!(
            sent(&format!("grant = \"{grant}\"\n{keys}")),
            body,
            "{grant}"
        );
    }
}

#[test]
fn none_sends_username_and_password_where_they_are_set() {
    let keys = "grant = \"none\"\nstrategy = \"post_json\"\nclient_auth = \"none\"\nomit = [\"client_id\"]\n\
                username = \"robot\"\npassword = { env = \"OTHER\" }\n";
    assert_eq!(sent(keys), r#"{"username":"robot","password":"p&w"}"#);
}

#[test]
fn a_rotated_refresh_token_replaces_the_profiles_own_until_it_is_refused() {
    let server = Server::start();
    server.rotate("tok-1", "r-1").issue("tok-2");
    server.reject("invalid_grant").issue("tok-3");
    let keys = "grant = \"refresh_token\"\nrefresh_token = { env = \"REFRESH\" }";
    let tok = Sandbox::new().api(&server, keys).env("REFRESH", "r-0");
    for token in ["tok-1\n", "tok-2\n", "tok-3\n"] {
        tok.run("get api").prints(token);
        tok.pass(4000);
    }
    let sent = ["r-0", "r-1", "r-1", "r-0"].map(refresh);
    assert_eq!(server.bodies(), sent);
}

const GRANT: &str = "grant_type=client_credentials";

fn refresh(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

#[test]
fn renewal_goes_by_the_refresh_token_and_a_rotated_one_replaces_it() {
    let server = Server::start();
    server.rotate("tok-1", "r-1").rotate("tok-2", "r-2");
    // A renewal that brings no new one keeps the old one.
    server.issues("tok-3").for_secs(900);
    server.issues("tok-4").for_secs(900);
    let keys = "renew = \"refresh_token\"\nscope = \"read\"\naudience = \"aud\"\n";
    let tok = Sandbox::new().api(&server, keys);
    for token in ["tok-1\n", "tok-2\n", "tok-3\n", "tok-4\n"] {
        tok.run("get api").prints(token);
        tok.run("get api").prints(token);
        tok.pass(1000);
    }
    let mut expected = vec![format!("{GRANT}&scope=read&audience=aud")];
    expected.extend(["r-1", "r-2", "r-2"].map(|token| refresh(token) + "&scope=read"));
    assert_eq!(server.bodies(), expected);
    assert_eq!(tok.entry()["refresh_token"], "r-2");
}

#[test]
fn invalid_grant_falls_back_to_the_grant_and_nothing_else_does() {
    let server = Server::start();
    server.rotate("tok-1", "r-1").reject("invalid_request");
    server
        .reject("invalid_client")
        .reject("invalid_grant")
        .rotate("tok-2", "r-2");
    let keys = "renew = \"refresh_token\"\ncool_down = \"0s\"\n";
    let tok = Sandbox::new().api(&server, keys);
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    let hint = "`tok explain api --curl`";
    tok.run("get api")
        .fails_with(5, "answered 400: invalid_request", hint);
    tok.run("get api")
        .fails_with(5, "answered 401: invalid_client", "check `client_id`");
    tok.run("get api").prints("tok-2\n");
    let by = refresh("r-1");
    assert_eq!(server.bodies(), [GRANT, &by, &by, &by, GRANT]);
    assert_eq!(tok.entry()["refresh_token"], "r-2");
}

#[test]
fn without_renew_a_refresh_token_is_not_used_and_not_lost() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    server.issues("tok-2").for_secs(900).rotate("tok-3", "r-3");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api").prints("tok-2\n");
    tok.run("get api --token-type refresh").prints("r-1\n");
    tok.run("get api -f").prints("tok-3\n");
    tok.run("get api --token-type refresh").prints("r-3\n");
    assert_eq!(server.bodies(), [GRANT; 3]);
}

/// A refresh token that is good for one use must not be spent twice, whatever went wrong.
#[test]
fn a_request_with_a_refresh_token_is_not_repeated() {
    let server = Server::start();
    server.rotate("tok-1", "r-1").replies(500, "{}");
    server.answers(Answer::json(429, "{}").header("retry-after", "1"));
    let keys = "renew = \"refresh_token\"\nretries = 5\n";
    let tok = Sandbox::new().api(&server, keys);
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api").fails_with(8, "answered 500", "");
    tok.run("get api").fails_with(6, "answered 429", "wait 1s");
}
