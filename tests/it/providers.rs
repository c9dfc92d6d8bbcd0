//! Every provider two ways: by its preset with the credentials only, and spelled out key by key. Both must send
//! the request of the provider's own page, to the byte.

use crate::support::{Answer, Sandbox, Server, Tcp, basic};

const FORM: &str = "content-type: application/x-www-form-urlencoded";
const JSON: &str = "content-type: application/json";

/// The credentials that MetaPack's page shows, as an `apiKey.properties` file.
const API_KEY: &str = "apiKey.id = 1DR3434KDFJLR32L53L4235J6\napiKey.secret = wqe34tyyh7679jokkDa$7df46bbbbjui+b7-sdfsdfY\n";

/// The header that MetaPack's page shows for them.
const METAPACK_BASIC: &str = "Basic MURSMzQzNEtERkpMUjMyTDUzTDQyMzVKNjp3cWUzNHR5eWg3Njc5am9ra0RhJDdkZjQ2YmJiYmp1aStiNy1zZGZzZGZZ";

/// Asks by each of these profiles, and holds the request to the same text.
#[track_caller]
fn all_send(path: &str, profiles: &[&str], answer: &Answer, request: &str) {
    for keys in profiles {
        let server = Server::start();
        server.answers(answer.clone());
        let url = server.url(path);
        let tok = Sandbox::new()
            .profile("p", &keys.replace("URL", &url))
            .file("apiKey.properties", API_KEY)
            .env("ID", "6c.id-Uo")
            .env("SECRET", "Df/secret+Ye");
        tok.run("get p").prints("tok-1\n");
        assert_eq!(server.request().text(), request, "{keys}");
    }
}

const CREDENTIALS: &str = "client_id = { env = \"ID\" }\nclient_secret = { env = \"SECRET\" }\n";

fn token() -> Answer {
    Answer::json(
        200,
        r#"{"access_token":"tok-1","expires_in":86400,"token_type":"Bearer"}"#,
    )
}

#[test]
fn moost_is_a_get_with_its_own_names_and_no_grant_type() {
    all_send(
        "/auth/token/v1",
        &[
            &format!("preset = \"moost\"\ntoken_url = \"URL\"\n{CREDENTIALS}"),
            &format!(
                "token_url = \"URL\"\nstrategy = \"get_query\"\ngrant = \"none\"\n\
                 names = {{ client_id = \"clientId\", client_secret = \"clientSecret\" }}\n{CREDENTIALS}"
            ),
            &format!(
                "token_url = \"URL\"\nmethod = \"GET\"\nparams_in = \"query\"\nclient_auth = \"client_secret_post\"\n\
                 omit = [\"grant_type\"]\n\
                 names.client_id = \"clientId\"\nnames.client_secret = \"clientSecret\"\n{CREDENTIALS}"
            ),
        ],
        &token(),
        "GET /auth/token/v1?clientId=6c.id-Uo&clientSecret=Df%2Fsecret%2BYe\n",
    );
}

#[test]
fn moov_is_basic_and_json() {
    all_send(
        "/oauth2/token",
        &[
            &format!(
                "preset = \"moov\"\ntoken_url = \"URL\"\nscope = \"/accounts.write\"\n{CREDENTIALS}"
            ),
            &format!(
                "token_url = \"URL\"\nstrategy = \"basic_json\"\nrenew = \"refresh_token\"\n\
                 scope = [\"/accounts.write\"]\n{CREDENTIALS}"
            ),
        ],
        &token(),
        &format!(
            "POST /oauth2/token\nauthorization: {}\n{JSON}\n\n\
             {{\"grant_type\":\"client_credentials\",\"scope\":\"/accounts.write\"}}\n",
            basic("6c.id-Uo", "Df/secret+Ye")
        ),
    );
}

#[test]
fn moov_form_is_basic_and_a_form_both_ways() {
    let reply = "access_token=tok-1&expires_in=900&refresh_token=r-1&scope=%2Faccounts.write&token_type=opaque";
    let form = Answer::new(200, "application/x-www-form-urlencoded", reply);
    all_send(
        "/oauth2/token",
        &[
            &format!(
                "preset = \"moov-form\"\ntoken_url = \"URL\"\nscope = \"/accounts.write\"\n{CREDENTIALS}"
            ),
            &format!("token_url = \"URL\"\nscope = \"/accounts.write\"\n{CREDENTIALS}"),
        ],
        &form,
        &format!(
            "POST /oauth2/token\nauthorization: {}\n{FORM}\n\n\
             grant_type=client_credentials&scope=%2Faccounts.write\n",
            basic("6c.id-Uo", "Df/secret+Ye")
        ),
    );
}

/// The page allows the credentials in the body where they are not in the header.
#[test]
fn moov_with_the_credentials_in_the_body() {
    all_send(
        "/oauth2/token",
        &[
            &format!(
                "preset = \"moov\"\ntoken_url = \"URL\"\nstrategy = \"post_json\"\n{CREDENTIALS}"
            ),
            &format!(
                "preset = \"moov\"\ntoken_url = \"URL\"\nclient_auth = \"client_secret_post\"\n{CREDENTIALS}"
            ),
        ],
        &token(),
        &format!(
            "POST /oauth2/token\n{JSON}\n\n{{\"grant_type\":\"client_credentials\",\
             \"client_id\":\"6c.id-Uo\",\"client_secret\":\"Df/secret+Ye\"}}\n"
        ),
    );
    all_send(
        "/oauth2/token",
        &[
            &format!(
                "preset = \"moov-form\"\ntoken_url = \"URL\"\nstrategy = \"post_form\"\n{CREDENTIALS}"
            ),
            &format!("token_url = \"URL\"\nstrategy = \"post_form\"\n{CREDENTIALS}"),
        ],
        &token(),
        &format!(
            "POST /oauth2/token\n{FORM}\n\n\
             grant_type=client_credentials&client_id=6c.id-Uo&client_secret=Df%2Fsecret%2BYe\n"
        ),
    );
}

#[test]
fn metapack_sends_the_header_of_its_page() {
    let source = |key: &str| format!("{{ properties = \"~/apiKey.properties\", key = \"{key}\" }}");
    let (id, secret) = (source("apiKey.id"), source("apiKey.secret"));
    let answer = Answer::new(
        200,
        "application/json; charset=utf-8",
        r#"{"access_token":"tok-1","expires_in":3600,"scope":"can-create-locations ","token_type":"bearer"}"#,
    );
    all_send(
        "/oauth",
        &[
            &format!(
                "preset = \"metapack\"\ntoken_url = \"URL\"\nclient_id = {id}\nclient_secret = {secret}"
            ),
            &format!(
                "token_url = \"URL\"\nstrategy = \"basic_form\"\nbasic_encoding = \"raw\"\n\
                 grant = \"client_credentials\"\nclient_id = {id}\nclient_secret = {secret}"
            ),
        ],
        &answer,
        &format!(
            "POST /oauth\nauthorization: {METAPACK_BASIC}\n{FORM}\n\ngrant_type=client_credentials\n"
        ),
    );
}

#[test]
fn depotfinity_is_basic_and_a_form() {
    all_send(
        "/oauth2/token",
        &[
            &format!("preset = \"depotfinity\"\ntoken_url = \"URL\"\n{CREDENTIALS}"),
            &format!(
                "token_url = \"URL\"\nheaders = {{ Accept = \"application/json\" }}\n{CREDENTIALS}"
            ),
        ],
        &token(),
        &format!(
            "POST /oauth2/token\nauthorization: {}\n{FORM}\n\ngrant_type=client_credentials\n",
            basic("6c.id-Uo", "Df/secret+Ye")
        ),
    );
}

#[test]
fn depotfinity_refuses_with_403_and_that_is_a_rejection() {
    let server = Server::start();
    server.replies(
        403,
        r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#,
    );
    let url = server.url("/oauth2/token");
    let keys = format!("preset = \"depotfinity\"\ntoken_url = \"{url}\"\n{CREDENTIALS}");
    Sandbox::new().profile("depot", &keys).env("ID", "id").env("SECRET", "secret-word").run("get depot").fails(
        5,
        "error: profile `depot`: the token endpoint answered 403: invalid_client (Client authentication failed)\n\n\
         hint: check `client_id` and `client_secret`; `tok explain depot` shows where they come from. \
         The provider may want another `strategy`: compare `tok explain depot --curl` with the provider's own sample\n",
    );
}

#[test]
fn json_body_goes_where_its_variable_says() {
    let request = format!(
        "POST /oauth/token\n{JSON}\n\n{{\"grant_type\":\"client_credentials\",\
         \"client_id\":\"6c.id-Uo\",\"client_secret\":\"Df/secret+Ye\"}}\n"
    );
    all_send(
        "/oauth/token",
        &[
            &format!("preset = \"json-body\"\ntoken_url = \"URL\"\n{CREDENTIALS}"),
            &format!("token_url = \"URL\"\nstrategy = \"post_json\"\n{CREDENTIALS}"),
        ],
        &token(),
        &request,
    );
    // The preset's own URL is https; the variable stands where the host does.
    let server = Server::start();
    server.answers(token());
    let keys = format!(
        "preset = \"json-body\"\ntoken_url = \"http://${{api_base_path}}/oauth/token\"\n\
         vars = {{ api_base_path = \"{}\" }}\n{CREDENTIALS}",
        server.address()
    );
    let tok = Sandbox::new()
        .profile("p", &keys)
        .env("ID", "6c.id-Uo")
        .env("SECRET", "Df/secret+Ye");
    tok.run("get p").prints("tok-1\n");
    assert_eq!(server.request().text(), request);
}

#[test]
fn json_body_says_which_variable_it_wants() {
    let keys = format!("preset = \"json-body\"\n{CREDENTIALS}");
    Sandbox::new()
        .profile("p", &keys)
        .env("ID", "id")
        .env("SECRET", "secret-word")
        .run("get p")
        .fails_with(
            4,
            "profile `p`: `token_url`: `${api_base_path}` is set neither",
            "vars = { api_base_path = \"…\" }",
        );
}

/// Where each preset goes if nothing but credentials is said: seen by a proxy, which lets nothing through.
#[test]
fn a_preset_goes_to_the_providers_own_address() {
    let presets = [
        ("moost", "", "api.moost.io", "/auth/token/v1"),
        ("moov", "", "api.moov.io", "/oauth2/token"),
        ("moov-form", "", "api.moov.io", "/oauth2/token"),
        ("metapack", "", "dmo.metapack.com", "/oauth"),
        (
            "metapack",
            "vars = { environment = \"live.example\" }",
            "live.example",
            "/oauth",
        ),
        (
            "depotfinity",
            "",
            "clientapp-auth.eu.depot.emobility.io",
            "/oauth2/token",
        ),
        (
            "depotfinity",
            "vars = { region = \"us\" }",
            "clientapp-auth.us.depot.emobility.io",
            "/oauth2/token",
        ),
        (
            "json-body",
            "vars = { api_base_path = \"api.example.com/v2\" }",
            "api.example.com",
            "/v2/oauth/token",
        ),
    ];
    for (preset, vars, host, path) in presets {
        let proxy = Tcp::answering("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        let keys = format!("preset = \"{preset}\"\nretries = 0\n{CREDENTIALS}{vars}");
        let tok = Sandbox::new()
            .profile("p", &keys)
            .env("ID", "id")
            .env("SECRET", "secret-word")
            .env("HTTPS_PROXY", &proxy.url(""));
        tok.run("get p").fails_with(
            7,
            &format!("profile `p`: cannot connect to `{host}{path}` through the proxy"),
            "let this host through",
        );
        let seen = proxy.finish();
        assert!(
            seen[0].starts_with(&format!("CONNECT {host}:443 HTTP/1.1\r\n")),
            "{preset}: {seen:?}"
        );
    }
}
