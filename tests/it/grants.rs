//! The grants, and renewal by a refresh token.

use crate::support::{Answer, Sandbox, Server};

/// The bodies that were sent.
fn bodies(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.body).collect()
}

const REFRESH: &str = "refresh_token = { env = \"REFRESH\" }\n";

#[test]
fn password_sends_user_name_and_password() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = "grant = \"password\"\nusername = \"robot\"\npassword = { env = \"PASSWORD\" }\nscope = \"read\"\n";
    let tok = Sandbox::new().api(&server, keys).env("PASSWORD", "p&w");
    tok.run("get api").prints("tok-1\n");
    assert_eq!(
        server.request().body,
        "grant_type=password&username=robot&password=p%26w&scope=read"
    );
}

#[test]
fn refresh_token_sends_the_profiles_own() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::new()
        .api(&server, &format!("grant = \"refresh_token\"\n{REFRESH}"))
        .env("REFRESH", "r-0");
    tok.run("get api").prints("tok-1\n");
    tok.run("get api").prints("tok-1\n");
    assert_eq!(
        server.request().body,
        "grant_type=refresh_token&refresh_token=r-0"
    );
}

#[test]
fn a_rotated_refresh_token_replaces_the_profiles_own_until_it_is_refused() {
    let server = Server::start();
    server
        .issues("tok-1")
        .with(3600, "\"refresh_token\":\"r-1\"");
    server.issue("tok-2").reject("invalid_grant").issue("tok-3");
    let tok = Sandbox::new()
        .api(&server, &format!("grant = \"refresh_token\"\n{REFRESH}"))
        .env("REFRESH", "r-0");
    tok.run("get api").prints("tok-1\n");
    tok.pass(4000);
    tok.run("get api").prints("tok-2\n");
    tok.pass(4000);
    tok.run("get api").prints("tok-3\n");
    let sent = |token: &str| format!("grant_type=refresh_token&refresh_token={token}");
    assert_eq!(
        bodies(&server),
        [sent("r-0"), sent("r-1"), sent("r-1"), sent("r-0")]
    );
}

#[test]
fn none_sends_the_credentials_and_the_parameters_only() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = "grant = \"none\"\nstrategy = \"post_form\"\nparams = { user = \"me\" }\n";
    Sandbox::new()
        .api(&server, keys)
        .run("get api")
        .prints("tok-1\n");
    assert_eq!(
        server.request().body,
        "client_id=id&client_secret=s3cret-value&user=me"
    );
}

#[test]
fn none_sends_username_and_password_where_they_are_set() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = "grant = \"none\"\nstrategy = \"post_json\"\nclient_auth = \"none\"\nomit = [\"client_id\"]\n\
                username = \"robot\"\npassword = { env = \"ROBOT_PASSWORD\" }\n";
    Sandbox::new()
        .api(&server, keys)
        .env("ROBOT_PASSWORD", "pw-value")
        .run("get api")
        .prints("tok-1\n");
    let expected = r#"{"username":"robot","password":"pw-value"}"#;
    assert_eq!(server.request().body, expected);
}

#[test]
fn every_grant_is_tested() {
    let names = tok::grant::Grant::NAMES;
    assert_eq!(
        names,
        ["client_credentials", "refresh_token", "password", "none"]
    );
}

#[test]
fn renewal_goes_by_the_refresh_token_and_a_rotated_one_replaces_it() {
    let server = Server::start();
    server.rotate("tok-1", "r-1").rotate("tok-2", "r-2");
    // A renewal that brings no new one keeps the old one.
    server.issues("tok-3").for_secs(900);
    server.issues("tok-4").for_secs(900);
    let tok = Sandbox::new().api(
        &server,
        "renew = \"refresh_token\"\nscope = \"read\"\naudience = \"aud\"\n",
    );
    for token in ["tok-1", "tok-2", "tok-3", "tok-4"] {
        tok.run("get api").prints(&format!("{token}\n"));
        tok.run("get api").prints(&format!("{token}\n"));
        tok.pass(1000);
    }
    let refresh =
        |token: &str| format!("grant_type=refresh_token&refresh_token={token}&scope=read");
    assert_eq!(
        bodies(&server),
        [
            "grant_type=client_credentials&scope=read&audience=aud".to_owned(),
            refresh("r-1"),
            refresh("r-2"),
            refresh("r-2")
        ]
    );
    assert_eq!(tok.entry()["refresh_token"], "r-2");
}

#[test]
fn invalid_grant_falls_back_to_the_grant_and_nothing_else_does() {
    let server = Server::start();
    server
        .rotate("tok-1", "r-1")
        .reject("invalid_request")
        .reject("invalid_client");
    server.replies(
        400,
        "{\"error\":\"invalid_grant\",\"error_description\":\"gone\"}",
    );
    server.rotate("tok-2", "r-2");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"\ncool_down = \"0s\"\n");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api").fails_with(
        5,
        "answered 400: invalid_request",
        "`tok explain api --curl`",
    );
    tok.run("get api")
        .fails_with(5, "answered 401: invalid_client", "check `client_id`");
    tok.run("get api").prints("tok-2\n");
    let refresh = "grant_type=refresh_token&refresh_token=r-1";
    let grant = "grant_type=client_credentials";
    assert_eq!(bodies(&server), [grant, refresh, refresh, refresh, grant]);
    assert_eq!(tok.entry()["refresh_token"], "r-2");
}

#[test]
fn without_renew_a_refresh_token_is_not_used() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    server.issues("tok-2").for_secs(900);
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api").prints("tok-2\n");
    assert_eq!(bodies(&server), ["grant_type=client_credentials"; 2]);
}

/// A refresh token that is good for one use must not be spent twice, whatever went wrong.
#[test]
fn a_request_with_a_refresh_token_is_not_repeated() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    server.replies(500, "{}");
    server.answers(Answer::json(429, "{}").header("retry-after", "1"));
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"\nretries = 5\n");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api").fails_with(8, "answered 500", "");
    tok.run("get api").fails_with(6, "answered 429", "wait 1s");
}

/// Nobody has spent it, so it stays good.
#[test]
fn a_renewal_by_the_grant_keeps_the_refresh_token_that_there_was() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    server.issues("tok-2").for_secs(900);
    server.rotate("tok-3", "r-3");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api").prints("tok-2\n");
    tok.run("get api --token-type refresh").prints("r-1\n");
    tok.run("get api -f").prints("tok-3\n");
    tok.run("get api --token-type refresh").prints("r-3\n");
}
