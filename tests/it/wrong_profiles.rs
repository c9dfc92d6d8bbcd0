//! What is wrong with a profile: which line, what to write instead, and never the value (`hunter2`).

use crate::support::{Outcome, Sandbox, Server, rows};

const FILE: &str = "[HOME]/.config/tok/profiles.toml";

fn check(text: &str) -> Outcome {
    Sandbox::new().profiles(text).run("config check")
}

/// A profile that is right but for these lines, which begin at line 5.
fn profile(keys: &str) -> String {
    let secret = "client_secret = { env = \"SECRET\" }";
    let usual = "[profiles.p]\ntoken_url = \"https://as.invalid/t\"\nclient_id = \"id\"";
    format!("{usual}\n{secret}\n{keys}\n")
}

/// Holds each row of keys to its message and its hint: what `tok get` says before any request, and `config check`.
#[track_caller]
fn all_fail(table: &str) {
    for [keys, message, hint] in rows(table) {
        let tok = Sandbox::new()
            .profiles(profile(&keys))
            .env("SECRET", "s3cret-value");
        for line in ["get p", "config check"] {
            let outcome = tok.run(line);
            outcome.fails_with(3, &message, &hint);
            outcome.never_shows("hunter2");
        }
    }
}

#[track_caller]
fn all_are_valid(table: &str) {
    for [keys] in rows(table) {
        let outcome = check(&profile(&keys));
        assert_eq!(outcome.code, 0, "{keys}: {}", outcome.stderr);
    }
}

#[test]
fn unknown_keys_and_names_have_a_line_and_a_suggestion() {
    all_fail(
        r#"
    token_ulr = "x"                     | profiles.toml:5: unknown key `token_ulr` | did you mean `token_url`?
    scopes = "x"                        | unknown key `scopes`            | did you mean `scope`?
    banana = "x"                        | unknown key `banana`            | `tok config schema` lists the keys
    \nstrategy = "basic_from"           | profiles.toml:6: unknown `strategy` | did you mean `basic_form`?
    strategy = "soap"                   | unknown `strategy`              | `strategy` is `basic_form`, `basic_json`, `post_form`, `post_json` or `get_query`
    grant = "client_credential"         | unknown `grant`                 | did you mean `client_credentials`?
    client_auth = "basic"               | unknown `client_auth`           | `client_secret_basic`, `client_secret_post` or `none`
    params_in = "body"                  | unknown `params_in`             | `form`, `json` or `query`
    method = "PUT"                      | unknown `method`                | `GET` or `POST`
    renew = "always"                    | unknown `renew`                 | `grant` or `refresh_token`
    basic_encoding = "url"              | unknown `basic_encoding`        | `raw` or `form`
    names = { clientid = "x" }          | unknown key `clientid`          | did you mean `client_id`?
    omit = ["granttype"]                | `omit` has an unknown parameter | did you mean `grant_type`?
    omit = ["tenant"]                   | `omit` has an unknown parameter | the parameters are `grant_type`, `client_id`
    response = { acess_token = "/x" }   | unknown key `acess_token`       | did you mean `access_token`?
    error = { wen = "/x" }              | unknown key `wen`               | did you mean `when`?
    status = { 403 = "rejekted" }       | unknown `status.403`            | did you mean `rejected`?
    "#,
    );
}

/// What people write who know another tool, however little it is spelled like the key.
#[test]
fn keys_strategies_and_tables_are_suggested_by_habit() {
    all_fail(
        r#"
    url = "https://as.invalid/t"        | profiles.toml:5: unknown | did you mean `token_url`?
    endpoint = "x"                      | profiles.toml:5: unknown | did you mean `token_url`?
    token_endpoint = "x"                | profiles.toml:5: unknown | did you mean `token_url`?
    secret = { env = "S" }              | profiles.toml:5: unknown | did you mean `client_secret`?
    strategy = "basic"                  | profiles.toml:5: unknown | did you mean `basic_form`?
    strategy = "post"                   | profiles.toml:5: unknown | did you mean `post_form`?
    "#,
    );
    let message = "profiles.toml:1: unknown table or key `moov` at the top of the file";
    check("[moov]\nclient_id = \"i\"\n").fails_with(3, message, "write `[profiles.moov]`");
}

#[test]
fn wrong_values_say_what_to_write_and_not_what_was_found() {
    all_fail(
        r#"
    timeout = "soon-hunter2"            | profiles.toml:5: `timeout` is not a duration | write for example `timeout = "30s"`, or `5m`, `1h30m`
    timeout = 0                         | `timeout` must be longer than 0 | timeout = "30s"
    retries = "hunter2"                 | `retries` must be a whole number from 0 to 10 | retries = 2
    retries = 11                        | `retries` must be a whole number from 0 to 10 | retries = 2
    scope = 5                           | `scope` is an integer, not a string | "read write"
    audience = ""                       | `audience` is empty | audience =
    params = "hunter2"                  | `params` is a string, not a table | tenant = "acme"
    params = { a = { b = { c = 1 } } }  | unknown key `b` in the secret source of `params.a` | `env`
    params = { "" = "x" }               | `params` has a parameter without | tenant
    headers = { "X Y" = "1" }           | `headers` has a name that no header can have | letters, digits and `-`
    headers = { Host = "hunter2" }      | `headers` sets `Host`, which HTTP itself writes | remove it
    headers = { X-A = "1", x-a = "2" }  | profiles.toml:5: `headers` sets `x-a` twice | remove one of the two
    headers = { Authorization = "hunter2" } | `headers` sets `Authorization`, and so does `client_secret_basic` | remove one
    headers = { X-Note = "hunter2\u000Ax" } | the value of header `X-Note` contains a character that a header cannot carry | without line breaks
    method = "GET"                      | a GET request has no body to carry parameters in | params_in = "query"
    omit = "scope"                      | `omit` is a string, not a list | omit = ["grant_type"]
    response = { access_token = "data.token" } | `response.access_token` is not a JSON Pointer | "/data/token"
    response = { scope = "/a~2" }       | `response.scope` is not a JSON Pointer | a slash before each step
    extends = 5                         | `extends` is an integer, not a name | in quotes
    preset = []                         | `preset` is a list, not a name | in quotes
    status = { 40 = "rejected" }        | `status` has a key that is not an HTTP status code | 403
    error = { equals = 1 }              | `error` has no `when` | when = "/success"
    error = { when = "" }               | `error.when` is the whole reply | `equals =
    vars = { a = ["hunter2"] }          | `vars.a` is a list, not a string | region
    vars = { my-region = "eu" }         | `vars` has a name that cannot stand in `${NAME}` | letters, digits and `_`
    vars = { a = 0xfffffffffffffffff }  | `vars.a` is a number that is too large, not a string | region
    username = { env = "${NAME}" }      | `env` in the secret source of `username` must be the name of a variable | { env = "VAR" }
    grant = "password"\nusername = "u"  | `grant = "password"` needs `password` | password = { env
    grant = "refresh_token"             | needs `refresh_token` | refresh_token = { env
    grant = "none"\nscope = "hunter2"   | `scope` is not sent with `grant = "none"` | params = { scope
    audience = "${a-b}"                 | in `audience`: `${…}` must hold a name | `${NAME}`
    audience = "${hunter2"              | in `audience`: `${` is not closed | `${NAME}`
    scope = "a"\nnames = { scope = "grant_type" } | profiles.toml:6: `names` sends `grant_type` and `scope` under one name | leave one out with `omit`
    proxy = "ftp://user:hunter2@proxy"  | the value of `proxy` has a scheme other than | write `proxy = "http://host:port"`
    proxy = "http://u:hunter2@proxy:port" | the value of `proxy` is not the URL of a proxy | write `proxy = "http://host:port"`
    vars = { P = "hunter2:0" }\nproxy = "http://${P}" | the value of `proxy` names port 0 | write `proxy = "http://host:port"`
    "#,
    );
    // What only the environment can say is not known here; a number is taken as it is written.
    all_are_valid(
        r#"
    proxy = "none"
    proxy = "http://${P}"
    proxy = "socks5h://user:p%40ss@proxy"
    response = { access_token = "/a~0b/~1c" }
    response = { access_token = "" }
    vars = { a = 99999999999999999999 }\nheaders = { X-Api-Version = 2 }\nscope = "${a}"
    audience = "a"\nnames = { audience = "scope" }
    names = { client_id = "key", client_secret = "key" }
    scope = "a"\nnames = { scope = "grant_type" }\nomit = ["grant_type"]
    scope = "a"\nparams = { scope = "b" }
    "#,
    );
}

#[test]
fn invalid_toml_is_reported_with_what_to_write_instead() {
    all_fail(
        r#"
    scope = hunter2                     | profiles.toml:5:9: not valid TOML: | write text in quotes
    scope = “hunter2”                   | profiles.toml:5:9: not valid TOML: | write text in quotes
    scope =                             | profiles.toml:5: | write text in quotes
    scope "hunter2"                     | profiles.toml:5: | a comment begins with `#`
    // hunter2                          | profiles.toml:5: | a comment begins with `#`
    username = { env: "hunter2" }       | profiles.toml:5: | write `=`
    username = "DOM\user-hunter2"       | profiles.toml:5: | a backslash begins an escape
    scope = "hunter2                    | profiles.toml:5:17: not valid TOML | a string ends on its line
    client_id = "hunter2"               | profiles.toml:5: | is written twice
    scope = True                        | profiles.toml:5: | text in quotes
    scope = ${hunter2}                  | profiles.toml:5: | text in quotes
    "#,
    );
    let header = "[credentials.https://h.example]";
    let message = "profiles.toml:5:19: not a valid table header";
    check(&profile(header)).fails_with(3, message, "`[credentials]`");
}

#[test]
fn what_should_be_a_table_and_is_none() {
    let table = r#"
    profiles = "hunter2"                | 1: `profiles` is a string, not a table | write `[profiles.NAME]` with single brackets
    \nprofiles = ["hunter2"]            | 2: `profiles` is a list, not a table   | write `[profiles.NAME]` with single brackets
    [[profiles]]\nname = "hunter2"      | 1: `profiles` is a list, not a table   | write `[profiles.NAME]` with single brackets
    [[defaults]]\ntimeout = 5           | 1: `defaults` is a list, not a table   | write `[defaults]`, and its keys below it
    [[profiles.p]]\nname = "hunter2"    | 1: `profiles.p` is a list, not a table | write `[profiles.NAME]` with single brackets
    [profiles]\np = "hunter2"           | 2: `profiles.p` is a string, not a table | write `[profiles.NAME]` with single brackets
    [profiles.a.b]\npreset = "moov"     | 1: unknown key `b`                     | needs quotes: `[profiles."a.b"]`
    [profiles."my app"]\npreset = "moov" | 1: `my app` is not a valid profile name | a name is up to 64 letters, digits,
    "#;
    for [text, message, hint] in rows(table) {
        let outcome = check(&text);
        outcome.fails_with(3, &format!("{FILE}:{message}"), &hint);
        outcome.never_shows("hunter2");
    }
}

#[test]
fn a_token_url_must_be_https_without_credentials() {
    let table = "
    api.example.com/t                | has no scheme | write the whole URL
    ftp://api.example.com/t          | has a scheme that is neither https nor http | write the whole URL
    https://                         | is not a URL: it has no host | write the whole URL
    https://id:hunter2@api.example.com/t | has credentials in it | write `client_id` and `client_secret`
    http://api.example.com/t         | is plain http to `api.example.com`, which is not this machine | write `https://`
    http://127.0.0.1.nip.io/t        | is plain http to `127.0.0.1.nip.io` | write `https://`
    https://api.example.com/t#hunter2 | has a fragment | remove everything from `#` on
    ";
    let text = "[profiles.p]\nclient_auth = \"none\"\ntoken_url = ";
    for [url, message, hint] in rows(table) {
        let by_variable = format!("{text}\"${{URL}}\"\n");
        let tok = Sandbox::new().env("URL", &url).profiles(&by_variable);
        let outcome = tok.run("get p");
        outcome.fails_with(3, &format!("profile `p`: `token_url` {message}"), &hint);
        outcome.never_shows("hunter2");
        // What the file itself fills in needs no environment to be found wrong.
        for text in [
            format!("{text}\"{url}\"\n"),
            format!("{by_variable}vars = {{ URL = \"{url}\" }}\n"),
        ] {
            let line = text.lines().count();
            let outcome = check(&text);
            outcome.fails_with(
                3,
                &format!("profiles.toml:{line}: `token_url` {message}"),
                &hint,
            );
            outcome.never_shows("hunter2");
        }
    }
}

/// A host is wanted where a whole URL was written, which the page of the provider shows.
#[test]
fn a_host_with_a_scheme_in_a_preset_is_found() {
    let text = "[profiles.p]\npreset = \"json-body\"\nclient_id = \"x\"\nclient_secret = { env = \"S\" }\n\
                vars = { api_base_path = \"https://api.example.com\" }\n";
    let message = "profiles.toml:5: `token_url` has a scheme twice";
    check(text).fails_with(3, message, "must begin with the host");
}

#[test]
fn credentials_that_are_missing() {
    let table = r#"
    client_id = "id"                 | `client_secret` is missing, which `client_auth = "client_secret_basic"` sends | `client_auth = "none"` for a public client
    client_secret = { env = "S" }    | `client_id` is missing | client_id = { env
    client_id = "hunter:2"\nclient_secret = { env = "S" } | profiles.toml:3: `client_id` contains a colon, which Basic credentials cannot carry | write `basic_encoding = "form"`
    "#;
    let url = "[profiles.p]\ntoken_url = \"https://as.invalid/t\"\n";
    for [keys, message, hint] in rows(table) {
        check(&format!("{url}{keys}\n")).fails_with(3, &message, &hint);
    }
    let outcome = check("[profiles.p]\nclient_id = \"id\"\nclient_auth = \"none\"\n");
    outcome.fails_with(3, "`token_url` is missing", "start from a `preset`");
}

#[test]
fn a_wrong_proxy_is_refused_on_loopback_too() {
    let proxy = "proxy = \"http://user:hunter2@proxy:port\"";
    let tok = Sandbox::new().api(&Server::unasked(), proxy);
    let message = "profiles.toml:5: the value of `proxy` is not";
    tok.run("get api")
        .fails_with(3, message, "`proxy = \"none\"`");
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
        let tok = Sandbox::new()
            .profiles("")
            .env(name, "http://user:hunter2@proxy:port");
        let message = format!("error: the value of `{name}` is not the URL of a proxy");
        let hint = format!("hint: set `{name}` to `http://host:port`, or unset it");
        tok.run("config check")
            .fails(3, &format!("{message}\n\n{hint}\n"));
    }
}

/// The errors of `config check`, without the path of the file.
fn errors(text: &str) -> Vec<String> {
    let outcome = check(text);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""));
    let lines = outcome
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("error: "));
    lines
        .map(|line| line.replace(FILE, "").replacen("profile `", "`", 1))
        .collect()
}

#[test]
fn a_profile_has_all_its_mistakes_in_order_but_not_what_follows_from_them() {
    let text = "[profiles.p]\ntoken_urll = \"https://as.invalid/t\"\nstrategy = \"post\"\ngrant = \"password\"\n\
                client_id = { envv = \"A\", file = 5 }\nretries = 11\n\n[profiles.p.params]\nbad = [[1]]\ngood = 1\nworse = 1979-05-27\n";
    assert_eq!(
        errors(text),
        [
            "`p`: :1: `grant = \"password\"` needs `username`",
            "`p`: :1: `grant = \"password\"` needs `password`",
            "`p`: :2: unknown key `token_urll`",
            "`p`: :3: unknown `strategy`",
            "`p`: :5: unknown key `envv` in the secret source of `client_id`",
            "`p`: :6: `retries` must be a whole number from 0 to 10",
            "`p`: :9: `params.bad` is a list, not a parameter's value",
            "`p`: :11: `params.worse` is a date, not a parameter's value",
            " has 8 mistakes",
        ]
    );
}

/// What `[defaults]` or a parent has is not a mistake of every profile, and a mistake at the top hides nothing else.
#[test]
fn a_mistake_is_reported_once_where_it_stands() {
    let text = "[defaults]\ntimeout = 0\nclient_id = \"x\"\n[profiles.a]\nextends = \"b\"\n[profiles.b]\npreset = \"moov\"\n\
                client_id = \"i\"\nclient_secret = { env = \"S\" }\nretries = 11\n[prfiles.x]\n[profiles.c]\nextends = \"none\"\n[other]\n";
    assert_eq!(
        errors(text),
        [
            ":2: `timeout` must be longer than 0",
            ":3: `client_id` cannot stand in `[defaults]`",
            "`b`: :10: `retries` must be a whole number from 0 to 10",
            ":11: unknown table or key `prfiles` at the top of the file",
            "`c`: :13: `extends`: unknown profile `none`",
            ":14: unknown table or key `other` at the top of the file",
            " has 6 mistakes",
        ]
    );
}
