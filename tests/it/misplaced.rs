//! A secret that was pasted where a name belongs is never shown, wherever it stands and whatever is asked.

use crate::support::Sandbox;

/// Each looks like a token, and each has characters of its own that a name could not have, or could.
const TOKENS: [&str; 3] = [
    "made_up_3f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c",
    "made/up+3f9a8b7c6d5e4f3a2b1c0d9e8f7a6b==",
    "Bearer.made-up.3f9a8b7c6d5e4f3a2b1c0d9e8f7",
];

const PROFILE: &str = "[profiles.p]\ntoken_url = \"https://127.0.0.1:1/t\"\nretries = 0\nclient_id = \"id\"\nclient_secret = { env = \"S\" }\n";

/// What is asked of each file, and what is on standard input.
const COMMANDS: [(&str, &str); 12] = [
    ("-vv get p", ""),
    ("--error-format json get p", ""),
    ("config check", ""),
    ("list", ""),
    ("doctor p", ""),
    ("explain p --curl", ""),
    ("explain p --json", ""),
    ("credential docker list", ""),
    ("credential git get", "protocol=https\nhost=h.example\n"),
    ("credential docker get", "https://h.example"),
    ("credential bazel get", "{\"uri\":\"https://h.example/x\"}"),
    ("credential cargo", CARGO),
];

const CARGO: &str =
    "{\"v\":1,\"registry\":{\"index-url\":\"sparse+https://h.example/\"},\"kind\":\"get\"}\n";

/// Those that are not about credential helpers.
const USUAL: usize = 7;

/// The middle of a token, which is in it however it is cut or escaped.
fn marker(token: &str) -> &str {
    &token[16..30]
}

#[track_caller]
fn is_silent_about(token: &str, text: &str, commands: &[(&str, &str)]) {
    let tok = Sandbox::new().profiles(text).env("S", "s3cret-value");
    for (line, input) in commands {
        let all = tok.run_with(line, input).all();
        let is_shown = all.contains(marker(token));
        assert!(!is_shown, "`tok {line}` with\n{text}\nprints\n{all}");
    }
}

#[test]
fn a_secret_in_place_of_a_profiles_name_in_the_table_of_urls() {
    for token in TOKENS {
        for row in [
            "\"https://h.example\" = \"@\"",
            "\"https://h.example\" = { profile = \"@\" }",
            "\"https://h.example\" = { profile = \"p\", scheme = \"@\" }",
            "\"https://h.example\" = { profile = \"p\", \"@\" = 1 }",
            "\"https://h.example\" = [\"@\"]",
            "\"@\" = \"https://h.example\"",
        ] {
            let row = row.replace('@', token);
            is_silent_about(
                token,
                &format!("{PROFILE}[credentials]\n{row}\n"),
                &COMMANDS,
            );
        }
    }
}

#[test]
fn a_secret_in_place_of_any_other_name_in_a_profile() {
    for token in TOKENS {
        for line in [
            "extends = \"@\"\npreset = \"@\"",
            "grant = \"@\"\nstrategy = \"@\"\nrenew = \"@\"",
            "omit = [\"@\"]\ntimeout = \"@\"",
            "\"@\" = \"x\"",
            "params = { \"@\" = [[1]] }\nheaders = { \"@\" = [1] }\nvars = { \"@\" = 1.5 }",
            "names = { \"@\" = \"x\" }\nresponse = { \"@\" = \"/x\" }",
            "error = { \"@\" = \"/x\" }\nstatus = { \"@\" = \"rejected\" }",
            "username = { \"@\" = \"x\" }",
            "[\"@\"]",
            "[profiles.\"@ @\"]",
            "[profiles.p.\"@\"]\nx = 1",
            "[profiles.p.params]\n\"@\" = 1\n\"@\" = 2",
            "[defaults]\n\"@\" = 1",
        ] {
            let line = line.replace('@', token);
            is_silent_about(token, &format!("{PROFILE}{line}\n"), &COMMANDS[..USUAL]);
        }
        let text = format!("\"{token}\" = 1\n{PROFILE}");
        is_silent_about(token, &text, &COMMANDS[..USUAL]);
    }
}

#[test]
fn a_secret_in_place_of_a_variables_name() {
    for token in TOKENS {
        let text = PROFILE.replace("\"S\"", &format!("\"{token}\""));
        is_silent_about(token, &text, &COMMANDS[..USUAL]);
    }
    // The template itself is shown by `tok explain`, as it is written.
    let text = PROFILE.replace("127.0.0.1", &format!("${{{}}}", TOKENS[0]));
    is_silent_about(
        TOKENS[0],
        &text,
        &[
            ("get p", ""),
            ("config check", ""),
            ("list", ""),
            ("doctor p", ""),
        ],
    );
    let text = PROFILE.replace("\"S\"", &format!("\"{}\"", TOKENS[0]));
    Sandbox::new().profiles(text).run("get p").fails(
        4,
        "error: profile `p`: `client_secret`: no environment variable has that name, which looks like a secret itself\n\n\
         hint: write the name of a variable; for the secret itself write `{ value = \"…\" }`\n",
    );
}

#[test]
fn a_secret_in_place_of_a_files_path() {
    for token in TOKENS {
        for source in [
            format!("{{ file = \"{token}\" }}"),
            format!("{{ properties = \"{token}\", key = \"a\" }}"),
        ] {
            let text = PROFILE.replace("{ env = \"S\" }", &source);
            is_silent_about(token, &text, &COMMANDS[..USUAL]);
        }
    }
    let text = PROFILE.replace(
        "{ env = \"S\" }",
        &format!("{{ file = \"{}\" }}", TOKENS[0]),
    );
    Sandbox::new().profiles(text).run("get p").fails_with(
        3,
        "profiles.toml:5: the path in the secret source of `client_secret` looks like a secret itself",
        "as `{ value = \"…\" }`",
    );
}

/// The history of a shell has it then; a log need not have it too.
#[test]
fn a_secret_on_the_command_line() {
    let lines = [
        "@",
        "get @",
        "get p @",
        "get --@",
        "get p --format @",
        "get p --min-ttl=@",
        "get p --param @",
        "--error-format json get p --timeout @",
        "--color @ list",
        "env @",
        "exec @ -- true",
        "expiry @",
        "forget @",
        "explain @",
        "doctor @",
        "curl @ -- x",
        "presets @",
        "init --preset @",
        "init --name @ --preset moov",
        "completions @",
        "man @",
        "config @",
        "credential @",
        "credential docker @",
        "credential terraform @ h",
        "credential keyring @ a b",
        "credential google --profile @",
    ];
    let tok = Sandbox::new().profiles(PROFILE);
    for token in TOKENS {
        // What can be a profile's name is one in the profile that is made.
        let lines = lines
            .iter()
            .filter(|line| token.contains('/') || !line.starts_with("init --name"));
        for line in lines {
            let outcome = tok.run(&line.replace('@', token));
            let all = outcome.all();
            assert!(
                outcome.code != 0 && !all.contains(marker(token)),
                "{line}: {all}"
            );
        }
        let outcome = tok.run(&format!("env p={token}"));
        let shown = outcome.stderr.contains(marker(token));
        assert!(!shown, "{outcome:?}");
    }
    let outcome = tok.run("get p --format made-up-3f9a8b7c6d5e4f3a2b1c");
    outcome.mentions("error: invalid value '…' for '--format <FORMAT>' [");
}

/// A long name with a slip in it is a name all the same.
#[test]
fn a_long_name_with_a_slip_in_it_is_shown() {
    let text = "[profiles.company-staging-internal-api]\npreset = \"moov\"\nclient_id = \"i\"\nclient_secret = { env = \"S\" }\nassume_expires_in_seconds = 5\n";
    let tok = Sandbox::new().profiles(text);
    tok.run("get company-staging-internla-api").fails_with(
        3,
        "unknown profile `company-staging-internla-api`",
        "did you mean `company-staging-internal-api`?",
    );
    tok.run("config check").fails_with(
        3,
        "unknown key `assume_expires_in_seconds`",
        "did you mean `assume_expires_in`?",
    );
}
