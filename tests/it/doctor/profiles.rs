//! The profiles file and what it needs.

use super::world::{SECRET, Sandbox, chmod};

#[test]
fn mistakes_in_the_profiles_file_are_found() {
    let answer = Sandbox::new().doctor(&[]);
    assert_eq!(answer.code, 3);
    let (state, message, hint) = answer.trouble("profiles-file");
    assert_eq!(
        (state, message),
        (
            "fail",
            "~/.config/tok/profiles.toml: there is no profiles file here"
        )
    );
    assert!(hint.contains("tok init --preset"), "{hint}");

    let good = "[profiles.good]\npreset = \"moov\"\nclient_id = \"i\"\nclient_secret = { env = \"SECRET\" }\n";
    let sandbox = Sandbox::new().profiles(&format!(
        "{good}[profiles.bad]\npresett = \"moov\"\n[profles.x]\n[oh\n"
    ));
    let answer = sandbox.doctor(&[]);
    assert_eq!(answer.code, 3);
    assert_eq!(
        answer.told("profiles-file", "fail"),
        [
            "~/.config/tok/profiles.toml:7: unknown table or key `profles` at the top of the file",
            "~/.config/tok/profiles.toml:8:4: not a valid table header",
        ]
    );

    let sandbox = Sandbox::new().profiles(&format!("{good}[profiles.bad]\npresett = \"moov\"\n"));
    let answer = sandbox.doctor(&["good"]);
    assert_eq!(answer.code, 0);
    let answer = sandbox.doctor(&["bad"]);
    assert_eq!(answer.code, 3);
    let (state, message, hint) = answer.trouble("profile");
    assert_eq!((state, hint), ("fail", "did you mean `preset`?"));
    assert_eq!(
        message,
        "~/.config/tok/profiles.toml:6: unknown key `presett`"
    );
    let answer = sandbox.doctor(&["goood"]);
    assert_eq!(
        (answer.code, answer.trouble("profile").2),
        (3, "did you mean `good`?")
    );

    let answer = Sandbox::new().profiles("").doctor(&[]);
    assert_eq!(
        (answer.code, answer.trouble("profiles-file").0),
        (0, "warn")
    );
}

#[test]
fn loose_modes_of_the_profiles_file_are_found() {
    let literal = format!(
        "[profiles.a]\npreset = \"moov\"\nclient_id = \"i\"\nclient_secret = {{ value = \"{SECRET}\" }}\n"
    );
    let sandbox = Sandbox::new().profiles(&literal);
    sandbox.doctor(&[]).is_well();
    chmod(&sandbox.path(".config/tok/profiles.toml"), 0o644);
    let answer = sandbox.doctor(&[]);
    let (state, message, hint) = answer.trouble("profile");
    assert_eq!((answer.code, state), (3, "fail"));
    assert!(
        message.ends_with("contains a secret and is readable by other users"),
        "{message}"
    );
    assert!(hint.starts_with("run `chmod 600 ~/"), "{hint}");

    let sandbox = Sandbox::api(1);
    chmod(&sandbox.path(".config/tok/profiles.toml"), 0o664);
    let answer = sandbox.doctor(&[]);
    let message = "other users can change it, and so have the credentials sent elsewhere";
    let hint = "type `chmod go-w '~/.config/tok/profiles.toml'`";
    assert_eq!(
        (answer.code, answer.trouble("profiles-file")),
        (0, ("warn", message, hint))
    );
}

#[test]
fn the_table_of_credentials_is_looked_at() {
    let profile =
        "[profiles.a]\npreset = \"moov\"\nclient_id = \"i\"\nclient_secret = { env = \"X\" }\n";
    let map =
        |name: &str| format!("{profile}[credentials]\n\"https://git.example.com\" = \"{name}\"\n");
    Sandbox::new()
        .env("X", SECRET)
        .profiles(&map("a"))
        .doctor(&[])
        .is_well();
    let answer = Sandbox::new().profiles(&map("b")).doctor(&[]);
    let (state, message, _) = answer.trouble("profiles-file");
    assert_eq!((answer.code, state), (3, "fail"));
    assert!(
        message.ends_with(":6: `https://git.example.com` is mapped to an unknown profile `b`"),
        "{message}"
    );
}

#[test]
fn values_that_cannot_be_had_are_found_without_running_a_command() {
    let sandbox = Sandbox::new()
        .file(".config/tok/app.properties", "api.key=x\n")
        .file("loose", "secret\n")
        .env("EMPTY", "")
        .env("PATH", "/usr/bin:/bin")
        .profiles(
            "[profiles.a]\npreset = \"moov\"\nclient_id = { env = \"UNSET\" }\n\
             client_secret = { properties = \"app.properties\", key = \"api.kye\" }\n\
             params = { e = { env = \"EMPTY\" }, n = { file = \"absent\" }, o = { file = \"~/loose\" } }\n\
             headers = { X-A = { command = [\"no-such-program\"] }, X-B = { command = [\"sh\", \"-c\", \"touch ran\"] } }\n\
             scope = \"${ALSO_UNSET}\"\n",
        );
    chmod(&sandbox.path("loose"), 0o640);
    let answer = sandbox.doctor(&["a"]);
    assert_eq!(answer.code, 4);
    let mut failed = answer.told("secret", "fail");
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
    assert_eq!(
        answer.told("secret", "warn"),
        ["`params.o`: other users can read `~/loose`"]
    );
    assert_eq!(
        answer.told("value", "fail"),
        ["`scope`: `${ALSO_UNSET}` is set neither in the profile's `vars` nor in the environment"]
    );
    let found = answer.told("secret", "ok");
    assert!(
        found
            .iter()
            .any(|told| told.starts_with("`headers.X-B`: command sh (/")),
        "{found:?}"
    );
    assert!(answer.told("token", "ok").is_empty());
    assert!(!sandbox.path("ran").exists());
    let findings = &answer.findings;
    assert!(
        findings
            .iter()
            .all(|found| found["state"] != "fail" || found["hint"].is_string()),
        "{answer:#?}"
    );
}

/// The provider would answer 401, and nothing would show why.
#[test]
fn a_secret_that_ends_in_a_line_break_is_found() {
    let sandbox = Sandbox::new().file("secret", "s3cret\n\n").profiles(
        "[profiles.a]\npreset = \"moov\"\nclient_id = \"i\"\nclient_secret = { file = \"~/secret\" }\n\
         params = { p = { env = \"PADDED\" } }\n",
    );
    let answer = sandbox.env("PADDED", " x").doctor(&["a"]);
    assert_eq!(
        answer.told("secret", "warn"),
        [
            "`params.p`: env PADDED begins or ends with white space or a line break",
            "`client_secret`: file ~/secret begins or ends with white space or a line break",
        ]
    );
    assert_eq!(answer.code, 0);
}

#[test]
fn values_that_no_request_can_carry_are_found() {
    let keys = "token_url = \"http://127.0.0.1:1/\"\nclient_secret = { env = \"SECRET\" }";
    let cases = [
        (
            "client_id = { env = \"ODD\" }",
            "a:b",
            "`client_id` contains a colon, which Basic credentials cannot carry",
        ),
        (
            "client_id = \"x\"\nheaders = { X-A = { env = \"ODD\" } }",
            "a\nb",
            "the value of header `X-A` contains a character that a header cannot carry",
        ),
    ];
    for (more, value, expected) in cases {
        let sandbox = Sandbox::new().env("SECRET", "s3cret").env("ODD", value);
        let sandbox = sandbox.profiles(&format!("[profiles.p]\n{keys}\n{more}\n"));
        let answer = sandbox.doctor(&["p"]);
        assert_eq!(
            (answer.code, answer.told("value", "fail")),
            (3, vec![expected]),
            "{answer:#?}"
        );
    }
}

#[test]
fn endpoint_authorities_and_proxies_of_a_profile_are_looked_at() {
    let profile = |more: &str| {
        format!("[profiles.a]\nclient_id = \"i\"\nclient_secret = {{ env = \"SECRET\" }}\n{more}")
    };
    let answer = Sandbox::new()
        .profiles(&profile("token_url = \"http://${HOST}/\""))
        .env("HOST", "a.example")
        .doctor(&[]);
    let (state, message, _) = answer.trouble("endpoint");
    assert_eq!((answer.code, state), (3, "fail"));
    assert_eq!(
        message,
        "`token_url` is plain http to `a.example`, which is not this machine"
    );

    let https = profile("token_url = \"https://a.example/t\"\n");
    let answer = Sandbox::new()
        .profiles(&(https.clone() + "ca_file = \"ca.pem\""))
        .doctor(&[]);
    let (state, message, _) = answer.trouble("tls");
    assert_eq!((answer.code, state), (3, "fail"));
    assert!(
        message.starts_with("`ca_file` `~/.config/tok/ca.pem` cannot be read"),
        "{message}"
    );

    let answer = Sandbox::new()
        .profiles(&https)
        .env("HTTPS_PROXY", "http://me:hunter2-s3cret@proxy.example:8080")
        .doctor(&[]);
    assert_eq!(
        answer.told("endpoint", "ok"),
        ["https://a.example/t through the proxy `proxy.example:8080` (from `HTTPS_PROXY`)"]
    );
    let answer = Sandbox::new()
        .profiles(&(https + "proxy = \"${PROXY}\""))
        .env("PROXY", "ftp://x")
        .doctor(&[]);
    let (state, message, _) = answer.trouble("endpoint");
    assert_eq!((answer.code, state), (3, "fail"));
    assert!(
        message.starts_with("the value of `proxy` has a scheme other than"),
        "{message}"
    );
}
