//! A profile of a provider's sample: what is written, what is said, and that it sends what the sample sends.

use std::fs;

use crate::support::samples::{canonical, samples};
use crate::support::{Sandbox, Tcp, Terminal};

const TOKEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\nConnection: close\r\n\r\n\
                     {\"access_token\":\"tok-1\",\"expires_in\":3600}";

/// `UPDATE_GENERATED=1` writes what comes of a sample into its folder, to be read before it is kept.
fn held_against(path: &std::path::Path, found: &str) {
    if std::env::var_os("UPDATE_GENERATED").is_some() && !path.exists() {
        fs::write(path, found).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(
        expected == found,
        "{}\n--- expected\n{expected}\n--- found\n{found}",
        path.display()
    );
}

#[test]
fn every_sample_becomes_its_profile() {
    let samples = samples();
    assert!(samples.len() > 20);
    for sample in samples {
        let sandbox = Sandbox::new();
        let outcome =
            sandbox.run_args(&["import", "curl", sample.path("sample").to_str().unwrap()]);
        assert_eq!(outcome.code, 0, "{}: {}", sample.name, outcome.stderr);
        held_against(&sample.path("profile.toml"), &outcome.stdout);
        held_against(&sample.path("warnings"), &outcome.stderr);
        // The same from standard input.
        let piped = sandbox.run_with_input("import curl", &sample.text("sample"));
        assert_eq!(
            (piped.stdout, piped.stderr),
            (outcome.stdout, outcome.stderr),
            "{}",
            sample.name
        );
    }
}

#[test]
fn the_profile_sends_what_the_sample_sends() {
    for sample in samples() {
        let server = Tcp::answering(TOKEN);
        let name = sample.profile();
        let mut sandbox = Sandbox::new()
            .profiles(sample.profile_here(&server.url("")))
            .file(".config/tok/assertion.txt", "an assertion\n");
        for (variable, value) in sample.env() {
            sandbox.set(&variable, &value);
        }
        let outcome = sandbox.run(&format!("get {name} --no-cache"));
        outcome.prints("tok-1\n");
        let [request] = server
            .finish()
            .try_into()
            .unwrap_or_else(|all| panic!("{}: {all:?}", sample.name));
        held_against(&sample.path("request"), &canonical(&request));
    }
}

/// Whatever is secret in a sample is neither in the profile nor on standard error.
#[test]
fn no_secret_of_a_sample_is_written() {
    let mut looked_for = 0;
    for sample in samples() {
        let outcome =
            Sandbox::new().run_args(&["import", "curl", sample.path("sample").to_str().unwrap()]);
        let mut secrets = sample.env();
        // A placeholder is no secret: of those that are, it is said where they went.
        secrets.retain(|(name, _)| outcome.stderr.contains(&format!("variable `{name}`")));
        for (name, value) in secrets {
            looked_for += 1;
            let is_said = outcome.stdout.contains(&value) || outcome.stderr.contains(&value);
            assert!(!is_said, "{}: {name}", sample.name);
        }
    }
    assert!(looked_for >= 12, "{looked_for}");
    let literals = ["made-up-proxy-word", "i1qxz68gu50zp4i8", "made-up-bearer"];
    for sample in samples() {
        let outcome =
            Sandbox::new().run_args(&["import", "curl", sample.path("sample").to_str().unwrap()]);
        for literal in literals {
            assert!(
                !outcome.stdout.contains(literal) && !outcome.stderr.contains(literal),
                "{}",
                sample.name
            );
        }
    }
}

#[test]
fn written_into_the_profiles_file_it_leaves_the_rest_alone() {
    let sandbox = Sandbox::new();
    let sample =
        "curl -u \"$ID:$SECRET\" -d grant_type=client_credentials https://auth.acme.example/token";
    let path = format!("{}\n", sandbox.profiles_file().display());
    sandbox
        .run_with_input("import curl --write", sample)
        .prints(&path);
    assert_eq!(Sandbox::mode(&sandbox.profiles_file()), 0o600);
    assert_eq!(
        Sandbox::mode(sandbox.profiles_file().parent().unwrap()),
        0o700
    );
    let first = fs::read_to_string(sandbox.profiles_file()).unwrap();
    sandbox
        .run_with_input("import curl --write", sample)
        .fails_with(
            1,
            "has a profile `acme` already, and is left as it is",
            "`--profile NAME`",
        );
    sandbox
        .run_with_input("import curl --write -p other", sample)
        .prints(&path);
    let both = fs::read_to_string(sandbox.profiles_file()).unwrap();
    let added = both.strip_prefix(&first).unwrap();
    assert!(added.contains("[profiles.other]") && !added.contains("[profiles.acme]"));
    sandbox
        .run("config check")
        .prints(&format!("{}: 2 profiles, all valid\n", path.trim_end()));
}

#[test]
fn what_is_no_sample_is_usage() {
    let sandbox = Sandbox::new();
    let cases = [
        (
            "",
            "there is no curl command in it",
            "paste the whole command",
        ),
        (
            "get a token with curl, as you like",
            "there is no curl command in it",
            "paste",
        ),
        (
            "curl 'https://a.example/t",
            "a quotation mark in the curl command is not closed",
            "to its last line",
        ),
        ("curl -d a=b", "the curl command has no URL", "https://"),
        (
            "curl -d a=b 'https://a.example/\nt'",
            "the curl command has no URL",
            "https://",
        ),
        (
            "curl -X PUT https://a.example/t",
            "its request is PUT",
            "requests the token",
        ),
        (
            "curl -F a=b https://a.example/t",
            "its body is multipart",
            "--data-urlencode",
        ),
        (
            "curl -d @body https://a.example/t",
            "its body comes from a file",
            "the body itself",
        ),
        (
            "curl -d '<a>b</a>' https://a.example/t",
            "its body is neither a form nor a JSON object",
            "by hand",
        ),
        (
            "curl --json '{\"a\":{}}' https://a.example/t",
            "`a` in its JSON body is neither text",
            "as a profile",
        ),
        (
            "curl -X GET -d a=b https://a.example/t",
            "it is a GET with a body",
            "drop `-X GET`",
        ),
        (
            "curl -d a=b http://a.example/t",
            "`token_url` is plain http to `a.example`",
            "https",
        ),
    ];
    for (sample, words, hint) in cases {
        sandbox
            .run_with_input("import curl", sample)
            .fails_with(2, words, hint);
    }
    let outcome = sandbox.run("import curl nowhere");
    outcome.fails_with(1, "cannot read `nowhere`", "");
    sandbox
        .run_with_input("import curl -p a/b", "curl https://a.example/t")
        .fails_with(2, "`a/b` is not a name", "a name is");
    assert_eq!(sandbox.files(), []);
}

/// Where no sample of a provider has it, and a person's own command may.
#[test]
fn a_secret_is_not_written_wherever_it_stands() {
    let word = "made-up-w0rd-of-a-secret";
    for sample in [
        "curl 'https://a.example/t?key=WORD' -d grant_type=client_credentials",
        "URL='https://a.example/t?key=WORD'\ncurl $URL -d a=b",
        "URL='https://me:WORD@a.example'\ncurl $URL/t -d a=b",
        "curl https://a.example/t -u WORD: -d grant_type=client_credentials",
        "curl https://a.example/t -u WORD -d grant_type=client_credentials",
        "curl https://WORD@a.example/t -d grant_type=client_credentials",
        "curl https://a.example/t -d 'user=bob&pass=WORD'",
        "curl https://a.example/t -d 'key=WORD&key=WORD'",
        "curl https://a.example/t -d 'api_key=WORD&api_secret=WORD'",
        "curl https://a.example/t -d a=b -H 'Authentication: WORD here'",
        "curl https://a.example/t -d a=b -e 'https://b.example/?token=WORD'",
        "curl https://a.example/t -d a=b -x 'http://me:WORD@proxy.example:80'",
        "curl https://a.example/t -d a=b -x \"http://$ME:WORD@proxy.example:80\"",
        "curl --no-such-option WORD https://a.example/t -d a=b",
        "curl --oauth2-b WORD https://a.example/t -d a=b",
        "curl https://a.example/t -d a=b -A 'acme/1.0 WORD'",
        "curl https://a.example/t -d a=b -A 'acme/1.0 (key=WORD)'",
        "curl https://a.example/t -d a=b -H 'X-Who: Bearer WORD'",
        "curl https://a.example/t -d 'a=b:WORD'",
        "curl https://a.example/t -d a=WORD$B -H \"X-A: WORD$B\"",
        "P=me:WORD@proxy.example:80\ncurl https://a.example/t -d a=b -x $P",
        "U=me:WORD\ncurl https://a.example/t -d a=b -x http://$U@proxy.example:80",
        "X=made-up\ncurl https://a.example/t -d foo=$X",
        "X=made-up\ncurl https://a.example/t -d foo=a$X",
        "X=made-up\ncurl https://a.example/t?foo=$X -d a=b",
        "X=made-up\ncurl https://a.example/t -d a=b -H \"X-Foo: $X\"",
    ] {
        let outcome = Sandbox::new().run_with_input("import curl", &sample.replace("WORD", word));
        assert_eq!(outcome.code, 0, "{sample}: {}", outcome.stderr);
        assert!(
            outcome
                .stdout
                .contains("\ntoken_url = \"https://a.example/t"),
            "{sample}: {}",
            outcome.stdout
        );
        assert!(
            !format!("{}{}", outcome.stdout, outcome.stderr).contains("made-up"),
            "{sample}: {}",
            outcome.stdout
        );
    }
    let number = "curl https://a.example/t --json '{\"user\":\"bob\",\"pin\":471100}'";
    let outcome = Sandbox::new().run_with_input("import curl", number);
    assert!(
        outcome.stdout.contains("pin = { env = ") && !outcome.stdout.contains("471100"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome
            .stderr
            .contains("`params.pin` is a number in the sample"),
        "{}",
        outcome.stderr
    );
}

/// Tenants and applications have names that look random too: what is public by its place is written, and told of.
#[test]
fn what_looks_like_a_secret_in_a_public_place_is_told_of() {
    let word = "made0up1word2of3a4secret";
    for (sample, key) in [
        ("curl https://a.example/hooks/WORD/t -d a=b", "token_url"),
        ("curl https://WORD.a.example/t -d a=b", "token_url"),
        ("curl 'https://a.example/t?WORD' -d a=b", "token_url"),
        ("curl 'https://a.example/t?WORD_key=b' -d a=b", "token_url"),
        (
            "X=WORD\nURL=https://a.example/WORD\ncurl $URL/t -d a=b",
            "token_url",
        ),
        (
            "curl -u $A:$B https://a.example/t -d grant_type=client_credentials -d scope=read+x:WORD",
            "scope",
        ),
        (
            "curl -u $A:$B https://a.example/t -d grant_type=client_credentials -d audience=https://b.example/WORD",
            "audience",
        ),
        (
            "curl -u $A:$B https://a.example/t -d grant_type=password -d username=WORD -d password=$P",
            "username",
        ),
        ("curl https://a.example/t -d WORD=b", "params"),
        ("curl https://a.example/t -d a=b -H 'X-WORD: b'", "headers"),
    ] {
        let outcome = Sandbox::new().run_with_input("import curl", &sample.replace("WORD", word));
        assert!(
            outcome.code == 0 && outcome.stdout.contains(word),
            "{sample}: {}",
            outcome.stdout
        );
        let said = format!(
            "warning: `{key}` stands in the profile in clear, and a part of it looks like a secret\n\
             hint: if it is one, write `${{A_SECRET}}` in its place, and `export A_SECRET=…`\n"
        );
        assert!(
            outcome.stderr.contains(&said),
            "{sample}: {}",
            outcome.stderr
        );
        assert!(
            !outcome.stderr.contains(word),
            "{sample}: {}",
            outcome.stderr
        );
    }
    let tenant =
        "curl -u $A:$B https://login.example/8f14e45f-ceea-167a-5a36-dedd4bea2543/token -d a=b";
    assert_eq!(
        Sandbox::new().run_with_input("import curl", tenant).stderr,
        ""
    );
}

#[test]
fn each_secret_has_a_variable_of_its_own() {
    for (sample, lines) in [
        (
            "-d keys=a1&keys=b1&keys=a1",
            "params = { keys = [{ env = \"A_KEYS\" }, { env = \"A_KEYS_2\" }, { env = \"A_KEYS\" }] }\n",
        ),
        (
            "-d token=a1 -H 'token: b1'",
            "params = { token = { env = \"A_TOKEN\" } }\nheaders = { token = { env = \"A_TOKEN_2\" } }\n",
        ),
        (
            "-d token=<a> -H 'token: <b>'",
            "params = { token = { env = \"A_TOKEN\" } }\nheaders = { token = { env = \"A_TOKEN\" } }\n",
        ),
        (
            "-d token=a1 -d pin=$A_TOKEN",
            "params = { token = { env = \"A_TOKEN\" }, pin = { env = \"A_TOKEN\" } }\n",
        ),
    ] {
        let sample = format!("curl https://a.example/t {sample}");
        let outcome = Sandbox::new().run_with_input("import curl", &sample);
        assert!(
            outcome.stdout.ends_with(lines),
            "{sample}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn a_proxy_with_a_password_is_told_of() {
    let proxy = "-x http://$U:made-up@proxy.example";
    let outcome = Sandbox::new().run_with_input(
        "import curl",
        &format!("curl https://a.example/t -d a=b {proxy}"),
    );
    assert!(
        outcome.stdout.contains("proxy = \"${A_PROXY}\"\n"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stderr.starts_with(
            "warning: the sample holds `proxy` in clear; the profile takes it from the variable `A_PROXY`\n"
        ),
        "{}",
        outcome.stderr
    );
    // Where it is in variables alone they stay.
    let outcome = Sandbox::new().run_with_input(
        "import curl",
        "H=proxy.example\ncurl https://a.example/t -d a=b -x http://$U:$P@$H:80",
    );
    assert!(
        outcome
            .stdout
            .contains("proxy = \"http://${U}:${P}@proxy.example:80\"\n"),
        "{}",
        outcome.stdout
    );
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_query_beside_a_body_stays_as_it_was_written() {
    let sample = "curl 'https://a.example/t?a=b%26c%23' --url-query d=e -d f=g";
    let outcome = Sandbox::new().run_with_input("import curl", sample);
    assert!(
        outcome
            .stdout
            .contains("token_url = \"https://a.example/t?a=b%26c%23&d=e\""),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_body_that_is_no_form_and_a_file_without_an_end_are_refused() {
    for word in ["made-up-word", "made0up1word2of3a4secret=="] {
        let sample = format!("curl https://a.example/t -d {word}");
        let body = Sandbox::new().run_with_input("import curl", &sample);
        assert_eq!((body.code, body.stdout.as_str()), (2, ""));
        assert!(!body.stderr.contains("made"), "{}", body.stderr);
    }
    let long = format!("curl https://a.example/t -d a=b\n{}", " ".repeat(1 << 20));
    let outcome = Sandbox::new().run_with_input("import curl", &long);
    outcome.fails(
        1,
        "error: cannot read standard input: there is more than 1 MiB of it\n",
    );
    if cfg!(unix) {
        let outcome = Sandbox::new().run_args(&["import", "curl", "/dev/zero"]);
        outcome.fails(1, "error: cannot read `/dev/zero`: it is too large\n");
    }
}

#[test]
fn a_paste_is_asked_for_where_there_is_somebody_to_paste() {
    let sandbox = Sandbox::new().file("sample", "curl -u $A:$B https://a.example/t -d a=b");
    let mut terminal = Terminal::run(&sandbox, "import curl");
    terminal
        .answer(
            "press Ctrl-D on a line of its own\n",
            "curl -u $A:$B https://a.example/t -d a=b",
        )
        .end_at("\n");
    let (code, stdout, shown) = terminal.finish();
    assert!(code == 0 && stdout.contains("[profiles.a]"), "{shown}");
    let piped = fs::File::open(sandbox.path("sample")).unwrap();
    let (code, same, shown) = Terminal::run_reading(&sandbox, "import curl", Some(piped)).finish();
    assert_eq!((code, same, shown.as_str()), (0, stdout, ""));
}

#[test]
fn a_sample_in_the_place_of_a_file_s_name_is_not_shown() {
    let sandbox = Sandbox::new();
    for sample in [
        "curl -u id:made-up-word https://a.example/t",
        "https://a.example/t?key=made-up-word",
    ] {
        let outcome = sandbox.run_args(&["import", "curl", sample]);
        outcome.fails_with(2, "this is the sample itself", "pipe the sample in");
        assert!(!outcome.stderr.contains("made-up"), "{}", outcome.stderr);
    }
    sandbox
        .run("import curl a8f14e45fceea167a5a36dedd4bea2543")
        .fails_with(1, "cannot read `…`", "");
    let file = "a-directory-of-samples/of-a-provider";
    sandbox
        .run(&format!("import curl {file}"))
        .fails_with(1, &format!("cannot read `{file}`"), "");
}

#[test]
fn a_sample_is_read_in_any_encoding() {
    let text = "caf\u{e9}\ncurl -u $A:$B https://a.example/t -d a=b\n";
    let utf16 = |of: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(of)
            .collect()
    };
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let expected = Sandbox::new().run_with_input("import curl", text).stdout;
    assert!(
        expected.contains("client_id = { env = \"A\" }"),
        "{expected}"
    );
    for bytes in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes), latin] {
        let sandbox = Sandbox::new().file("sample", bytes);
        sandbox.run("import curl sample").prints(&expected);
        sandbox
            .shell("\"$TOK\" import curl < sample")
            .prints(&expected);
    }
}

/// Nothing here takes a time that grows faster than the page, and nothing goes down as deep as the page does.
#[test]
fn a_page_of_traps_is_read_or_refused() {
    let curl = "curl https://a.example/t -d a=";
    for (before, trap, after, code) in [
        ("", "curl https://a.example/t -d a=b\n", "", 0),
        ("", "curl 'x\n", "", 2),
        ("a", " | curl", "", 2),
        ("curl https://a.example/", "{a}/", " -d a=b", 2),
        ("curl https://a.example/t", " -d key=$B$A", "", 2),
        (curl, "b&key=", "c", 2),
        (curl, "<<A ", "\n", 0),
        (curl, "${", "", 2),
        (curl, "$(echo base64 ", "", 0),
        ("<pre>", "<a", "</pre>", 2),
    ] {
        let page = format!("{before}{}{after}", trap.repeat(400_000 / trap.len()));
        let outcome = Sandbox::new().run_with_input("import curl", &page);
        assert_eq!(outcome.code, code, "{trap}: {}", outcome.stderr);
    }
}
