//! How a request is put together: the five strategies, each part of them by itself, and the dialects.

use crate::support::{Sandbox, Server, basic};

const FORM: &str = "content-type: application/x-www-form-urlencoded\n";
const JSON: &str = "content-type: application/json\n";

/// An id and a secret with every character that some encoding treats in its own way.
const ID: &str = "my app";
const SECRET: &str = "p@ss \"w/rd+$é";

/// The text of the request that this profile sends to `/token`.
#[track_caller]
fn sent(keys: &str) -> String {
    let server = Server::start();
    server.issue("tok-1");
    let url = server.url("/token");
    let keys = format!(
        "token_url = \"{url}\"\nclient_id = \"{ID}\"\nclient_secret = {{ env = \"SECRET\" }}\n{keys}"
    );
    Sandbox::new()
        .profile("p", &keys)
        .env("SECRET", SECRET)
        .env("TENANT", "ac me")
        .run("get p")
        .prints("tok-1\n");
    server.request().text()
}

#[test]
fn each_strategy_to_the_byte() {
    let basic = format!("authorization: {}\n", basic(ID, SECRET));
    let grant = "grant_type=client_credentials";
    let secret = "p%40ss+%22w%2Frd%2B%24%C3%A9";
    let cases = [
        (
            "basic_form",
            format!("POST /token\n{basic}{FORM}\n{grant}\n"),
        ),
        (
            "basic_json",
            format!("POST /token\n{basic}{JSON}\n{{\"grant_type\":\"client_credentials\"}}\n"),
        ),
        (
            "post_form",
            format!("POST /token\n{FORM}\n{grant}&client_id=my+app&client_secret={secret}\n"),
        ),
        (
            "post_json",
            format!(
                "POST /token\n{JSON}\n{{\"grant_type\":\"client_credentials\",\"client_id\":\"my app\",\
                 \"client_secret\":\"p@ss \\\"w/rd+$é\"}}\n"
            ),
        ),
        (
            "get_query",
            format!(
                "GET /token?{grant}&client_id=my%20app&client_secret={}\n",
                secret.replace('+', "%20")
            ),
        ),
    ];
    for (strategy, expected) in &cases {
        assert_eq!(
            sent(&format!("strategy = \"{strategy}\"")),
            *expected,
            "{strategy}"
        );
    }
    assert_eq!(sent(""), cases[0].1, "basic_form is the default");
}

/// As `curl --data-urlencode` writes it, which is what `tok explain --curl` prints.
#[test]
fn a_form_is_written_as_curl_writes_it() {
    let found =
        sent("strategy = \"post_form\"\nomit = [\"client_secret\"]\nscope = \"a*b ~c -._\"");
    let expected = "grant_type=client_credentials&scope=a%2Ab+~c+-._&client_id=my+app";
    assert_eq!(found, format!("POST /token\n{FORM}\n{expected}\n"));
}

#[test]
fn every_strategy_is_tested() {
    let names = tok::profile::Strategy::NAMES;
    assert_eq!(
        names,
        [
            "basic_form",
            "basic_json",
            "post_form",
            "post_json",
            "get_query"
        ]
    );
}

#[test]
fn each_part_can_be_overridden_by_itself() {
    let basic = format!("authorization: {}\n", basic(ID, SECRET));
    let secret = "p%40ss%20%22w%2Frd%2B%24%C3%A9";
    let cases = [
        (
            "params_in = \"json\"",
            format!("POST /token\n{basic}{JSON}\n{{\"grant_type\":\"client_credentials\"}}\n"),
        ),
        (
            "params_in = \"query\"",
            format!("POST /token?grant_type=client_credentials\n{basic}"),
        ),
        (
            "method = \"GET\"\nparams_in = \"query\"",
            format!("GET /token?grant_type=client_credentials\n{basic}"),
        ),
        (
            "strategy = \"get_query\"\nmethod = \"POST\"",
            format!(
                "POST /token?grant_type=client_credentials&client_id=my%20app&client_secret={secret}\n"
            ),
        ),
        (
            "strategy = \"get_query\"\nclient_auth = \"client_secret_basic\"",
            format!("GET /token?grant_type=client_credentials\n{basic}"),
        ),
        (
            "client_auth = \"none\"",
            format!("POST /token\n{FORM}\ngrant_type=client_credentials&client_id=my+app\n"),
        ),
        (
            "strategy = \"post_json\"\nclient_auth = \"none\"",
            format!(
                "POST /token\n{JSON}\n{{\"grant_type\":\"client_credentials\",\"client_id\":\"my app\"}}\n"
            ),
        ),
        (
            "strategy = \"basic_json\"\nclient_auth = \"client_secret_post\"\nparams_in = \"query\"",
            format!(
                "POST /token?grant_type=client_credentials&client_id=my%20app&client_secret={secret}\n"
            ),
        ),
    ];
    for (keys, expected) in cases {
        assert_eq!(sent(keys), expected, "{keys}");
    }
}

#[test]
fn names_are_the_providers_own_and_omitted_ones_are_not_sent() {
    let post = "strategy = \"post_form\"\nscope = \"read\"\n";
    let secret = "p%40ss+%22w%2Frd%2B%24%C3%A9";
    let cases = [
        (
            "names = { client_id = \"clientId\", client_secret = \"key\", grant_type = \"type\", scope = \"scopes\" }",
            format!("type=client_credentials&scopes=read&clientId=my+app&key={secret}"),
        ),
        (
            "omit = [\"grant_type\"]",
            format!("scope=read&client_id=my+app&client_secret={secret}"),
        ),
        (
            "omit = [\"grant_type\", \"client_secret\", \"scope\"]",
            "client_id=my+app".to_owned(),
        ),
        (
            "names = { client_id = \"user\" }\nomit = [\"client_secret\"]\nparams = { user = \"mine\" }",
            "grant_type=client_credentials&scope=read&user=mine".to_owned(),
        ),
    ];
    for (keys, body) in cases {
        assert_eq!(
            sent(&format!("{post}{keys}")),
            format!("POST /token\n{FORM}\n{body}\n"),
            "{keys}"
        );
    }
}

#[test]
fn basic_credentials_are_raw_or_form_encoded() {
    let header = |id: &str, secret: &str| format!("authorization: {}\n", basic(id, secret));
    assert!(sent("basic_encoding = \"raw\"").contains(&header(ID, SECRET)));
    let encoded = header("my%20app", "p%40ss%20%22w%2Frd%2B%24%C3%A9");
    assert!(sent("basic_encoding = \"form\"").contains(&encoded));
}

#[test]
fn a_colon_in_the_id_needs_form_encoding() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = format!(
        "token_url = \"{}\"\nclient_id = \"a:b\"\nclient_secret = {{ env = \"SECRET\" }}",
        server.url("/token")
    );
    let tok = Sandbox::new().profile("p", &keys).env("SECRET", SECRET);
    tok.run("get p").fails_with(
        3,
        "`client_id` contains a colon",
        "`basic_encoding = \"form\"`",
    );
    tok.edit_profiles("client_id", "basic_encoding = \"form\"\nclient_id");
    tok.run("get p").prints("tok-1\n");
}

#[test]
fn a_line_break_in_a_header_is_named() {
    let keys = "token_url = \"http://127.0.0.1:1/\"\nclient_id = \"x\"\nclient_auth = \"none\"\nheaders = { X-Key = { file = \"~/key\" } }";
    let tok = Sandbox::new().profile("p", keys).file("key", "one\ntwo\n");
    let hint = "check its source for line breaks";
    tok.run("get p")
        .fails_with(3, "the value of header `X-Key` contains a character", hint);
}

/// `params = { n = 1, yes = true, … }`: repeated in a form and a query, an array in JSON, numbers bare there.
#[test]
fn parameters_keep_their_kind() {
    let params = "client_auth = \"none\"\nomit = [\"grant_type\", \"client_id\"]\n\
        params = { n = 1, f = 1.5, yes = true, text = \"1\", empty = \"\", tenant = { env = \"TENANT\" }, list = [\"a b\", 2, \"c\"] }\n";
    let form = sent(params);
    assert_eq!(
        form,
        format!(
            "POST /token\n{FORM}\nn=1&f=1.5&yes=true&text=1&empty=&tenant=ac+me&list=a+b&list=2&list=c\n"
        )
    );
    assert_eq!(
        sent(&format!("params_in = \"query\"\n{params}")),
        "POST /token?n=1&f=1.5&yes=true&text=1&empty=&tenant=ac%20me&list=a%20b&list=2&list=c\n"
    );
    assert_eq!(
        sent(&format!("params_in = \"json\"\n{params}")),
        format!(
            "POST /token\n{JSON}\n{{\"n\":1,\"f\":1.5,\"yes\":true,\"text\":\"1\",\"empty\":\"\",\
             \"tenant\":\"ac me\",\"list\":[\"a b\",2,\"c\"]}}\n"
        )
    );
}

#[test]
fn headers_are_sent_and_beat_the_usual_ones() {
    let keys = "client_auth = \"none\"\n\
        headers = { X-Api-Version = \"2\", X-Tenant = { env = \"TENANT\" }, accept = \"*/*\", Content-Type = \"text/plain\", User-Agent = \"mine\" }";
    assert_eq!(
        sent(keys),
        "POST /token\naccept: */*\ncontent-type: text/plain\nuser-agent: mine\nx-api-version: 2\nx-tenant: ac me\n\n\
         grant_type=client_credentials&client_id=my+app\n"
    );
}

#[test]
fn scope_is_a_list_or_a_text_and_audience_goes_along() {
    let body = format!(
        "POST /token\nauthorization: {}\n{FORM}\ngrant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fapi.example.com\n",
        basic(ID, SECRET)
    );
    for scope in [
        "\"read write\"",
        "[\"read\", \"write\"]",
        "[\"read write\"]",
        "\" read  write \"",
    ] {
        assert_eq!(
            sent(&format!(
                "scope = {scope}\naudience = \"https://api.example.com\""
            )),
            body,
            "{scope}"
        );
    }
    assert!(!sent("scope = \"\"").contains("scope"));
}

#[test]
fn scope_audience_and_parameters_of_the_command_line_replace_the_profiles() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2").issue("tok-3");
    let tok = Sandbox::new().api(
        &server,
        "scope = \"read\"\naudience = \"old\"\nparams = { tenant = \"acme\", keep = \"yes\" }",
    );
    tok.run("get api").prints("tok-1\n");
    let words = [
        "--scope",
        "a b",
        "--scope",
        "c",
        "--audience",
        "new",
        "--param",
        "tenant=x",
        "--param",
        "tenant=y",
        "--param",
        "more=a=b",
    ];
    let args = [&["get", "api"], &words[..]].concat();
    tok.run_args(&args).prints("tok-2\n");
    // Each is a token of its own in the cache.
    tok.run_args(&args).prints("tok-2\n");
    // An empty one means none at all, and nothing is sent in its place.
    tok.run_args(&["get", "api", "--scope", "", "--audience", ""])
        .prints("tok-3\n");
    tok.run("get api").prints("tok-1\n");
    let bodies: Vec<String> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(
        bodies,
        [
            "grant_type=client_credentials&scope=read&audience=old&tenant=acme&keep=yes",
            "grant_type=client_credentials&scope=a+b+c&audience=new&tenant=x&tenant=y&keep=yes&more=a%3Db",
            "grant_type=client_credentials&tenant=acme&keep=yes",
        ]
    );
}

#[test]
fn a_query_in_the_url_is_kept() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let keys = |strategy: &str| {
        format!(
            "token_url = \"{}\"\nstrategy = \"{strategy}\"\ngrant = \"none\"\nclient_auth = \"none\"\nparams = {{ a = \"1\" }}",
            server.url("/token?tenant=x")
        )
    };
    let tok = Sandbox::new()
        .profile("form", &keys("post_form"))
        .profile("query", &keys("get_query"));
    tok.run("get form").prints("tok-1\n");
    tok.run("get query").prints("tok-2\n");
    let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["POST /token?tenant=x", "GET /token?tenant=x&a=1"]);
}
