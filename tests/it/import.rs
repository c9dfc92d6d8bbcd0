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
        let tok = Sandbox::new();
        let outcome = tok.run_args(&["import", "curl", sample.path("sample").to_str().unwrap()]);
        assert_eq!(outcome.code, 0, "{}: {}", sample.name, outcome.stderr);
        held_against(&sample.path("profile.toml"), &outcome.stdout);
        held_against(&sample.path("warnings"), &outcome.stderr);
        // The same from standard input.
        let piped = tok.run_with("import curl", &sample.text("sample"));
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
        let mut tok = Sandbox::new().profiles(sample.profile_here(&server.url("")));
        for (variable, value) in sample.env() {
            tok.set(&variable, &value);
        }
        let outcome = tok.run(&format!("get {name} --no-cache"));
        outcome.prints("tok-1\n");
        let [request] = server
            .finish()
            .try_into()
            .unwrap_or_else(|all| panic!("{}: {all:?}", sample.name));
        held_against(&sample.path("request"), &canonical(&request));
    }
}

#[test]
fn written_into_the_profiles_file_it_leaves_the_rest_alone() {
    let tok = Sandbox::new();
    let sample =
        "curl -u \"$ID:$SECRET\" -d grant_type=client_credentials https://auth.acme.example/token";
    let path = format!("{}\n", tok.profiles_file().display());
    let next = "\nnext:\n  export ID=…\n  export SECRET=…\n  tok explain acme\n  tok get acme\n";
    tok.run_with("import curl --write", sample)
        .prints_and_warns(&path, next);
    assert_eq!(Sandbox::mode(&tok.profiles_file()), 0o600);
    assert_eq!(Sandbox::mode(tok.profiles_file().parent().unwrap()), 0o700);
    let first = tok.read(".config/tok/profiles.toml");
    tok.run_with("import curl --write", sample).fails_with(
        1,
        "already has a profile `acme`",
        "`--profile NAME`",
    );
    tok.run_with("import curl --write -p other -q", sample)
        .prints(&path);
    let both = tok.read(".config/tok/profiles.toml");
    let added = both.strip_prefix(&first).unwrap();
    assert!(added.contains("[profiles.other]") && !added.contains("[profiles.acme]"));
    tok.run("config check")
        .prints(&format!("{}: 2 profiles, all valid\n", path.trim_end()));
}

#[test]
fn what_is_no_request_is_refused_and_said_why() {
    let tok = Sandbox::new();
    let cases = [
        (
            "",
            "it contains no curl command and no HTTP request",
            "begin a line with `curl`",
        ),
        (
            "wget --post-data a=b https://a.example/t",
            "it contains no curl",
            "other tools",
        ),
        (
            "curl 'https://a.example/t",
            "a quotation mark or bracket in the curl command is not closed",
            "last line",
        ),
        (
            "curl -X POST ^\n  https://a.example/t",
            "it is a command for Windows' cmd or PowerShell",
            "for bash",
        ),
        ("curl -d a=b", "it has no URL", "https://"),
        ("POST /t HTTP/1.1\n\na=b", "it has no URL", "`Host` header"),
        (
            "curl 'https://a.example/t?\na=b'",
            "its URL continues on another line",
            "join the lines",
        ),
        (
            "curl https://a.example/t -d a=b c",
            "it has more than one URL",
            "into plain quotes",
        ),
    ];
    for (sample, message, hint) in cases {
        tok.run_with("import curl", sample)
            .fails_with(2, message, hint);
    }
    tok.run("import curl nowhere")
        .fails_with(1, "cannot read `nowhere`", "");
    tok.run_with("import curl -p a/b", "curl https://a.example/t")
        .fails_with(2, "`a/b` is not a valid profile name", "a name is");
    assert_eq!(tok.files(), []);
}

#[test]
fn what_no_profile_can_send_is_refused_and_said_why() {
    let tok = Sandbox::new();
    let json = "curl https://a.example/t --json";
    let cases = [
        (
            "curl -X DELETE https://a.example/t",
            "its method is DELETE",
            "requests the token",
        ),
        (
            "curl -I https://a.example/t",
            "its method is HEAD",
            "requests the token",
        ),
        (
            "curl -F a=b https://a.example/t",
            "it uses `--form`",
            "--data-urlencode",
        ),
        (
            "curl --cert c https://a.example/t",
            "it uses `--cert`",
            "remove it",
        ),
        (
            "curl -d @body https://a.example/t",
            "read from a file or standard input",
            "the command itself",
        ),
        (
            "curl -d @- https://a.example/t <<< a=b",
            "read from a file or standard input",
            "the command itself",
        ),
        (
            "curl -d '<a b=\"c\"/>' https://a.example/t",
            "its body is neither a form nor a JSON object",
            "single quotes",
        ),
        (
            &format!("{json} '{{\"a\":$B}}'"),
            "its body is neither a form nor a JSON object",
            "double quotes",
        ),
        (
            &format!("{json} '{{\"a\":{{}}}}'"),
            "`a` in its JSON body is null, an object",
            "no profile can send that",
        ),
        (
            "curl -X GET -d a=b https://a.example/t",
            "it is a GET with a body",
            "`-X GET`",
        ),
        (
            "curl -H \"Authorization: Bearer $TOKEN\" https://a.example/v1/users",
            "it sends a Bearer token and no grant: it calls an API",
            "requests the token",
        ),
        (
            "curl https://a.example/t",
            "it sends neither credentials nor parameters",
            "requests the token",
        ),
        (
            "curl -d a=b http://a.example/t",
            "`token_url` is plain http to `a.example`",
            "https",
        ),
    ];
    for (sample, message, hint) in cases {
        tok.run_with("import curl", sample)
            .fails_with(2, message, hint);
    }
}

#[test]
fn a_parameter_that_only_looks_like_a_placeholder_is_warned_of() {
    let sample = "curl https://a.example/t -d product=my-product -d token_type=ACCESS_TOKEN -d tenant=<tenant>";
    let outcome = Sandbox::new().run_with("import curl", sample);
    let lines = "params.product = { env = \"A_PRODUCT\" }\nparams.token_type = \"ACCESS_TOKEN\"\nparams.tenant = { env = \"A_TENANT\" }\n";
    assert!(outcome.stdout.ends_with(lines), "{}", outcome.stdout);
    assert_eq!(
        outcome.stderr,
        "warning: `params.product` looks like a placeholder; the profile takes it from the variable `A_PRODUCT`\n\
         hint: if the provider wants exactly that value, write it into the profile\n"
    );
}

#[test]
fn a_url_that_begins_with_a_variable_stays_as_it_is() {
    for (url, expected) in [
        ("$TOKEN_URL", "${TOKEN_URL}"),
        (
            "\"${OAUTH_ENDPOINT:-none}/token\"",
            "${OAUTH_ENDPOINT}/token",
        ),
        ("{{baseUrl}}/token", "${API_BASE_URL}/token"),
        ("https://$HOST/token", "https://${HOST}/token"),
        ("acme.example/token", "https://acme.example/token"),
        ("localhost:8080/token", "http://localhost:8080/token"),
        (
            "https://acme.example/accounts/ACXXXXXXXX/token",
            "https://acme.example/accounts/${ACME_ID}/token",
        ),
    ] {
        let sample = format!("curl -u $ID:$SECRET -d a=b {url}");
        let outcome = Sandbox::new().run_with("import curl", &sample);
        assert!(
            outcome
                .stdout
                .contains(&format!("\ntoken_url = \"{expected}\"\n")),
            "{url}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
        assert_eq!(outcome.stderr, "", "{url}");
    }
}

#[test]
fn more_than_a_mebibyte_is_not_read() {
    let long = format!("curl https://a.example/t -d a=b\n{}", " ".repeat(1 << 20));
    let outcome = Sandbox::new().run_with("import curl", &long);
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
fn a_paste_is_asked_for_at_a_terminal() {
    let tok = Sandbox::new().file("sample", "curl -u $A:$B https://a.example/t -d a=b");
    let mut terminal = Terminal::run(&tok, "import curl");
    terminal
        .answer(
            "press Ctrl-D on a line of its own\n",
            "curl -u $A:$B https://a.example/t -d a=b",
        )
        .end_at("\n");
    let (code, stdout, shown) = terminal.finish();
    assert!(code == 0 && stdout.contains("[profiles.a]"), "{shown}");
    let piped = fs::File::open(tok.path("sample")).unwrap();
    let (code, same, shown) = Terminal::run_reading(&tok, "import curl", Some(piped)).finish();
    assert_eq!((code, same, shown.as_str()), (0, stdout, ""));
}

/// Nothing takes a time that grows faster than the text, and nothing recurses into it.
#[test]
fn a_text_of_traps_is_read_or_refused() {
    let curl = "curl https://a.example/t -d a=";
    for (before, trap, after, code) in [
        ("", "curl https://a.example/t -d a=b\n", "", 0),
        ("", "curl 'x\n", "", 2),
        ("", "curl \\\n", "", 2),
        ("", "\n", "", 2),
        ("a", " | curl", "", 2),
        ("curl https://a.example/", "{a}/", " -d a=b", 2),
        ("curl https://a.example/t", " -d key=$B$A", "", 2),
        (curl, "b&key=", "c", 2),
        (curl, "<<A ", "\n", 0),
        (curl, "<", "", 0),
        (curl, "\\ ", "", 2),
        (curl, "${a", "", 2),
        (curl, "$(echo ", "", 2),
        ("POST https://a.example/t\n", "a: b\n", "\nc=d", 2),
    ] {
        let text = format!("{before}{}{after}", trap.repeat(400_000 / trap.len()));
        let begin = std::time::Instant::now();
        let outcome = Sandbox::new().run_with("import curl", &text);
        assert_eq!(outcome.code, code, "{trap}: {}", outcome.stderr);
        let seconds = begin.elapsed().as_secs();
        assert!(seconds < 10, "{trap}: {seconds} s");
    }
    // The longest that is read, of one name and of many.
    for unit in ["key=x&", "key=@&", "@=x&"] {
        let body: String = (0..2400)
            .map(|number| unit.replace('@', &number.to_string()))
            .collect();
        let sample = format!("curl https://a.example/t -d '{body}'");
        let outcome = Sandbox::new().run_with("import curl", &sample);
        assert!(
            outcome.code == 0 || outcome.stderr.contains("too long"),
            "{}",
            outcome.stderr
        );
    }
}
