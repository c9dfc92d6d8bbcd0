//! `tok explain`: the command of `--curl`, and what is shown. `just shells` runs it, and holds its request against `tok`'s.

use crate::support::Sandbox;

/// The command for a profile with these keys.
#[track_caller]
fn curl(keys: &str) -> String {
    curl_with("s3cret", keys)
}

/// The same with this secret.
#[track_caller]
fn curl_with(secret: &str, keys: &str) -> String {
    let keys = format!(
        "token_url = \"http://127.0.0.1:1/token\"\nclient_id = \"my app\"\nclient_secret = {{ env = \"SECRET\" }}\n{keys}"
    );
    let outcome = Sandbox::new()
        .profile("p", &keys)
        .env("SECRET", secret)
        .run("explain p --curl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(!outcome.stdout.contains(secret));
    outcome.stdout
}

/// curl writes a space as `+`, in a query too, where not every server reads it so: what is known is encoded already.
#[test]
fn a_query_is_encoded_once() {
    let expected = "curl 'http://127.0.0.1:1/token' \\\n  --header 'Accept: application/json' \\\n  --get \\\n  \
                    --data 'grant_type=client_credentials' \\\n  --data 'scope=a%20b%2B' \\\n  \
                    --data 'my%20id=my%20app' \\\n  --data-urlencode \"client_secret=${SECRET}\"\n";
    let found =
        curl("strategy = \"get_query\"\nscope = \"a b+\"\nnames = { client_id = \"my id\" }");
    assert_eq!(found, expected);
}

#[test]
fn a_form_is_left_to_curl() {
    let expected = "curl 'http://127.0.0.1:1/token' \\\n  --header 'Accept: application/json' \\\n  \
                    --data 'grant_type=client_credentials' \\\n  --data-urlencode 'scope=a b+' \\\n  \
                    --data-urlencode 'my+id=my app' \\\n  --data-urlencode \"client_secret=${SECRET}\"\n";
    let found =
        curl("strategy = \"post_form\"\nscope = \"a b+\"\nnames = { client_id = \"my id\" }");
    assert_eq!(found, expected);
}

/// curl encodes neither Basic credentials nor JSON: a comment says what the user must encode.
#[test]
fn what_curl_does_not_encode_is_said() {
    let with = |secret, keys| {
        curl_with(secret, keys)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let form = "basic_encoding = \"form\"";
    let found = with("s3cr t", form);
    assert_eq!(
        found[0],
        "# if SECRET has characters other than letters and digits, percent-encode it"
    );
    let user = r#"  --user "my%20app:${SECRET}" \"#;
    assert_eq!(found[2], user);
    assert_eq!(with("s3cret", form)[1], user);
    let json = "strategy = \"post_json\"\nparams = { p = \"a ${SECRET}\", q = 'say \"x\"' }";
    let found = with("s3\"ret", json);
    assert_eq!(
        found[0],
        "# if SECRET holds quotes or backslashes, escape them as in JSON"
    );
    let body = r#""client_secret":"'"${SECRET}"'","p":"a '"${SECRET}"'","q":"say \"x\""}'"#;
    assert!(found.last().unwrap().ends_with(body), "{found:?}");
    let found = with("s3cret", json);
    assert!(
        found[0].starts_with("curl ") && found.last().unwrap().ends_with(body),
        "{found:?}"
    );
}

/// A secret's file is read by the shell; what a command is given is not shown.
#[test]
fn what_is_in_no_variable_is_put_into_one() {
    let tok = Sandbox::new();
    let base = tok.path(".config/tok").display().to_string();
    let tok = tok.profile(
        "p",
        "token_url = \"https://as.example/token\"\nclient_id = \"id\"\nclient_secret = { file = \"it's.txt\" }\n\
         params = { a = { command = [\"pass\", \"made-up\"] }, b = { env = \"A.B\" } }\nca_file = \"ca.pem\"\n\
         proxy = \"http://user:made-up@proxy.example:3128\"",
    );
    let tok = tok.env("A.B", "x");
    let outcome = tok.run("explain p --curl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let found = outcome.stdout;
    let begin = format!(
        "# A stands for: command pass\n# B stands for: env A.B\nCLIENT_SECRET=$(tr -d '\\r' < '{base}/it'\\''s.txt')\n\
         # PROXY stands for: proxy of the profile\n"
    );
    assert!(found.starts_with(&begin), "{found}");
    let end = format!("  --cacert '{base}/ca.pem' \\\n  --proxy \"${{PROXY}}\"\n");
    assert!(
        found.ends_with(&end) && !found.contains("made-up"),
        "{found}"
    );
}

/// Such a profile is accepted, but its value is not shown. A number or boolean is not a secret.
#[test]
fn a_literal_by_the_name_of_a_secret_is_not_shown() {
    let keys = "token_url = \"http://127.0.0.1:1/token\"\ngrant = \"none\"\nclient_auth = \"none\"\n\
                strategy = \"post_json\"\nparams = { password = \"hunter2\", tenant = \"acme\", returnSecureToken = true, keys = [1] }\n\
                headers = { Authorization = \"Bearer hunter2\", X-Api-Key = \"k-${SECRET}\" }";
    let tok = Sandbox::new().profile("p", keys).env("SECRET", "s3cret");
    for words in ["explain p", "explain p --json", "explain p --curl"] {
        let outcome = tok.run(words);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        let is_shown = |text: &str| outcome.stdout.contains(text);
        assert!(
            !is_shown("hunter2") && is_shown("acme") && is_shown("true"),
            "{}",
            outcome.stdout
        );
    }
    let command = tok.run("explain p --curl").stdout;
    assert!(
        command.contains("# PASSWORD stands for: value in the profiles file\n"),
        "{command}"
    );
    let body =
        r#"'{"password":"'"${PASSWORD}"'","tenant":"acme","returnSecureToken":true,"keys":[1]}'"#;
    assert!(command.contains(body), "{command}");
    assert!(
        command.contains("\"Authorization: ${AUTHORIZATION}\"")
            && command.contains("\"X-Api-Key: k-${SECRET}\"")
    );
}

/// Each parameter is looked up once: 50,000 took seconds when each lookup searched them all.
#[test]
fn very_many_parameters_are_explained() {
    let params: Vec<String> = (0..50_000).map(|n| format!("p{n} = \"{n}\"")).collect();
    let params = params.join("\n");
    let keys = format!(
        "token_url = \"http://127.0.0.1:1/token\"\nclient_id = \"x\"\nclient_auth = \"none\"\n[profiles.p.params]\n{params}"
    );
    let tok = Sandbox::new().profile("p", &keys);
    let outcome = tok.run("explain p");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.lines().count() > 50_000);
}
