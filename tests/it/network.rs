//! Proxies and TLS, as seen from the other end.

use crate::support::{Authority, Sandbox, Server, Tcp};

const REFUSES: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";

/// A profile for a server that can only be reached through a proxy.
fn remote(more: &str) -> Sandbox {
    let keys =
        "token_url = \"https://as.invalid:8443/t?tenant=x\"\nclient_auth = \"none\"\nretries = 0\n";
    Sandbox::new().profile("p", &format!("{keys}{more}"))
}

#[test]
fn https_goes_through_a_tunnel_of_the_proxy() {
    let proxy = Tcp::answering(REFUSES);
    remote("").env("HTTPS_PROXY", &proxy.url("")).run("get p").fails(
        7,
        "error: profile `p`: cannot connect to `as.invalid:8443/t` through the proxy `127.0.0.1:[PORT]` (from `HTTPS_PROXY`): the proxy refused to connect to it\n\n\
         hint: ask the proxy's operator to let this host through, or set `proxy = \"none\"` to go without\n",
    );
    let seen = proxy.finish();
    assert_eq!(seen.len(), 1);
    assert!(
        seen[0].starts_with("CONNECT as.invalid:8443 HTTP/1.1\r\n") && !seen[0].contains("tenant"),
        "{seen:?}"
    );
}

#[test]
fn every_spelling_of_the_variable_is_read_and_the_profile_beats_it() {
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        let proxy = Tcp::answering(REFUSES);
        let outcome = remote("")
            .env(name, &proxy.address().to_string())
            .run("get p");
        assert_eq!(
            (outcome.code, proxy.finish().len()),
            (7, 1),
            "{name}: {}",
            outcome.stderr
        );
    }
    let (other, own) = (Tcp::answering(REFUSES), Tcp::answering(REFUSES));
    let tok = remote("proxy = \"http://user:p%40ss@${ADDRESS}\"")
        .env("ADDRESS", &own.address().to_string());
    let outcome = tok.env("HTTPS_PROXY", &other.url("")).run("get p");
    assert_eq!(outcome.code, 7, "{}", outcome.stderr);
    assert!(
        !outcome.stderr.contains("p%40ss") && !outcome.stderr.contains("p@ss"),
        "{}",
        outcome.stderr
    );
    assert_eq!(other.finish().len(), 0);
    let seen = own.finish().join("").to_ascii_lowercase();
    assert!(
        seen.contains("proxy-authorization: basic dxnlcjpwqhnz"),
        "{seen}"
    );
}

/// With `REQUEST_METHOD` set, as CGI does, other clients ignore every proxy.
#[test]
fn a_cgi_variable_does_not_switch_the_proxy_off() {
    let proxy = Tcp::answering(REFUSES);
    let tok = remote("")
        .env("HTTPS_PROXY", &proxy.url(""))
        .env("REQUEST_METHOD", "GET");
    assert_eq!(tok.run("get p").code, 7);
    assert_eq!(proxy.finish().len(), 1);
}

#[test]
fn no_proxy_and_none_go_without() {
    let cases = [
        ("", "as.invalid"),
        ("", "*"),
        ("", ".invalid:8443"),
        ("proxy = \"none\"", ""),
    ];
    for (keys, exempt) in cases {
        let proxy = Tcp::answering(REFUSES);
        let tok = remote(keys)
            .env("HTTPS_PROXY", &proxy.url(""))
            .env("NO_PROXY", exempt);
        let outcome = tok.run("get p --timeout 5s");
        assert_eq!(outcome.code, 7, "{}", outcome.stderr);
        outcome.never_shows("proxy");
        assert_eq!(proxy.finish().len(), 0, "{keys} {exempt}");
    }
}

#[test]
fn loopback_never_goes_by_a_proxy() {
    let proxy = Tcp::answering(REFUSES);
    let (_server, mut tok) = Server::issuing("tok-1 tok-2");
    for name in ["http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        tok.set(name, &proxy.url(""));
    }
    tok.run("get api").prints("tok-1\n");
    tok.edit_profiles("127.0.0.1", "localhost");
    tok.edit_profiles(
        "client_id",
        &format!("proxy = \"{}\"\nclient_id", proxy.url("")),
    );
    tok.run("get api").prints("tok-2\n");
    assert_eq!(proxy.finish().len(), 0);
}

/// Otherwise the request would silently go without the proxy.
#[test]
fn a_malformed_proxy_is_an_error_that_does_not_show_it() {
    for name in [
        "https_proxy",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        for value in [
            "http://user:hidden w0rd@proxy:1",
            "gopher://hidden:1",
            "http://",
            "http://proxy:hidden",
        ] {
            let outcome = remote("").env(name, value).run("get p");
            outcome.fails_with(3, &format!("the value of `{name}` "), "unset it");
            outcome.never_shows("hidden");
        }
    }
    remote("proxy = \"nonsense://x\"").run("get p").fails_with(
        3,
        "the value of `proxy` has a scheme other than",
        "proxy = \"none\"",
    );
}

const TOKEN: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{\"access_token\":\"tok-1\",\"expires_in\":3600}";

#[test]
fn ca_file_and_the_certificate_variables_are_trusted() {
    let authority = Authority::new();
    let server = authority.server(TOKEN);
    let url = format!("https://{}/t", server.address());
    let keys = format!(
        "token_url = \"{url}\"\nclient_auth = \"none\"\nretries = 0\nca_file = \"~/ca.pem\""
    );
    let tok = Sandbox::new()
        .profile("p", &keys)
        .file("ca.pem", authority.pem());
    tok.run("get p").prints("tok-1\n");
    tok.edit_profiles("ca_file = \"~/ca.pem\"", "");
    let without = tok.run("get p --no-cache");
    without.fails_with(
        7,
        "the server's certificate is self-signed, or from an authority that is not trusted here",
        "set `ca_file` to the PEM file of the authority",
    );
    // The variables replace the system's roots, one as much as both.
    let bundle = tok.path("ca.pem");
    let directory = bundle.parent().unwrap();
    let mut tok = tok.env("SSL_CERT_FILE", bundle.to_str().unwrap());
    tok.run("get p -f").prints("tok-1\n");
    tok.unset("SSL_CERT_FILE");
    tok.set(
        "SSL_CERT_DIR",
        &format!("/no/such/directory:{}", directory.display()),
    );
    tok.run("get p -f").prints("tok-1\n");
    tok.unset("SSL_CERT_DIR");
    let other = Authority::new();
    tok.write("ca.pem", other.pem());
    tok.edit_profiles("retries = 0", "retries = 0\nca_file = \"~/ca.pem\"");
    assert_eq!(tok.run("get p --no-cache").code, 7);
    let seen = server.finish();
    assert_eq!(
        seen.iter()
            .filter(|seen| seen.starts_with("POST /t HTTP/1.1"))
            .count(),
        3,
        "{seen:?}"
    );
}

/// To go on with other roots would trust more than the variable allows.
#[test]
fn a_certificate_variable_that_leads_to_no_certificate_is_7() {
    let keys =
        "token_url = \"https://127.0.0.1:9/t\"\nclient_auth = \"none\"\nca_file = \"~/ca.pem\"";
    let tok = Sandbox::new()
        .profile("with", keys)
        .profile("without", &keys.replace("ca_file = \"~/ca.pem\"", ""))
        .file("ca.pem", Authority::new().pem())
        .file("empty/a file", "no certificate");
    let empty = tok.path("empty").display().to_string();
    let cases = [
        ("with", "SSL_CERT_FILE", "/no/such/file", "cannot be read"),
        (
            "with",
            "SSL_CERT_DIR",
            "/no/such/directory",
            "names no directory",
        ),
        ("without", "SSL_CERT_FILE", "", "is set but empty"),
        ("without", "SSL_CERT_DIR", &empty, "leads to no certificate"),
    ];
    let mut tok = tok;
    for (profile, variable, value, problem) in cases {
        tok.set(variable, value);
        let outcome = tok.run(&format!("get {profile}"));
        outcome.fails_with(7, &format!("`{variable}` "), "unset it");
        outcome.mentions(problem);
        tok.unset(variable);
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_is_3() {
    let authority = Authority::new();
    let server = authority.server(TOKEN);
    let url = format!("https://{}/t", server.address());
    let keys = format!("token_url = \"{url}\"\nclient_auth = \"none\"\nca_file = \"~/ca.pem\"");
    let tok = Sandbox::new().profile("p", &keys);
    tok.run("get p")
        .fails_with(3, "`ca_file` `[HOME]/ca.pem` cannot be read", "");
    tok.write("ca.pem", "no certificate");
    tok.run("get p").fails_with(
        3,
        "`ca_file` `[HOME]/ca.pem` holds no certificate",
        "-----BEGIN CERTIFICATE-----",
    );
}

#[test]
fn plain_http_where_tls_is_wanted_is_explained() {
    // The server waits for the end of a request, which TLS does not have.
    let server = Tcp::answering(REFUSES);
    let url = format!("https://{}/t", server.address());
    let tok = Sandbox::new().profile(
        "p",
        &format!("token_url = \"{url}\"\nclient_auth = \"none\"\nretries = 0"),
    );
    tok.run("get p --timeout 4s").fails_with(
        7,
        "no connection in time",
        "a port that does not speak TLS",
    );
}
