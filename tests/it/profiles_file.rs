//! What is wrong with a profiles file as a whole: it is not there, not TOML in some place, or has no such profile.

use std::fs;

use crate::support::{Outcome, Sandbox, Server};

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
fn no_file() {
    Sandbox::new().run("get p").fails(
        3,
        "error: [HOME]/.config/tok/profiles.toml: there is no profiles file here\n\n\
         hint: make one with `tok init --preset NAME`; `tok presets` lists the names\n",
    );
    Sandbox::new()
        .run("get p --config nowhere.toml")
        .fails_with(
            3,
            "nowhere.toml: there is no profiles file here",
            "tok init",
        );
}

#[test]
fn an_empty_file() {
    for text in ["", "\n\n# nothing\n", "\u{feff}"] {
        said_of(text).fails_with(
            3,
            "profiles.toml: there is no profile `p`",
            "the file has no profiles",
        );
    }
}

#[test]
fn a_directory() {
    let tok = Sandbox::new();
    fs::create_dir_all(tok.profiles_file()).unwrap();
    tok.run("get p").fails_with(
        3,
        "[HOME]/.config/tok/profiles.toml: is a directory, not a profiles file",
        "name the file itself",
    );
}

#[test]
fn not_utf8() {
    said_of(b"[profiles.p]\n# caf\xe9\n").fails(
        3,
        "error: [HOME]/.config/tok/profiles.toml:2: not valid UTF-8\n\nhint: save the file as UTF-8\n",
    );
}

#[test]
fn a_profile_that_is_not_there() {
    let tok = Sandbox::new()
        .profile("moost", "preset = \"moost\"")
        .profile("moov", "preset = \"moov\"");
    tok.run("get mosot").fails(
        3,
        "error: [HOME]/.config/tok/profiles.toml: there is no profile `mosot`\n\nhint: did you mean `moost`?\n",
    );
    tok.run("get else").fails_with(
        3,
        "there is no profile `else`",
        "`tok list` shows the profiles",
    );
    tok.run("get metapack").fails_with(
        3,
        "there is no profile `metapack`",
        "`tok init --preset metapack --append`",
    );
}

#[test]
fn a_name_that_no_profile_can_have() {
    let tok = Sandbox::new().profile("p", "preset = \"moov\"");
    for name in ["a/b", "../p", ".p", "_p", "a:b", "ä", &"x".repeat(65)] {
        tok.run_args(&["get", name])
            .fails_with(3, "not a valid profile name", "up to 64 letters");
    }
    tok.run_args(&["get", "--", "-p"]).fails_with(
        3,
        "not a valid profile name",
        "up to 64 letters",
    );
    tok.run_args(&["get", ""])
        .fails_with(3, "not a valid profile name", "up to 64 letters");
}

/// In every way that a file can be broken somewhere else.
#[test]
fn a_broken_profile_does_not_break_another() {
    let broken = [
        "[profiles.bad]\ntoken_ulr = \"x\"\n",
        "[profiles.bad]\nclient_secret = \"in the clear\"\n",
        "[profiles.bad]\nthis is not TOML\n",
        "[profiles.bad]\nscope = \"never closed\n",
        "[profiles.bad]\nscope = [\"a\",\n",
        "[profiles.bad]\nextends = \"bad\"\n",
        "[profiles.bad]\na = 1\na = 2\n",
        "[profiles.bad]\npreset = \"none-such\"\n",
    ];
    for broken in broken {
        for before in [true, false] {
            let (_server, tok) = Server::issuing("tok-1");
            let good = fs::read_to_string(tok.profiles_file()).unwrap();
            tok.write_profiles(if before {
                format!("{broken}{good}")
            } else {
                format!("{good}{broken}")
            });
            tok.run("get api").prints("tok-1\n");
            let outcome = tok.run("get bad");
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (3, ""),
                "{broken}: {}",
                outcome.stderr
            );
            assert!(
                !outcome.stderr.contains("in the clear"),
                "{}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn a_syntax_error_has_its_line_and_not_its_text() {
    let outcome = with("scope = \"XYZ");
    outcome.fails_with(
        3,
        "profiles.toml:5:13: not valid TOML",
        "a string ends on its line",
    );
    assert!(!outcome.stderr.contains("XYZ"));
}

/// It may stand where the file cannot be read.
#[test]
fn a_profile_that_is_not_found_in_a_broken_file_has_the_files_errors() {
    let text =
        "[profiles.a]\nscope = read\n[profiles.good]\npreset = \"moov\"\n[profiles.b\nx = 1\n";
    let tok = Sandbox::new().profiles(text);
    tok.run("get missing").fails(
        3,
        "error: profile `missing`: [HOME]/.config/tok/profiles.toml:2:9: not valid TOML: string values must be quoted; \
         line 5: not a valid table header\n\nhint: write text in quotes: `key = \"…\"`\n",
    );
    tok.run("get god").fails_with(
        3,
        "profiles.toml:2:9: not valid TOML",
        "did you mean `good`?",
    );
    tok.run("get b").fails_with(
        3,
        "profiles.toml:5:12: not a valid table header",
        "[profiles.NAME]",
    );
}

/// What hides every profile is not the same as there being none.
#[test]
fn list_says_why_it_finds_no_profile() {
    let cases = [
        (
            "[profile.p]\ntoken_url = \"https://a.test\"\n",
            1,
            " unknown table or key `profile`",
            "write `[profiles.NAME]`",
        ),
        (
            "[[profiles]]\nname = \"p\"\n",
            1,
            " `profiles` is a list, not a table",
            "single brackets",
        ),
        (
            "[my profile]\ntoken_url = \"https://a.test\"\n",
            1,
            "4: not a valid table header",
            "write `[profiles.NAME]`",
        ),
        (
            "x = \"\"\"abc",
            1,
            "11: not valid TOML",
            "three quotation marks",
        ),
    ];
    for (text, line, words, hint) in cases {
        for command in ["list", "list --json"] {
            let outcome = Sandbox::new().profiles(text).run(command);
            outcome.fails_with(
                3,
                &format!("[HOME]/.config/tok/profiles.toml:{line}:{words}"),
                hint,
            );
        }
    }
    for text in ["[profiles.p\n", "x = \"\"\"abc\n[profiles.p]\n"] {
        let outcome = Sandbox::new().profiles(text).run("list");
        assert!(
            outcome.stdout.starts_with("p\tbroken\t"),
            "{}",
            outcome.stdout
        );
    }
}

#[test]
fn config_path_says_where_the_file_is() {
    let mut tok = Sandbox::new();
    let home = tok.home().to_owned();
    tok.run("config path")
        .prints(&format!("{home}/.config/tok/profiles.toml\n"));
    tok.set("XDG_CONFIG_HOME", &format!("{home}/xdg"));
    tok.run("config path")
        .prints(&format!("{home}/xdg/tok/profiles.toml\n"));
    tok.set("TOK_CONFIG", "variable.toml");
    tok.run("config path").prints("variable.toml\n");
    tok.run("config path --config flag.toml")
        .prints("flag.toml\n");
}

#[test]
fn config_check_looks_at_all_of_it() {
    let tok = Sandbox::new().profile(
        "b",
        "preset = \"moov\"\nclient_id = \"i\"\nclient_secret = { env = \"S\" }",
    );
    let file = "[HOME]/.config/tok/profiles.toml";
    let path = tok.profiles_file().to_str().unwrap().to_owned();
    tok.run("config check")
        .prints(&format!("{path}: 1 profile, all valid\n"));
    let tok = tok.profile("a", "extends = \"b\"");
    tok.run("config check")
        .prints(&format!("{path}: 2 profiles, all valid\n"));
    let json = tok.run("config check --json");
    assert_eq!(
        json.stdout,
        format!("{{\"file\":\"{path}\",\"profiles\":[\"a\",\"b\"],\"mistakes\":[]}}\n")
    );
    let tok = tok
        .profile("bad", "extends = \"b\"\nretires = 1\ntimeout = 0")
        .profile("worse", "preset = \"mov\"");
    tok.run("config check").fails(
        3,
        &format!(
            "error: profile `bad`: {file}:11: unknown key `retires`\n\nhint: did you mean `retries`?\n\n\
             error: profile `bad`: {file}:12: `timeout` must be longer than 0\n\nhint: write for example `timeout = \"30s\"`\n\n\
             error: profile `worse`: {file}:15: unknown preset `mov`\n\nhint: did you mean `moov`?\n\n\
             error: {file} has 3 mistakes\n"
        ),
    );
    let outcome = tok.run("config check --json");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, ""));
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        json["mistakes"],
        serde_json::json!([
            { "profile": "bad", "line": 11, "column": null, "message": format!("{path}:11: unknown key `retires`"), "hint": "did you mean `retries`?" },
            { "profile": "bad", "line": 12, "column": null, "message": format!("{path}:12: `timeout` must be longer than 0"), "hint": "write for example `timeout = \"30s\"`" },
            { "profile": "worse", "line": 15, "column": null, "message": format!("{path}:15: unknown preset `mov`"), "hint": "did you mean `moov`?" },
        ])
    );
}
