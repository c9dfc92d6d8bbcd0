//! How a request is put together: the five strategies, each part of them by itself, and the dialects.

use crate::support::{Sandbox, Server, basic, rows};

/// An id and a secret with every character that some encoding treats in its own way.
const ID: &str = "my app";
const SECRET: &str = "p@ss \"w/rd+$é";

/// The text of the request that this profile sends to `/token`.
#[track_caller]
fn sent(keys: &str) -> String {
    let server = Server::start();
    server.issue("tok-1");
    let keys = format!("{keys}\nclient_secret = {{ env = \"SECRET\" }}");
    let keys = format!(
        "token_url = \"{}\"\nclient_id = \"{ID}\"\n{keys}",
        server.url("/token")
    );
    let tok = Sandbox::new().profile("p", &keys).env("SECRET", SECRET);
    tok.env("TENANT", "ac me").run("get p").prints("tok-1\n");
    server.request().text()
}

/// Holds the requests of a table to their texts, in which these words stand for what is long.
#[track_caller]
fn all_send(before: &str, table: &str) {
    let authorization = format!("authorization: {}", basic(ID, SECRET));
    for [keys, request] in rows(table) {
        let request = request
            .replace("BASIC", &authorization)
            .replace("FORM", "content-type: application/x-www-form-urlencoded\n")
            .replace("JSON", "content-type: application/json\n")
            .replace("GRANT", "grant_type=client_credentials")
            .replace("SECRET+", "p%40ss+%22w%2Frd%2B%24%C3%A9")
            .replace("SECRET%", "p%40ss%20%22w%2Frd%2B%24%C3%A9");
        assert_eq!(sent(&format!("{before}{keys}")), request + "\n", "{keys}");
    }
}

#[test]
fn each_strategy_to_the_byte() {
    let table = r#"
                            | POST /token\nBASIC\nFORM\nGRANT
    strategy = "basic_form" | POST /token\nBASIC\nFORM\nGRANT
    strategy = "basic_json" | POST /token\nBASIC\nJSON\n{"grant_type":"client_credentials"}
    strategy = "post_form"  | POST /token\nFORM\nGRANT&client_id=my+app&client_secret=SECRET+
    strategy = "post_json"  | POST /token\nJSON\n{"grant_type":"client_credentials","client_id":"my app","client_secret":"p@ss \"w/rd+$é"}
    strategy = "get_query"  | GET /token?GRANT&client_id=my%20app&client_secret=SECRET%
    "#;
    for name in tok::profile::Strategy::NAMES {
        assert!(table.contains(&format!("\"{name}\"")), "{name} has no row");
    }
    all_send("", table);
}

/// As `curl --data-urlencode` writes it, which is what `tok explain --curl` prints.
#[test]
fn a_form_is_written_as_curl_writes_it() {
    let keys = "strategy = \"post_form\"\nomit = [\"client_secret\"]\n";
    all_send(
        keys,
        r#"scope = "a*b ~c -._" | POST /token\nFORM\nGRANT&scope=a%2Ab+~c+-._&client_id=my+app"#,
    );
}

#[test]
fn each_part_can_be_overridden_by_itself() {
    let table = r#"
    params_in = "json" | POST /token\nBASIC\nJSON\n{"grant_type":"client_credentials"}
    params_in = "query" | POST /token?GRANT\nBASIC
    method = "GET"\nparams_in = "query" | GET /token?GRANT\nBASIC
    strategy = "get_query"\nmethod = "POST" | POST /token?GRANT&client_id=my%20app&client_secret=SECRET%
    strategy = "get_query"\nclient_auth = "client_secret_basic" | GET /token?GRANT\nBASIC
    client_auth = "none" | POST /token\nFORM\nGRANT&client_id=my+app
    strategy = "post_json"\nclient_auth = "none" | POST /token\nJSON\n{"grant_type":"client_credentials","client_id":"my app"}
    "#;
    all_send("", table);
}

#[test]
fn names_are_the_providers_own_and_omitted_ones_are_not_sent() {
    let table = r#"
    names = { client_id = "clientId", client_secret = "key", grant_type = "type", scope = "scopes" } | POST /token\nFORM\ntype=client_credentials&scopes=read&clientId=my+app&key=SECRET+
    omit = ["grant_type"] | POST /token\nFORM\nscope=read&client_id=my+app&client_secret=SECRET+
    omit = ["grant_type", "client_secret", "scope"] | POST /token\nFORM\nclient_id=my+app
    names = { client_id = "user" }\nomit = ["client_secret"]\nparams = { user = "mine" } | POST /token\nFORM\nGRANT&scope=read&user=mine
    "#;
    all_send("strategy = \"post_form\"\nscope = \"read\"\n", table);
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
    let tok = Sandbox::with_api(&server);
    tok.edit_profiles("\"id\"", "\"a:b\"");
    let hint = "`basic_encoding = \"form\"`";
    tok.run("get api")
        .fails_with(3, "`client_id` contains a colon", hint);
    tok.edit_profiles("client_id", "basic_encoding = \"form\"\nclient_id");
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn a_line_break_in_a_header_is_named() {
    let keys = "client_id = \"x\"\nheaders = { X-Key = { file = \"~/key\" } }";
    let tok = Sandbox::new()
        .public("p", "http://127.0.0.1:1/", keys)
        .file("key", "one\ntwo\n");
    let message = "the value of header `X-Key` contains a character";
    tok.run("get p")
        .fails_with(3, message, "check its source for line breaks");
}

/// `params = { n = 1, yes = true, … }`: repeated in a form and a query, an array in JSON, numbers bare there.
#[test]
fn parameters_keep_their_kind() {
    let params = "client_auth = \"none\"\nomit = [\"grant_type\", \"client_id\"]\n\
        params = { n = 1, f = 1.5, yes = true, text = \"1\", empty = \"\", tenant = { env = \"TENANT\" }, list = [\"a b\", 2, \"c\"] }\n";
    let table = r#"
                        | POST /token\nFORM\nn=1&f=1.5&yes=true&text=1&empty=&tenant=ac+me&list=a+b&list=2&list=c
    params_in = "query" | POST /token?n=1&f=1.5&yes=true&text=1&empty=&tenant=ac%20me&list=a%20b&list=2&list=c
    params_in = "json"  | POST /token\nJSON\n{"n":1,"f":1.5,"yes":true,"text":"1","empty":"","tenant":"ac me","list":["a b",2,"c"]}
    "#;
    all_send(params, table);
}

#[test]
fn headers_are_sent_and_beat_the_usual_ones() {
    let keys = "client_auth = \"none\"\n\
        headers = { X-Api-Version = \"2\", X-Tenant = { env = \"TENANT\" }, accept = \"*/*\", Content-Type = \"text/plain\", User-Agent = \"mine\" }";
    let headers = "accept: */*\ncontent-type: text/plain\nuser-agent: mine\nx-api-version: 2\nx-tenant: ac me";
    let body = "grant_type=client_credentials&client_id=my+app";
    assert_eq!(sent(keys), format!("POST /token\n{headers}\n\n{body}\n"));
}

#[test]
fn scope_is_a_list_or_a_text_and_audience_goes_along() {
    let scopes = [
        "\"read write\"",
        "[\"read\", \"write\"]",
        "[\"read write\"]",
        "\" read  write \"",
    ];
    for scope in scopes {
        let request = r"POST /token\nBASIC\nFORM\nGRANT&scope=read+write&audience=https%3A%2F%2Fapi.example.com";
        let keys = format!("audience = \"https://api.example.com\"\nscope = {scope}\n");
        all_send(&keys, &format!("# | {request}"));
    }
    assert!(!sent("scope = \"\"").contains("scope"));
}

#[test]
fn scope_audience_and_parameters_of_the_command_line_replace_the_profiles() {
    let (server, tok) = Server::issuing("tok-1 tok-2 tok-3");
    let keys =
        "scope = \"read\"\naudience = \"old\"\nparams = { tenant = \"acme\", keep = \"yes\" }\n";
    tok.edit_profiles("client_id", &format!("{keys}client_id"));
    tok.run("get api").prints("tok-1\n");
    let flags =
        "--scope|a b|--scope|c|--audience|new|--param|tenant=x|--param|tenant=y|--param|more=a=b";
    let args: Vec<&str> = ["get", "api"].into_iter().chain(flags.split('|')).collect();
    // Each is a token of its own in the cache.
    tok.run_args(&args).prints("tok-2\n");
    tok.run_args(&args).prints("tok-2\n");
    // An empty one means none at all, and nothing is sent in its place.
    let empty = ["get", "api", "--scope", "", "--audience", ""];
    tok.run_args(&empty).prints("tok-3\n");
    tok.run("get api").prints("tok-1\n");
    let expected = [
        "scope=read&audience=old&tenant=acme&keep=yes",
        "scope=a+b+c&audience=new&tenant=x&tenant=y&keep=yes&more=a%3Db",
        "tenant=acme&keep=yes",
    ];
    let grant = "grant_type=client_credentials&";
    assert_eq!(
        server.bodies(),
        expected.map(|body| format!("{grant}{body}"))
    );
}

#[test]
fn a_query_in_the_url_is_kept() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let keys = "grant = \"none\"\nparams = { a = \"1\" }\nstrategy = ";
    let url = server.url("/token?tenant=x");
    let tok = Sandbox::new()
        .public("form", &url, &format!("{keys}\"post_form\""))
        .public("query", &url, &format!("{keys}\"get_query\""));
    tok.run("get form").prints("tok-1\n");
    tok.run("get query").prints("tok-2\n");
    let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["POST /token?tenant=x", "GET /token?tenant=x&a=1"]);
}
