//! Secrets in a provider's sample: none is written, and none is shown.

use crate::support::Sandbox;
use crate::support::samples::samples;

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

/// Where no sample of a provider has it, and a person's own command may.
#[test]
fn a_secret_is_not_written_wherever_it_stands() {
    let secret = "made-up-w0rd-of-a-secret";
    for rest in [
        "-d grant_type=client_credentials -u WORD:",
        "-d grant_type=client_credentials -u WORD",
        "-d 'user=bob&pass=WORD'",
        "-d 'key=WORD&key=WORD'",
        "-d 'api_key=WORD&api_secret=WORD'",
        "-d a=b -H 'Authentication: WORD here'",
        "-d a=b -e 'https://b.example/?token=WORD'",
        "-d a=b -x 'http://me:WORD@proxy.example:80'",
        "-d a=b -A 'acme/1.0 WORD'",
        "-d a=b -A 'acme/1.0 (key=WORD)'",
        "-d a=b -H 'X-Who: Bearer WORD'",
        "-d 'a=b:WORD'",
        "-d a=WORD$B -H \"X-A: WORD$B\"",
        "-d a=b -b session=WORD",
        "-d a=b -H 'Authorization: Basic WORD'",
    ] {
        let sample = format!("curl https://a.example/t {rest}").replace("WORD", secret);
        let outcome = Sandbox::new().run_with("import curl", &sample);
        assert_eq!(outcome.code, 0, "{sample}: {}", outcome.stderr);
        let url = "\ntoken_url = \"https://a.example/t\"\n";
        assert!(outcome.stdout.contains(url), "{sample}: {}", outcome.stdout);
        let shown = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!shown.contains("made-up"), "{sample}: {shown}");
    }
    for (sample, url) in [
        (
            "curl 'https://a.example/t?key=WORD' -d a=b",
            "?key=${A_KEY}",
        ),
        (
            "curl https://me:WORD@a.example/t -d grant_type=client_credentials",
            "",
        ),
        (
            "curl https://WORD@a.example/t -d grant_type=client_credentials",
            "",
        ),
    ] {
        let outcome = Sandbox::new().run_with("import curl", &sample.replace("WORD", secret));
        let line = format!("\ntoken_url = \"https://a.example/t{url}\"\n");
        assert!(
            outcome.stdout.contains(&line),
            "{sample}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
        let shown = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!shown.contains("made-up"), "{sample}: {shown}");
    }
    let number = "curl https://a.example/t --json '{\"user\":\"bob\",\"pin\":471100}'";
    let outcome = Sandbox::new().run_with("import curl", number);
    assert!(
        outcome.stdout.contains("pin = { env = ") && !outcome.stdout.contains("471100"),
        "{}",
        outcome.stdout
    );
    outcome.mentions("`params.pin` is a number in the sample");
}

#[test]
fn a_refusal_shows_no_secret() {
    let secret = "made0up1word2of3a4secret";
    for rest in [
        "--WORD -d a=b",
        "--no-such-option WORD -d a=b",
        "--oauth2-b WORD -d a=b",
        "-d a=b WORD",
        "-d WORD",
        "-d WORD==",
        "-d WORD=b",
        "-X WORD",
        "-d a=b -H 'X-WORD: b'",
        "--json '{\"WORD\":{}}'",
        "--json '{\"WORD\":1}'",
        "--json WORD",
    ] {
        let sample = format!("curl 'https://a.example/t' {rest}").replace("WORD", secret);
        let outcome = Sandbox::new().run_with("import curl", &sample);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{sample}");
        outcome.never_shows("made0up");
    }
}

/// Tenants and applications have names that look random too: what is public by its place is written, with a warning.
#[test]
fn what_looks_like_a_secret_in_a_public_place_is_warned_of() {
    let secret = "made0up1word2of3a4secret";
    for (sample, key) in [
        ("curl https://a.example/hooks/WORD/t -d a=b", "token_url"),
        ("curl https://WORD.a.example/t -d a=b", "token_url"),
        (
            "curl -u $A:$B https://a.example/t -d grant_type=client_credentials -d scope=read+x:WORD",
            "scope",
        ),
        (
            "curl -u $A:$B https://a.example/t -d grant_type=client_credentials -d audience=https://b.example/WORD",
            "audience",
        ),
    ] {
        let outcome = Sandbox::new().run_with("import curl", &sample.replace("WORD", secret));
        assert!(
            outcome.code == 0 && outcome.stdout.contains(secret),
            "{sample}: {}",
            outcome.stdout
        );
        let warning = format!(
            "warning: `{key}` is written in clear, and a part of it looks like a secret\n\
             hint: if it is one, write `${{A_SECRET}}` in its place, and `export A_SECRET=…`\n"
        );
        assert_eq!(outcome.stderr, warning, "{sample}");
    }
    let tenant =
        "curl -u $A:$B https://login.example/8f14e45f-ceea-167a-5a36-dedd4bea2543/token -d a=b";
    assert_eq!(Sandbox::new().run_with("import curl", tenant).stderr, "");
}

#[test]
fn each_secret_has_a_variable_of_its_own() {
    for (rest, lines) in [
        (
            "-d keys=a1&keys=b1&keys=a1",
            "params.keys = [{ env = \"A_KEYS\" }, { env = \"A_KEYS_2\" }, { env = \"A_KEYS\" }]\n",
        ),
        (
            "-d token=a1 -H 'token: b1'",
            "params.token = { env = \"A_TOKEN\" }\nheaders.token = { env = \"A_TOKEN_2\" }\n",
        ),
        (
            "-d token=<a> -H 'token: <b>'",
            "params.token = { env = \"A_TOKEN\" }\nheaders.token = { env = \"A_TOKEN\" }\n",
        ),
        (
            "-d a=$X -d b=${X} -d c='$Y' -d d=z$Z",
            "params.a = { env = \"X\" }\nparams.b = { env = \"X\" }\nparams.c = { env = \"Y\" }\nparams.d = \"z${Z}\"\n",
        ),
    ] {
        let sample = format!("curl https://a.example/t {rest}");
        let outcome = Sandbox::new().run_with("import curl", &sample);
        assert!(
            outcome.stdout.ends_with(lines),
            "{sample}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn a_sample_in_the_place_of_a_file_s_name_is_not_shown() {
    let tok = Sandbox::new();
    for sample in [
        "curl -u id:made-up-word https://a.example/t",
        "https://a.example/t?key=made-up-word",
    ] {
        let outcome = tok.run_args(&["import", "curl", sample]);
        outcome.fails_with(2, "the argument is the sample itself", "pipe the sample in");
        outcome.never_shows("made-up");
    }
    tok.run("import curl a8f14e45fceea167a5a36dedd4bea2543")
        .fails_with(1, "cannot read `…`", "");
    let file = "a-directory-of-samples/of-a-provider";
    tok.run(&format!("import curl {file}"))
        .fails_with(1, &format!("cannot read `{file}`"), "");
}
