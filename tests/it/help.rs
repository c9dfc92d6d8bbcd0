//! The help: every command has one, and it never shows what a variable holds.

use crate::support::Sandbox;

/// The words of every command, the program's own first.
fn commands() -> Vec<String> {
    fn visit(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        found.push(path.to_owned());
        for sub in command.get_subcommands() {
            visit(
                sub,
                format!("{path} {}", sub.get_name()).trim_start(),
                found,
            );
        }
    }
    let mut found = Vec::new();
    visit(&tok::cli::Cli::declaration(), "", &mut found);
    found
}

#[test]
fn help_shows_no_values_of_variables() {
    let names = [
        "TOK_CONFIG",
        "TOK_CACHE_DIR",
        "TOK_MIN_TTL",
        "TOK_TIMEOUT",
        "HTTPS_PROXY",
        "SECRET",
    ];
    let tok = names
        .iter()
        .fold(Sandbox::new(), |tok, name| tok.env(name, "a-value-of-mine"));
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        for flag in ["--help", "-h"] {
            let outcome = tok.run(&format!("{command} {flag}"));
            assert_eq!(
                (outcome.code, outcome.stderr.as_str()),
                (0, ""),
                "{command}"
            );
            assert!(outcome.stdout.contains("Usage: tok"), "{command}");
            assert!(
                !outcome.stdout.contains("a-value-of-mine"),
                "{command}: {}",
                outcome.stdout
            );
            assert!(
                !outcome.stdout.contains('\u{1b}'),
                "{command}: colour in a pipe"
            );
        }
    }
}

/// What is typed is seen by everybody on the machine.
#[test]
fn no_flag_takes_a_secret() {
    fn visit(command: &clap::Command) {
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str();
            assert!(
                !["secret", "password"]
                    .iter()
                    .any(|word| name.contains(word)),
                "{name}"
            );
        }
        command.get_subcommands().for_each(visit);
    }
    visit(&tok::cli::Cli::declaration());
}

#[test]
fn what_cannot_be_parsed_is_usage() {
    let tok = Sandbox::new();
    for words in [
        "",
        "gett api",
        "get",
        "get a b",
        "get --nonsense a",
        "expiry",
    ] {
        let outcome = tok.run(words);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{words}: {}",
            outcome.stderr
        );
        assert!(!outcome.stderr.is_empty(), "{words}");
    }
    let outcome = tok.run("get --nonsense a --error-format json");
    let error: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(
        (&error["code"], &error["kind"]),
        (&2.into(), &"usage".into())
    );
    tok.run("--version")
        .prints(concat!("tok ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_wrong_error_format_is_usage() {
    let tok = Sandbox::new().env("TOK_ERROR_FORMAT", "xml");
    tok.run("config path").fails_with(
        2,
        "the value of `TOK_ERROR_FORMAT` is neither `text` nor `json`",
        "`unset TOK_ERROR_FORMAT`",
    );
}

/// A terminal has its own width: a line that is broken beforehand is broken twice there.
#[test]
fn paragraphs_of_the_help_are_broken_by_the_terminal_alone() {
    fn visit(command: &clap::Command) {
        let texts = [
            command.get_long_about(),
            command.get_after_long_help(),
            command.get_after_help(),
        ];
        for text in texts.into_iter().flatten().map(ToString::to_string) {
            let is_broken =
                |paragraph: &str| paragraph.lines().skip(1).any(|line| !line.starts_with(' '));
            let broken: Vec<&str> = text
                .split("\n\n")
                .filter(|paragraph| is_broken(paragraph))
                .collect();
            assert!(broken.is_empty(), "{}: {broken:?}", command.get_name());
        }
        command.get_subcommands().for_each(visit);
    }
    visit(&tok::cli::Cli::declaration());
}

/// What says something that cannot be read is not passed over.
#[cfg(unix)]
#[test]
fn a_variable_of_toks_own_that_is_no_text_is_usage() {
    use std::os::unix::ffi::OsStrExt as _;
    let tok = Sandbox::new().profile(
        "p",
        "token_url = \"http://127.0.0.1:1/\"\nclient_auth = \"none\"\nclient_id = \"x\"",
    );
    for name in ["TOK_MIN_TTL", "TOK_TIMEOUT", "TOK_ERROR_FORMAT"] {
        let value = std::ffi::OsStr::from_bytes(b"\xff");
        let output = tok.process("get p").env(name, value).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        let is_named = message.starts_with(&format!("error: the value of `{name}` is "));
        assert!(
            output.status.code() == Some(2) && output.stdout.is_empty() && is_named,
            "{name}: {message}"
        );
    }
}

/// As with `git help` and `kubectl help`.
#[test]
fn help_is_a_word_too() {
    let tok = Sandbox::new();
    for (words, flag) in [
        ("help", "--help"),
        ("help get", "get --help"),
        ("help config path", "config path --help"),
    ] {
        tok.run(words).prints(&tok.run(flag).stdout);
    }
    assert_eq!(tok.run("help nonsense").code, 2);
}

/// Forgotten dashes, and commands by the names that other programs use.
#[test]
fn usual_mistakes_have_a_hint() {
    let mut tok = Sandbox::new();
    let cases = [
        (
            "exec a true",
            "put `--` before the program: `tok exec PROFILE -- PROGRAM ARGS`",
        ),
        (
            "exec a -x",
            "put `--` before the program: `tok exec PROFILE -- PROGRAM ARGS`",
        ),
        (
            "curl a -s u",
            "put `--` before curl's own arguments: `tok curl PROFILE -- ARGS`",
        ),
        (
            "curl u",
            "put `--` before curl's own arguments: `tok curl PROFILE -- ARGS`",
        ),
        (
            "import curl --bogus",
            "usage: `tok import curl [OPTIONS] [FILE]`; `--help` explains it",
        ),
        (
            "moost",
            "`tok get PROFILE` prints a token; `tok --help` lists all commands",
        ),
        ("rm moost", "did you mean `tok forget`?"),
        ("gett moost", "did you mean `tok get`?"),
        (
            "get -p moost",
            "name the profile without a flag, as in `tok get PROFILE`",
        ),
        (
            "curl a --",
            "usage: `tok curl <PROFILE> -- <ARGS>...`; `--help` explains it",
        ),
    ];
    for (words, hint) in cases {
        let text = tok.run(words).stderr;
        assert!(
            text.ends_with(&format!("\n\nhint: {hint}\n")),
            "{words}: {text}"
        );
    }
    tok.set("TOK_ERROR_FORMAT", "json");
    for (words, hint) in cases {
        let told: serde_json::Value = serde_json::from_str(&tok.run(words).stderr).unwrap();
        assert_eq!(told["hint"], hint, "{words}");
    }
}

/// Wrong usage reads like every other error: the hint stands last, and no line ends with a period.
#[test]
fn usage_errors_have_the_form_of_all_others() {
    let mut tok = Sandbox::new();
    for words in [
        "list x",
        "get",
        "get a b",
        "get --nonsense a",
        "get a --format xml",
        "get a --min-ttl soon",
    ] {
        let text = tok.run(words).stderr;
        assert!(
            text.starts_with("error: ")
                && (text.ends_with("`; `--help` explains it\n")
                    || text.ends_with("\n\nhint: `--help` explains each option\n")),
            "{text}"
        );
        assert!(text.lines().all(|line| !line.ends_with('.')), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
    tok.set("TOK_ERROR_FORMAT", "json");
    let cases = [
        (
            "",
            "the command is missing",
            "`tok --help` lists the commands",
        ),
        (
            "get",
            "the following required arguments were not provided: <PROFILE>",
            "usage: `tok get <PROFILE>`; `--help` explains it",
        ),
        (
            "get a --fresch",
            "unexpected argument '--fresch' found",
            "did you mean `--fresh`?",
        ),
    ];
    for (words, message, hint) in cases {
        let outcome = tok.run(words);
        let expected = serde_json::json!({
            "code": 2, "kind": "usage", "profile": null, "message": message, "hint": hint,
        });
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&outcome.stderr).unwrap(),
            expected,
            "{words}"
        );
    }
    // The flag beats the variable here as well, wherever it stands; behind `--` it belongs to the program.
    for words in [
        "get --error-format text",
        "get --error-format json --error-format=text",
    ] {
        assert!(tok.run(words).stderr.starts_with("error: "), "{words}");
    }
    assert!(
        tok.run("exec -- cmd --error-format text")
            .stderr
            .starts_with('{')
    );
    assert!(
        tok.run("get --color always --error-format text")
            .stderr
            .starts_with("\u{1b}[")
    );
}

/// What was typed is shown, but never as a line of its own, or as something that a terminal obeys.
#[test]
fn an_argument_brings_no_control_character_to_the_terminal() {
    let tok = Sandbox::new();
    let odd = "x\n\n::error::y\u{1b}[2J";
    for args in [
        vec![odd],
        vec!["get", "a", odd],
        vec!["get", "--format", odd, "a"],
        vec!["get", odd],
        vec!["man", odd],
    ] {
        let text = tok.run_args(&args).stderr;
        let is_obeyed = |line: &str| line.starts_with("::") || line.contains('\u{1b}');
        assert!(!text.lines().any(is_obeyed), "{args:?}: {text}");
        assert!(text.starts_with("error: "), "{args:?}: {text}");
    }
}

/// `COLUMNS` is the width of the help; 0 is no width.
#[test]
fn help_has_the_width_of_columns() {
    let mut tok = Sandbox::new();
    let usual = tok.run("get --help").stdout;
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap();
    for columns in ["0", "", "wide", "-5"] {
        tok.set("COLUMNS", columns);
        assert_eq!(tok.run("get --help").stdout, usual, "{columns}");
    }
    tok.set("COLUMNS", "60");
    let narrow = tok.run("get --help").stdout;
    assert!(widest(&usual) > 60 && widest(&narrow) <= 60, "{narrow}");
}
