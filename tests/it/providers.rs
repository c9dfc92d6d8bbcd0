//! Every provider two ways: by its preset with the credentials only, and spelled out key by key. Both must send
//! the request of the provider's own page, to the byte.

use crate::support::{Answer, Sandbox, Server, Tcp, basic, response, rows};

const FORM: &str = "content-type: application/x-www-form-urlencoded";
const JSON: &str = "content-type: application/json";
const GRANT: &str = "grant_type=client_credentials";
const CREDENTIALS: &str = "client_id = { env = \"ID\" }\nclient_secret = { env = \"SECRET\" }\n";
const ID: &str = "6c.id-Uo";
const SECRET: &str = "Df/secret+Ye";

/// The credentials that MetaPack's page shows, as an `apiKey.properties` file.
const API_KEY: &str = "apiKey.id = 1DR3434KDFJLR32L53L4235J6\napiKey.secret = wqe34tyyh7679jokkDa$7df46bbbbjui+b7-sdfsdfY\n";

/// The header that MetaPack's page shows for them.
const METAPACK_BASIC: &str = "Basic MURSMzQzNEtERkpMUjMyTDUzTDQyMzVKNjp3cWUzNHR5eWg3Njc5am9ra0RhJDdkZjQ2YmJiYmp1aStiNy1zZGZzZGZZ";

fn sandbox(keys: &str) -> Sandbox {
    Sandbox::new()
        .profile("p", keys)
        .env("ID", ID)
        .env("SECRET", SECRET)
}

/// Asks by each of these profiles, to which the URL and the credentials are added, and holds the request to the text.
#[track_caller]
fn all_send(path: &str, profiles: &[&str], answer: &Answer, request: &str) {
    for keys in profiles {
        let server = Server::start();
        server.answers(answer.clone());
        let credentials = if keys.contains("client_id = {") {
            ""
        } else {
            CREDENTIALS
        };
        let url = server.url(path);
        let tok = sandbox(&format!("token_url = \"{url}\"\n{credentials}{keys}\n"));
        tok.file("apiKey.properties", API_KEY)
            .run("get p")
            .prints("tok-1\n");
        assert_eq!(server.request().text(), request, "{keys}");
    }
}

fn token() -> Answer {
    let body = r#"{"access_token":"tok-1","expires_in":86400,"token_type":"Bearer"}"#;
    Answer::json(200, body)
}

fn authorization() -> String {
    format!("authorization: {}", basic(ID, SECRET))
}

#[test]
fn moost_is_a_get_with_its_own_names_and_no_grant_type() {
    let names = "names = { client_id = \"clientId\", client_secret = \"clientSecret\" }";
    let query = "method = \"GET\"\nparams_in = \"query\"\nclient_auth = \"client_secret_post\"\nomit = [\"grant_type\"]";
    all_send(
        "/auth/token/v1",
        &[
            "preset = \"moost\"",
            &format!("strategy = \"get_query\"\ngrant = \"none\"\n{names}"),
            &format!(
                "{query}\nnames.client_id = \"clientId\"\nnames.client_secret = \"clientSecret\""
            ),
        ],
        &token(),
        "GET /auth/token/v1?clientId=6c.id-Uo&clientSecret=Df%2Fsecret%2BYe\n",
    );
}

#[test]
fn moov_is_basic_and_json() {
    let body = "{\"grant_type\":\"client_credentials\",\"scope\":\"/accounts.write\"}";
    let own = "strategy = \"basic_json\"\nrenew = \"refresh_token\"\nscope = [\"/accounts.write\"]";
    all_send(
        "/oauth2/token",
        &["preset = \"moov\"\nscope = \"/accounts.write\"", own],
        &token(),
        &format!(
            "POST /oauth2/token\n{}\n{JSON}\n\n{body}\n",
            authorization()
        ),
    );
}

#[test]
fn moov_form_is_basic_and_a_form_both_ways() {
    let reply = "access_token=tok-1&expires_in=900&refresh_token=r-1&scope=%2Faccounts.write&token_type=opaque";
    let form = Answer::new(200, "application/x-www-form-urlencoded", reply);
    let body = format!("{GRANT}&scope=%2Faccounts.write");
    let scope = "scope = \"/accounts.write\"";
    all_send(
        "/oauth2/token",
        &[&format!("preset = \"moov-form\"\n{scope}"), scope],
        &form,
        &format!(
            "POST /oauth2/token\n{}\n{FORM}\n\n{body}\n",
            authorization()
        ),
    );
}

/// The page allows the credentials in the body where they are not in the header.
#[test]
fn moov_with_the_credentials_in_the_body() {
    let body = format!(
        "{{\"grant_type\":\"client_credentials\",\"client_id\":\"{ID}\",\"client_secret\":\"{SECRET}\"}}"
    );
    all_send(
        "/oauth2/token",
        &[
            "preset = \"moov\"\nstrategy = \"post_json\"",
            "preset = \"moov\"\nclient_auth = \"client_secret_post\"",
        ],
        &token(),
        &format!("POST /oauth2/token\n{JSON}\n\n{body}\n"),
    );
    let body = format!("{GRANT}&client_id={ID}&client_secret=Df%2Fsecret%2BYe");
    let own = "strategy = \"post_form\"";
    all_send(
        "/oauth2/token",
        &[&format!("preset = \"moov-form\"\n{own}"), own],
        &token(),
        &format!("POST /oauth2/token\n{FORM}\n\n{body}\n"),
    );
}

#[test]
fn metapack_sends_the_header_of_its_page() {
    let source = |key: &str| format!("{{ properties = \"~/apiKey.properties\", key = \"{key}\" }}");
    let [id, secret] = ["apiKey.id", "apiKey.secret"].map(source);
    let credentials = format!("client_id = {id}\nclient_secret = {secret}");
    let own = "strategy = \"basic_form\"\nbasic_encoding = \"raw\"\ngrant = \"client_credentials\"";
    let reply = r#"{"access_token":"tok-1","expires_in":3600,"scope":"can-create-locations ","token_type":"bearer"}"#;
    all_send(
        "/oauth",
        &[
            &format!("preset = \"metapack\"\n{credentials}"),
            &format!("{own}\n{credentials}"),
        ],
        &Answer::new(200, "application/json; charset=utf-8", reply),
        &format!("POST /oauth\nauthorization: {METAPACK_BASIC}\n{FORM}\n\n{GRANT}\n"),
    );
}

#[test]
fn depotfinity_is_basic_and_a_form() {
    let own = "headers = { Accept = \"application/json\" }";
    all_send(
        "/oauth2/token",
        &["preset = \"depotfinity\"", own],
        &token(),
        &format!(
            "POST /oauth2/token\n{}\n{FORM}\n\n{GRANT}\n",
            authorization()
        ),
    );
}

#[test]
fn depotfinity_refuses_with_403_and_that_is_a_rejection() {
    let server = Server::start();
    let reply = r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#;
    server.replies(403, reply);
    let url = server.url("/oauth2/token");
    let tok = sandbox(&format!(
        "preset = \"depotfinity\"\ntoken_url = \"{url}\"\n{CREDENTIALS}"
    ));
    tok.env("SECRET", "secret-word").run("get p").fails(
        5,
        "error: profile `p`: the token endpoint answered 403: invalid_client (Client authentication failed)\n\n\
         hint: check `client_id` and `client_secret`; `tok explain p` shows where they come from. \
         The provider may want another `strategy`: compare `tok explain p --curl` with the provider's own sample\n",
    );
}

#[test]
fn json_body_goes_where_its_variable_says() {
    let body = format!(
        "{{\"grant_type\":\"client_credentials\",\"client_id\":\"{ID}\",\"client_secret\":\"{SECRET}\"}}"
    );
    let request = format!("POST /oauth/token\n{JSON}\n\n{body}\n");
    let profiles = ["preset = \"json-body\"", "strategy = \"post_json\""];
    all_send("/oauth/token", &profiles, &token(), &request);
    // The preset's own URL is https; the variable stands where the host does.
    let server = Server::start();
    server.answers(token());
    let url = "http://${api_base_path}/oauth/token";
    let vars = format!("vars = {{ api_base_path = \"{}\" }}", server.address());
    let preset = format!("preset = \"json-body\"\n{CREDENTIALS}");
    let tok = sandbox(&format!("{preset}token_url = \"{url}\"\n{vars}"));
    tok.run("get p").prints("tok-1\n");
    assert_eq!(server.request().text(), request);
    let message = "profile `p`: `token_url`: `${api_base_path}` is set neither";
    let hint = "vars = { api_base_path = \"…\" }";
    sandbox(&preset).run("get p").fails_with(4, message, hint);
}

/// Where each preset goes if only credentials are given: seen by a proxy, which lets nothing through.
#[test]
fn a_preset_goes_to_the_providers_own_address() {
    let table = r#"
    moost       | # | api.moost.io | /auth/token/v1
    moov        | # | api.moov.io | /oauth2/token
    moov-form   | # | api.moov.io | /oauth2/token
    metapack    | # | dmo.metapack.com | /oauth
    metapack    | vars = { environment = "live.example" } | live.example | /oauth
    depotfinity | # | clientapp-auth.eu.depot.emobility.io | /oauth2/token
    depotfinity | vars = { region = "us" } | clientapp-auth.us.depot.emobility.io | /oauth2/token
    json-body   | vars = { api_base_path = "api.example.com/v2" } | api.example.com | /v2/oauth/token
    "#;
    for [preset, vars, host, path] in rows(table) {
        let proxy = Tcp::answering(response("502 Bad Gateway", "", ""));
        let tok = sandbox(&format!(
            "preset = \"{preset}\"\nretries = 0\n{CREDENTIALS}{vars}"
        ));
        let outcome = tok.env("HTTPS_PROXY", &proxy.url("")).run("get p");
        let message = format!("profile `p`: cannot connect to `{host}{path}` through the proxy");
        outcome.fails_with(7, &message, "let this host through");
        let seen = proxy.finish();
        let connect = format!("CONNECT {host}:443 HTTP/1.1\r\n");
        assert!(seen[0].starts_with(&connect), "{preset}: {seen:?}");
    }
}
