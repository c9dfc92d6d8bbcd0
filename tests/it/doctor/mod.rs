//! `tok doctor` from outside: each condition is made on purpose, and must be found.

mod cache;

use std::fs;

use serde_json::Value;

use crate::support::{Answer, Sandbox, Server, free_port};

const SECRET: &str = "s3cret-value";
const TOKEN: &str = "tok-en-value";

/// What `tok doctor --json` answered.
#[derive(Debug)]
struct Report {
    code: i32,
    findings: Vec<Value>,
}

/// Examines, and holds the report to what none may have in it. The home directory is `~`.
#[track_caller]
fn doctor(tok: &Sandbox, args: &str) -> Report {
    let outcome = tok.run(&format!("doctor --json {args}"));
    assert_eq!(outcome.stderr, "");
    for secret in [SECRET, TOKEN, "in-the-query"] {
        outcome.never_shows(secret);
    }
    let findings = serde_json::from_str(&outcome.stdout.replace(tok.home(), "~"));
    Report {
        code: outcome.code,
        findings: findings.unwrap(),
    }
}

impl Report {
    /// The messages of a check in this state.
    fn messages(&self, check: &str, state: &str) -> Vec<&str> {
        let findings = self.findings.iter();
        let found = findings.filter(|found| found["check"] == check && found["state"] == state);
        found
            .map(|found| found["message"].as_str().unwrap())
            .collect()
    }

    /// This exit code, and one finding of this check that is not well: its state, what its message contains and what
    /// its hint does.
    #[track_caller]
    fn has(&self, code: i32, check: &str, state: &str, message: &str, hint: &str) {
        let is_trouble = |found: &&Value| found["check"] == check && is_bad(found);
        let found: Vec<&Value> = self.findings.iter().filter(is_trouble).collect();
        assert!(self.code == code && found.len() == 1, "{self:#?}");
        let text = |field: &str| found[0][field].as_str().unwrap_or_default();
        let is_right = text("message").contains(message) && text("hint").contains(hint);
        assert!(text("state") == state && is_right, "{self:#?}");
    }

    #[track_caller]
    fn is_well(&self) {
        let is_well = self.code == 0 && !self.findings.iter().any(is_bad);
        assert!(is_well, "{self:#?}");
    }
}

fn is_bad(found: &Value) -> bool {
    matches!(found["state"].as_str(), Some("warn" | "fail"))
}

/// The profile `api`, asked of nothing that answers.
fn api() -> Sandbox {
    let url = "http://127.0.0.1:1/token?key=in-the-query";
    Sandbox::new().client("api", url, "").env("SECRET", SECRET)
}

fn with_profile(keys: &str) -> Sandbox {
    Sandbox::new().profile("p", keys).env("SECRET", SECRET)
}

const MOOV: &str = "preset = \"moov\"\nclient_id = \"i\"\nclient_secret = { env = \"SECRET\" }\n";

#[test]
fn where_nothing_is_wrong_it_says_so_and_leaves_nothing_behind() {
    let tok = api();
    doctor(&tok, "").is_well();
    assert!(!tok.path(".cache").exists());
    let outcome = tok.run("doctor api");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    // What differs from one machine, and from one moment, to another.
    let differs = |line: &&str| line.contains("version") || line.contains("clock");
    let text = outcome.stdout.replace(tok.home(), "~");
    let lines: Vec<&str> = text.lines().filter(|line| !differs(line)).collect();
    assert_eq!(
        lines,
        [
            "ok    environment    no variable is malformed",
            "ok    certificates   root certificates are found",
            "ok    profiles-file  ~/.config/tok/profiles.toml: 1 profile",
            "ok    cache          ~/.cache/tok does not exist yet, and can be created",
            "ok    secret         api: `client_secret`: env SECRET",
            "ok    endpoint       api: http://127.0.0.1:1/token directly",
            "ok    token          api: none cached; `tok get api` fetches one",
            "",
            "no problems found",
        ]
    );
    let (_server, tok) = Server::cached(TOKEN);
    let before = fs::read_dir(tok.cache_dir()).unwrap().count();
    let report = doctor(&tok, "api");
    report.is_well();
    let entries = report.messages("entries", "ok");
    assert_eq!(entries, ["1 token, 0 expired, 0 unusable"]);
    let fresh = report.messages("token", "ok")[0];
    assert!(fresh.starts_with("fresh, expires 2"), "{fresh}");
    assert_eq!(fs::read_dir(tok.cache_dir()).unwrap().count(), before);
}

#[test]
fn a_bad_environment_is_found_once() {
    let report = doctor(
        &api().env("ALL_PROXY", "http://u:s3cret-value@proxy:port"),
        "",
    );
    let message = "the value of `ALL_PROXY` is not the URL of a proxy";
    let hint = "set `ALL_PROXY` to `http://host:port`, or unset it";
    report.has(3, "environment", "fail", message, hint);
    let failed = report
        .findings
        .iter()
        .filter(|found| found["state"] == "fail");
    assert_eq!(failed.count(), 1, "{report:#?}");
    let report = doctor(&api().env("TOK_TIMEOUT", "soon"), "");
    report.has(2, "environment", "fail", "", "");
    let report = doctor(&api().env("SSL_CERT_FILE", "/no/such/file"), "");
    let message =
        "`SSL_CERT_FILE` names `/no/such/file`, which cannot be read: no such file or directory";
    report.has(7, "certificates", "fail", message, "");
}

#[test]
fn the_network_is_used_only_when_asked_for_and_sees_no_secret() {
    let server = Server::start();
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    server.answers(Answer::json(405, "").header("date", date));
    let tok = Sandbox::with_api(&server);
    doctor(&tok, "api").is_well();
    let report = doctor(&tok, "api --network");
    let answered = report.messages("network", "ok")[0];
    let start = format!("{} answered 405 in ", server.url("/token"));
    assert!(answered.starts_with(&start), "{answered}");
    report.has(0, "clock", "warn", "the token endpoint's clock is 3", "");
    report.has(0, "clock", "warn", "behind this machine's", "");
    let asked = server.request();
    assert_eq!(
        (asked.line.as_str(), asked.header("authorization")),
        ("GET /token", None)
    );

    // Nothing listens there.
    let url = format!("http://127.0.0.1:{}/t", free_port());
    let report = doctor(
        &with_profile(&format!("token_url = \"{url}\"\nclient_auth = \"none\"")),
        "p --network",
    );
    report.has(7, "network", "fail", ": connection refused", "");
}

#[test]
fn mistakes_in_the_profiles_file_are_found() {
    let message = "~/.config/tok/profiles.toml: the profiles file does not exist";
    doctor(&Sandbox::new(), "").has(3, "profiles-file", "fail", message, "tok init --preset");
    doctor(&Sandbox::new().profiles(""), "").has(0, "profiles-file", "warn", "", "");
    let bad = format!("[profiles.good]\n{MOOV}[profiles.bad]\npresett = \"moov\"\n");
    let report = doctor(
        &Sandbox::new().profiles(format!("{bad}[profles.x]\n[oh\n")),
        "",
    );
    assert_eq!(report.code, 3);
    assert_eq!(
        report.messages("profiles-file", "fail"),
        [
            "~/.config/tok/profiles.toml:7: unknown table or key `profles` at the top of the file",
            "~/.config/tok/profiles.toml:8:4: not a valid table header",
        ]
    );
    let tok = Sandbox::new().profiles(bad).env("SECRET", SECRET);
    assert_eq!(doctor(&tok, "good").code, 0);
    let message = "~/.config/tok/profiles.toml:6: unknown key `presett`";
    doctor(&tok, "bad").has(3, "profile", "fail", message, "did you mean `preset`?");
    doctor(&tok, "goood").has(3, "profile", "fail", "", "did you mean `good`?");
}

#[test]
fn loose_modes_of_the_profiles_file_are_found() {
    let literal = MOOV.replace("{ env = \"SECRET\" }", "{ value = \"s3cret-value\" }");
    let tok = with_profile(&literal);
    doctor(&tok, "").is_well();
    tok.chmod(".config/tok/profiles.toml", 0o644);
    let message = "contains a secret and is readable by other users";
    doctor(&tok, "").has(3, "profile", "fail", message, "run `chmod 600 ~/");
    let tok = api();
    tok.chmod(".config/tok/profiles.toml", 0o664);
    let message = "other users can change it, and so have the credentials sent elsewhere";
    let hint = "type `chmod go-w '~/.config/tok/profiles.toml'`";
    doctor(&tok, "").has(0, "profiles-file", "warn", message, hint);
}

#[test]
fn the_table_of_credentials_is_looked_at() {
    let map = |name: &str| format!("\"https://git.example.com\" = \"{name}\"");
    doctor(&api().credentials(&map("api")), "").is_well();
    let message = ":2: `https://git.example.com` is mapped to an unknown profile `b`";
    doctor(&api().credentials(&map("b")), "").has(3, "profiles-file", "fail", message, "");
}

#[test]
fn values_that_cannot_be_had_are_found_without_running_a_command() {
    let keys = "preset = \"moov\"\nclient_id = { env = \"UNSET\" }\n\
             client_secret = { properties = \"app.properties\", key = \"api.kye\" }\n\
             params = { e = { env = \"EMPTY\" }, n = { file = \"absent\" }, o = { file = \"~/loose\" } }\n\
             headers = { X-A = { command = [\"no-such-program\"] }, X-B = { command = [\"sh\", \"-c\", \"touch ran\"] } }\n\
             scope = \"${ALSO_UNSET}\"\n";
    let tok = with_profile(keys)
        .file(".config/tok/app.properties", "api.key=x\n")
        .file("loose", "secret\n")
        .env("EMPTY", "")
        .with_path();
    tok.chmod("loose", 0o640);
    let report = doctor(&tok, "p");
    assert_eq!(report.code, 4);
    let mut failed = report.messages("secret", "fail");
    failed.sort_unstable();
    assert_eq!(
        failed,
        [
            "`client_id`: environment variable `UNSET` is not set",
            "`client_secret`: `~/.config/tok/app.properties` has no key `api.kye`",
            "`headers.X-A`: command `no-such-program` is not found, or cannot be run",
            "`params.e`: environment variable `EMPTY` is empty",
            "`params.n`: cannot read `~/.config/tok/absent`: no such file or directory",
        ]
    );
    let loose = "`params.o`: other users can read `~/loose`";
    assert_eq!(report.messages("secret", "warn"), [loose]);
    let unset =
        "`scope`: `${ALSO_UNSET}` is set neither in the profile's `vars` nor in the environment";
    assert_eq!(report.messages("value", "fail"), [unset]);
    let found = report.messages("secret", "ok");
    assert!(
        found
            .iter()
            .any(|text| text.starts_with("`headers.X-B`: command sh (/"))
    );
    assert!(report.messages("token", "ok").is_empty());
    assert!(!tok.path("ran").exists());
    let has_hint = |found: &Value| found["state"] != "fail" || found["hint"].is_string();
    assert!(report.findings.iter().all(has_hint), "{report:#?}");
}

/// The provider would answer 401, and nothing would show why.
#[test]
fn a_secret_that_ends_in_a_line_break_is_found() {
    let keys = MOOV.replace("{ env = \"SECRET\" }", "{ file = \"~/secret\" }");
    let tok = with_profile(&(keys + "params = { p = { env = \"PADDED\" } }"));
    let report = doctor(&tok.file("secret", "s3cret\n\n").env("PADDED", " x"), "p");
    assert_eq!(
        report.messages("secret", "warn"),
        [
            "`params.p`: env PADDED begins or ends with white space or a line break",
            "`client_secret`: file ~/secret begins or ends with white space or a line break",
        ]
    );
    assert_eq!(report.code, 0);
}

#[test]
fn what_no_request_can_carry_or_reach_is_found() {
    let keys = "client_secret = { env = \"SECRET\" }\ntoken_url = \"http://127.0.0.1:1/\"\n";
    let odd_id = format!("{keys}client_id = {{ env = \"ODD\" }}");
    let report = doctor(&with_profile(&odd_id).env("ODD", "a:b"), "p");
    let message = "`client_id` contains a colon, which Basic credentials cannot carry";
    report.has(3, "value", "fail", message, "");
    let odd_header = format!("{keys}client_id = \"x\"\nheaders = {{ X-A = {{ env = \"ODD\" }} }}");
    let report = doctor(&with_profile(&odd_header).env("ODD", "a\nb"), "p");
    let message = "the value of header `X-A` contains a character that a header cannot carry";
    report.has(3, "value", "fail", message, "");

    let keys = "client_id = \"i\"\nclient_secret = { env = \"SECRET\" }\ntoken_url = ";
    let tok = with_profile(&format!("{keys}\"http://${{HOST}}/\"")).env("HOST", "a.example");
    let message = "`token_url` is plain http to `a.example`, which is not this machine";
    doctor(&tok, "").has(3, "endpoint", "fail", message, "");
    let https = format!("{keys}\"https://a.example/t\"\n");
    let report = doctor(&with_profile(&format!("{https}ca_file = \"ca.pem\"")), "");
    report.has(
        3,
        "tls",
        "fail",
        "`ca_file` `~/.config/tok/ca.pem` cannot be read",
        "",
    );
    let proxy = "http://me:s3cret-value@proxy.example:8080";
    let report = doctor(&with_profile(&https).env("HTTPS_PROXY", proxy), "");
    let endpoint =
        "https://a.example/t through the proxy `proxy.example:8080` (from `HTTPS_PROXY`)";
    assert_eq!(report.messages("endpoint", "ok"), [endpoint]);
    let tok = with_profile(&format!("{https}proxy = \"${{PROXY}}\"")).env("PROXY", "ftp://x");
    let message = "the value of `proxy` has a scheme other than";
    doctor(&tok, "").has(3, "endpoint", "fail", message, "");
}
