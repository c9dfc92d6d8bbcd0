//! What is wrong with a profiles file as a whole: it is not there, not TOML in some place, or has no such profile.

use std::fs;

use serde_json::json;

use crate::support::{Sandbox, Server, rows};

#[test]
fn a_file_that_cannot_be_read_as_one() {
    let none = Sandbox::new();
    none.run("get p").fails(
        3,
        "error: [HOME]/.config/tok/profiles.toml: the profiles file does not exist\n\n\
         hint: create it with `tok init --preset NAME`; `tok presets` lists the names\n",
    );
    let message = "nowhere.toml: the profiles file does not exist";
    none.run("get p --config nowhere.toml")
        .fails_with(3, message, "tok init");
    let message = "profiles.toml: unknown profile `p`";
    for text in ["", "\n\n# nothing\n", "\u{feff}"] {
        let outcome = Sandbox::new().profiles(text).run("get p");
        outcome.fails_with(3, message, "the file has no profiles");
    }
    fs::create_dir_all(none.profiles_file()).unwrap();
    let message = "[HOME]/.config/tok/profiles.toml: is a directory, not a profiles file";
    none.run("get p")
        .fails_with(3, message, "name the file itself");
    let outcome = Sandbox::new()
        .profiles(b"[profiles.p]\n# caf\xe9\n")
        .run("get p");
    outcome.fails_with(
        3,
        "profiles.toml:2: not valid UTF-8",
        "save the file as UTF-8",
    );
}

#[test]
fn a_profile_that_is_not_there() {
    let tok = Sandbox::new()
        .profile("moost", "preset = \"moost\"")
        .profile("moov", "preset = \"moov\"");
    let table = "
    mosot    | did you mean `moost`?
    else     | `tok list` shows the profiles
    metapack | `tok init --preset metapack --append`
    ";
    for [name, hint] in rows(table) {
        let message = format!("[HOME]/.config/tok/profiles.toml: unknown profile `{name}`");
        tok.run(&format!("get {name}"))
            .fails_with(3, &message, &hint);
    }
    let long = "x".repeat(65);
    for name in ["a/b", "../p", ".p", "_p", "a:b", "ä", "", &long] {
        let outcome = tok.run_args(&["get", "--", name]);
        outcome.fails_with(3, "not a valid profile name", "up to 64 letters");
    }
}

/// In every way that a file can be broken somewhere else.
#[test]
fn a_broken_profile_does_not_break_another() {
    for broken in [
        "token_ulr = \"x\"",
        "client_secret = \"in the clear\"",
        "this is not TOML",
        "scope = \"never closed",
        "scope = [\"a\",",
        "extends = \"bad\"",
        "a = 1\na = 2",
        "preset = \"none-such\"",
    ] {
        for is_before in [true, false] {
            let (_server, tok) = Server::issuing("tok-1");
            let good = tok.read(".config/tok/profiles.toml");
            let bad = format!("[profiles.bad]\n{broken}\n");
            tok.write_profiles(if is_before { bad + &good } else { good + &bad });
            tok.run("get api").prints("tok-1\n");
            let outcome = tok.run("get bad");
            assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{broken}");
            outcome.never_shows("in the clear");
        }
    }
}

/// It may stand where the file cannot be read.
#[test]
fn a_profile_that_is_not_found_in_a_broken_file_has_the_files_errors() {
    let good = "[profiles.good]\npreset = \"moov\"\n";
    let text = format!("[profiles.a]\nscope = read\n{good}[profiles.b\nx = 1\n");
    let tok = Sandbox::new().profiles(text);
    tok.run("get missing").fails(
        3,
        "error: profile `missing`: [HOME]/.config/tok/profiles.toml:2:9: not valid TOML: string values must be quoted; \
         line 5: not a valid table header\n\nhint: write text in quotes: `key = \"…\"`\n",
    );
    let message = "profiles.toml:2:9: not valid TOML";
    tok.run("get god")
        .fails_with(3, message, "did you mean `good`?");
    let message = "profiles.toml:5:12: not a valid table header";
    tok.run("get b").fails_with(3, message, "[profiles.NAME]");
}

/// What hides every profile is not the same as there being none.
#[test]
fn list_says_why_it_finds_no_profile() {
    let table = r#"
    [profile.p]\nx = 1    |  unknown table or key `profile`    | write `[profiles.NAME]`
    [[profiles]]\nx = 1   |  `profiles` is a list, not a table | single brackets
    [my profile]\nx = 1   | 4: not a valid table header        | write `[profiles.NAME]`
    x = """abc            | 11: not valid TOML                 | three quotation marks
    "#;
    for [text, message, hint] in rows(table) {
        for line in ["list", "list --json"] {
            let outcome = Sandbox::new().profiles(&text).run(line);
            outcome.fails_with(3, "[HOME]/.config/tok/profiles.toml:1:", &hint);
            outcome.fails_with(3, &message, &hint);
        }
    }
    for text in ["[profiles.p\n", "x = \"\"\"abc\n[profiles.p]\n"] {
        let list = Sandbox::new().profiles(text).run("list").stdout;
        assert!(list.starts_with("p\tbroken\t"), "{list}");
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
    let keys = "preset = \"moov\"\nclient_id = \"i\"\nclient_secret = { env = \"S\" }";
    let tok = Sandbox::new().profile("b", keys);
    let file = "[HOME]/.config/tok/profiles.toml";
    let path = tok.profiles_file().to_str().unwrap().to_owned();
    tok.run("config check")
        .prints(&format!("{path}: 1 profile, all valid\n"));
    let tok = tok.profile("a", "extends = \"b\"");
    tok.run("config check")
        .prints(&format!("{path}: 2 profiles, all valid\n"));
    let valid = json!({ "file": path, "profiles": ["a", "b"], "mistakes": [] });
    assert_eq!(tok.run("config check --json").json(), valid);
    let tok = tok
        .profile("bad", "extends = \"b\"\nretires = 1\ntimeout = 0")
        .profile("worse", "preset = \"mov\"");
    let table = r#"
    bad   | 11 | unknown key `retires`           | did you mean `retries`?
    bad   | 12 | `timeout` must be longer than 0 | write for example `timeout = "30s"`
    worse | 15 | unknown preset `mov`            | did you mean `moov`?
    "#;
    let mut errors = Vec::new();
    let mut mistakes = Vec::new();
    for [profile, line, message, hint] in rows(table) {
        errors.push(format!(
            "error: profile `{profile}`: {file}:{line}: {message}\n\nhint: {hint}\n\n"
        ));
        let number: i64 = line.parse().unwrap();
        let message = format!("{path}:{line}: {message}");
        mistakes.push(json!({ "profile": profile, "line": number, "column": null, "message": message, "hint": hint }));
    }
    tok.run("config check").fails(
        3,
        &format!("{}error: {file} has 3 mistakes\n", errors.concat()),
    );
    let outcome = tok.run("config check --json");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, ""));
    let found: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(found["mistakes"], json!(mistakes));
}
