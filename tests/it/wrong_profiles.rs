//! What is wrong with a profile: which line, what to write instead, and never the value.

use crate::support::{Outcome, Sandbox};

/// What `tok get p` says of a file; no request is sent.
fn said_of(text: impl AsRef<[u8]>) -> Outcome {
    Sandbox::new()
        .profiles(text)
        .env("SECRET", "s3cret-value")
        .run("get p")
}

/// A profile that is right but for these lines, which begin at line 5.
fn with(keys: &str) -> Outcome {
    said_of(format!(
        "[profiles.p]\ntoken_url = \"https://as.invalid/t\"\nclient_id = \"id\"\nclient_secret = {{ env = \"SECRET\" }}\n{keys}\n"
    ))
}

#[test]
fn unknown_keys_and_words_have_a_line_and_a_suggestion() {
    let cases = [
        (
            "token_ulr = \"x\"",
            "profiles.toml:5: unknown key `token_ulr`",
            "did you mean `token_url`?",
        ),
        (
            "scopes = \"x\"",
            "unknown key `scopes`",
            "did you mean `scope`?",
        ),
        (
            "banana = \"x\"",
            "unknown key `banana`",
            "`tok config schema` lists the keys",
        ),
        (
            "\nstrategy = \"basic_from\"",
            "profiles.toml:6: unknown `strategy`",
            "did you mean `basic_form`?",
        ),
        (
            "strategy = \"soap\"",
            "unknown `strategy`",
            "`strategy` is `basic_form`, `basic_json`, `post_form`, `post_json` or `get_query`",
        ),
        (
            "grant = \"client_credential\"",
            "unknown `grant`",
            "did you mean `client_credentials`?",
        ),
        (
            "client_auth = \"basic\"",
            "unknown `client_auth`",
            "`client_secret_basic`, `client_secret_post` or `none`",
        ),
        (
            "params_in = \"body\"",
            "unknown `params_in`",
            "`form`, `json` or `query`",
        ),
        ("method = \"PUT\"", "unknown `method`", "`GET` or `POST`"),
        (
            "renew = \"always\"",
            "unknown `renew`",
            "`grant` or `refresh_token`",
        ),
        (
            "basic_encoding = \"url\"",
            "unknown `basic_encoding`",
            "`raw` or `form`",
        ),
        (
            "names = { clientid = \"x\" }",
            "unknown key `clientid`",
            "did you mean `client_id`?",
        ),
        (
            "omit = [\"granttype\"]",
            "`omit` has an unknown parameter",
            "did you mean `grant_type`?",
        ),
        (
            "response = { acess_token = \"/x\" }",
            "unknown key `acess_token`",
            "did you mean `access_token`?",
        ),
        (
            "error = { wen = \"/x\" }",
            "unknown key `wen`",
            "did you mean `when`?",
        ),
        (
            "status = { 403 = \"rejekted\" }",
            "unknown `status.403`",
            "did you mean `rejected`?",
        ),
    ];
    for (keys, words, hint) in cases {
        with(keys).fails_with(3, words, hint);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn wrong_values_say_what_to_write_and_not_what_was_found() {
    let cases = [
        (
            "timeout = \"soon-XYZ\"",
            "`timeout` is not a duration",
            "timeout = \"30s\"",
        ),
        (
            "timeout = 0",
            "`timeout` must be longer than 0",
            "timeout = \"30s\"",
        ),
        (
            "retries = \"XYZ\"",
            "`retries` must be a whole number from 0 to 10",
            "retries = 2",
        ),
        (
            "retries = 11",
            "`retries` must be a whole number from 0 to 10",
            "retries = 2",
        ),
        (
            "scope = 5",
            "`scope` is an integer, not a string",
            "\"read write\"",
        ),
        ("audience = \"\"", "`audience` is empty", "audience = "),
        (
            "params = \"XYZ\"",
            "`params` is a string, not a table",
            "tenant = \"acme\"",
        ),
        (
            "params = { a = { b = { c = 1 } } }",
            "unknown key `b` in the secret source of `params.a`",
            "`env`",
        ),
        (
            "headers = { \"X Y\" = \"1\" }",
            "`headers` has a name that no header can have",
            "letters, digits and `-`",
        ),
        (
            "headers = { Host = \"XYZ\" }",
            "`headers` sets `Host`, which HTTP itself writes",
            "remove it",
        ),
        (
            "headers = { X-A = \"1\", x-a = \"2\" }",
            "`headers` sets `x-a` twice",
            "remove one",
        ),
        (
            "headers = { Authorization = \"XYZ\" }",
            "`headers` sets `Authorization`, and so does `client_secret_basic`",
            "remove one",
        ),
        (
            "method = \"GET\"",
            "a GET request has no body to carry parameters in",
            "params_in = \"query\"",
        ),
        (
            "omit = \"scope\"",
            "`omit` is a string, not a list",
            "omit = [\"grant_type\"]",
        ),
        (
            "response = { access_token = \"data.token\" }",
            "`response.access_token` is not a JSON Pointer",
            "\"/data/token\"",
        ),
        (
            "response = { scope = \"/a~2\" }",
            "`response.scope` is not a JSON Pointer",
            "\"/data/token\"",
        ),
        (
            "extends = 5",
            "`extends` is an integer, not a name",
            "in quotes",
        ),
        ("preset = []", "`preset` is a list, not a name", "in quotes"),
        (
            "status = { 40 = \"rejected\" }",
            "`status` has a key that is not an HTTP status code",
            "403",
        ),
        (
            "error = { equals = 1 }",
            "`error` has no `when`",
            "when = \"/success\"",
        ),
        (
            "vars = { a = [\"XYZ\"] }",
            "`vars.a` is a list, not a string",
            "region",
        ),
        (
            "grant = \"password\"",
            "`grant = \"password\"` needs `username`",
            "username = { env",
        ),
        (
            "grant = \"refresh_token\"",
            "needs `refresh_token`",
            "refresh_token = { env",
        ),
        (
            "grant = \"none\"\nscope = \"XYZ\"",
            "`scope` is not sent with `grant = \"none\"`",
            "params = { scope",
        ),
        (
            "audience = \"${a-b}\"",
            "in `audience`: `${…}` must hold a name",
            "`${NAME}`",
        ),
        (
            "audience = \"${XYZ\"",
            "in `audience`: `${` is not closed",
            "`${NAME}`",
        ),
    ];
    for (keys, words, hint) in cases {
        let outcome = with(keys);
        outcome.fails_with(3, words, hint);
        assert!(!outcome.stderr.contains("XYZ"), "{}", outcome.stderr);
    }
}

#[test]
fn a_token_url_must_be_https_without_credentials() {
    let whole = "write the whole URL";
    let cases = [
        ("api.example.com/t", "has no scheme", whole),
        (
            "ftp://api.example.com/t",
            "has a scheme that is neither https nor http",
            whole,
        ),
        ("https://", "is not a URL: it has no host", whole),
        (
            "https://id:XYZ@api.example.com/t",
            "has credentials in it",
            "write `client_id` and `client_secret`",
        ),
        (
            "http://api.example.com/t",
            "is plain http to `api.example.com`, which is not this machine",
            "write `https://`",
        ),
        (
            "http://localhost.example.com/t",
            "is plain http to `localhost.example.com`",
            "write `https://`",
        ),
        (
            "http://127.0.0.1.nip.io/t",
            "is plain http to `127.0.0.1.nip.io`",
            "write `https://`",
        ),
        (
            "https://api.example.com/t#XYZ",
            "has a fragment",
            "remove everything from `#` on",
        ),
    ];
    for (url, words, hint) in cases {
        let outcome = said_of(format!(
            "[profiles.p]\ntoken_url = \"{url}\"\nclient_auth = \"none\"\n"
        ));
        outcome.fails_with(3, &format!("profiles.toml:2: `token_url` {words}"), hint);
        assert!(!outcome.stderr.contains("XYZ"), "{}", outcome.stderr);
        // The same where a variable brings it.
        let text = "[profiles.p]\ntoken_url = \"${URL}\"\nclient_auth = \"none\"\n";
        let outcome = Sandbox::new().profiles(text).env("URL", url).run("get p");
        outcome.fails_with(3, &format!("profile `p`: `token_url` {words}"), hint);
        assert!(!outcome.stderr.contains("XYZ"), "{}", outcome.stderr);
        // What the file itself fills in needs no environment to be found wrong.
        let text = format!("{text}vars = {{ URL = \"{url}\" }}\n");
        let outcome = Sandbox::new().profiles(text).run("config check");
        outcome.fails_with(3, &format!("profiles.toml:4: `token_url` {words}"), hint);
        assert!(!outcome.stderr.contains("XYZ"), "{}", outcome.stderr);
    }
}

/// A host is wanted where a whole URL was written, which the page of the provider shows.
#[test]
fn a_host_with_a_scheme_in_a_preset_is_found() {
    let text = "[profiles.p]\npreset = \"json-body\"\nclient_id = \"x\"\nclient_secret = { env = \"S\" }\n\
                vars = { api_base_path = \"https://api.example.com\" }\n";
    let outcome = Sandbox::new().profiles(text).run("config check");
    outcome.fails_with(
        3,
        "profiles.toml:5: `token_url` has a scheme twice",
        "must begin with the host",
    );
}

#[test]
fn credentials_that_are_missing() {
    let profile = |keys: &str| {
        said_of(format!(
            "[profiles.p]\ntoken_url = \"https://as.invalid/t\"\n{keys}\n"
        ))
    };
    profile("client_id = \"id\"").fails_with(
        3,
        "`client_secret` is missing, which `client_auth = \"client_secret_basic\"` sends",
        "`client_auth = \"none\"` for a public client",
    );
    profile("client_secret = { env = \"SECRET\" }").fails_with(
        3,
        "`client_id` is missing",
        "client_id = { env",
    );
    said_of("[profiles.p]\nclient_id = \"id\"\n").fails_with(
        3,
        "`token_url` is missing",
        "start from a `preset`",
    );
}
