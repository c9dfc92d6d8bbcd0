//! `tok config check`: what cannot work is found before it is used, with its line and never with its value.

use crate::support::{Outcome, Sandbox, Server};

const FILE: &str = "[HOME]/.config/tok/profiles.toml";

fn check(text: &str) -> Outcome {
    Sandbox::new().profiles(text).run("config check")
}

/// A profile that is right but for these lines, which begin at line 5.
fn with(keys: &str) -> Outcome {
    check(&format!(
        "[profiles.p]\ntoken_url = \"https://as.invalid/t\"\nclient_id = \"id\"\nclient_secret = {{ env = \"SECRET\" }}\n{keys}\n"
    ))
}

#[test]
fn what_should_be_a_table_and_is_none() {
    let profile =
        "write `[profiles.NAME]` with single brackets, and the keys of the profile below it";
    let defaults = "write `[defaults]`, and its keys below it";
    for (text, what, hint) in [
        (
            "profiles = \"hunter2\"",
            "1: `profiles` is a string, not a table",
            profile,
        ),
        (
            "\nprofiles = [\"hunter2\"]",
            "2: `profiles` is a list, not a table",
            profile,
        ),
        (
            "[[profiles]]\nname = \"hunter2\"",
            "1: `profiles` is a list, not a table",
            profile,
        ),
        (
            "defaults = \"hunter2\"",
            "1: `defaults` is a string, not a table",
            defaults,
        ),
        (
            "[[defaults]]\ntimeout = 5",
            "1: `defaults` is a list, not a table",
            defaults,
        ),
    ] {
        check(text).fails(3, &format!("error: {FILE}:{what}\n\nhint: {hint}\n"));
    }
    for (text, what) in [
        (
            "[[profiles.p]]\nclient_id = \"hunter2\"",
            "1: `profiles.p` is a list, not a table",
        ),
        (
            "[profiles]\np = \"hunter2\"",
            "2: `profiles.p` is a string, not a table",
        ),
    ] {
        check(text).fails(
            3,
            &format!("error: profile `p`: {FILE}:{what}\n\nhint: {profile}\n"),
        );
    }
}

#[test]
fn what_is_wrong_at_the_top_hides_nothing_else() {
    check("[prfiles.x]\n[profiles.b]\nextends = \"nobody\"\n[other]\n").fails(
        3,
        &format!(
            "error: {FILE}:1: unknown table or key `prfiles` at the top of the file\n\nhint: write `[profiles.NAME]`\n\n\
             error: profile `b`: {FILE}:3: `extends`: unknown profile `nobody`\n\n\
             hint: `tok list` shows the profiles\n\n\
             error: {FILE}:4: unknown table or key `other` at the top of the file\n\n\
             hint: keys belong below `[profiles.NAME]` or `[defaults]`\n\n\
             error: {FILE} has 3 mistakes\n"
        ),
    );
}

#[test]
fn a_proxy_that_cannot_be_one() {
    let hint = "write `proxy = \"http://host:port\"`";
    for (keys, what) in [
        (
            "proxy = \"ftp://user:hunter2@proxy\"",
            "has a scheme other than",
        ),
        (
            "proxy = \"http://user:hunter2@proxy:port\"",
            "is not the URL of a proxy",
        ),
        (
            "vars = { P = \"hunter2:0\" }\nproxy = \"http://${P}\"",
            "names port 0",
        ),
    ] {
        let outcome = with(keys);
        assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
        outcome.fails_with(3, &format!("the value of `proxy` {what}"), hint);
    }
    // What only the environment can say is not known here.
    let path = "/.config/tok/profiles.toml: 1 profile, all valid\n";
    for keys in [
        "proxy = \"none\"",
        "proxy = \"http://${P}\"",
        "proxy = \"socks5h://user:p%40ss@proxy\"",
    ] {
        let outcome = with(keys);
        assert!(
            outcome.code == 0 && outcome.stdout.ends_with(path),
            "{keys}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_proxy_that_cannot_be_one_is_refused_on_loopback_too() {
    let tok = Sandbox::new().api(
        &Server::unasked(),
        "proxy = \"http://user:hunter2@proxy:port\"",
    );
    tok.run("get api").fails_with(
        3,
        "profiles.toml:5: the value of `proxy` is not",
        "`proxy = \"none\"`",
    );
}

#[test]
fn a_proxy_variable_that_cannot_be_read() {
    let mut tok = Sandbox::new().profiles("");
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
        tok.set(name, "http://user:hunter2@proxy:port");
        tok.run("config check").fails(
            3,
            &format!(
                "error: the value of `{name}` is not the URL of a proxy\n\nhint: set `{name}` to `http://host:port`, or unset it\n"
            ),
        );
        tok.unset(name);
    }
}

#[test]
fn two_things_under_one_name() {
    let hint = "give each its own name, or leave one out with `omit`";
    with("scope = \"a\"\nnames = { scope = \"grant_type\" }").fails_with(
        3,
        "profiles.toml:6: `names` sends `grant_type` and `scope` under one name",
        hint,
    );
    with("strategy = \"post_json\"\nnames = { client_id = \"key\", client_secret = \"key\" }")
        .fails_with(
            3,
            "profiles.toml:6: `names` sends `client_id` and `client_secret` under one name",
            hint,
        );
    with("headers = { X-Tenant = \"a\", x-tenant = \"b\" }").fails_with(
        3,
        "profiles.toml:5: `headers` sets `x-tenant` twice",
        "remove one of the two",
    );
    // One that is not sent is in nobody's way, and a parameter of one's own replaces the standard one.
    for keys in [
        "audience = \"a\"\nnames = { audience = \"scope\" }",
        "names = { client_id = \"key\", client_secret = \"key\" }",
        "scope = \"a\"\nnames = { scope = \"grant_type\" }\nomit = [\"grant_type\"]",
        "scope = \"a\"\nparams = { scope = \"b\" }",
    ] {
        let outcome = with(keys);
        assert_eq!(outcome.code, 0, "{keys}: {}", outcome.stderr);
    }
}

#[test]
fn what_no_request_can_carry() {
    with("headers = { X-Note = \"hunter2\\nhunter2\" }").fails_with(
        3,
        "profiles.toml:5: the value of header `X-Note` contains a character that a header cannot carry",
        "without line breaks",
    );
    check(
        "[profiles.p]\ntoken_url = \"https://as.invalid/t\"\nclient_id = \"hunter:2\"\nclient_secret = { env = \"S\" }\n",
    )
    .fails_with(
        3,
        "profiles.toml:3: `client_id` contains a colon, which Basic credentials cannot carry",
        "write `basic_encoding = \"form\"`",
    );
}

#[test]
fn what_is_no_toml_is_told_with_what_to_write_instead() {
    for (line, hint) in [
        ("scope = hunter2", "write text in quotes"),
        ("scope = “hunter2”", "write text in quotes"),
        ("scope =", "write text in quotes"),
        ("scope \"hunter2\"", "a comment begins with `#`"),
        ("// hunter2", "a comment begins with `#`"),
        ("username = { env: \"hunter2\" }", "write `=`"),
        (
            "username = \"DOM\\user-hunter2\"",
            "a backslash begins an escape",
        ),
        (
            "username = \"DOM\\hunter2\"",
            "a backslash begins an escape",
        ),
        ("scope = \"hunter2", "a string ends on its line"),
        ("scope = 'hunter2", "a string ends on its line"),
        ("client_id = \"hunter2\"", "is written twice"),
        ("scope = True", "text in quotes"),
        ("scope = null", "text in quotes"),
        ("scope = ${hunter2}", "text in quotes"),
    ] {
        let outcome = with(line);
        outcome.fails_with(3, ": not valid TOML: ", hint);
        outcome.fails_with(3, "profiles.toml:5:", hint);
        assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    }
}

#[test]
fn what_nobody_could_ever_use() {
    with("vars = { my-region = \"eu\" }").fails_with(
        3,
        "profiles.toml:5: `vars` has a name that cannot stand in `${NAME}`",
        "letters, digits and `_`",
    );
    with("params = { \"\" = \"x\" }").fails_with(
        3,
        "profiles.toml:5: `params` has a parameter without",
        "tenant",
    );
    with("[credentials.https://h.example]").fails_with(
        3,
        "profiles.toml:5:19: not a valid table header",
        "`[credentials]`",
    );
    with("[profiles my app]").fails_with(
        3,
        "profiles.toml:5:10: not a valid table header",
        "`[profiles.NAME]`",
    );
}

#[test]
fn the_name_of_a_profile_and_that_of_a_variable_are_written_as_such() {
    check("[profiles.a.b]\npreset = \"moov\"\n").fails_with(
        3,
        "profiles.toml:1: unknown key `b`",
        "needs quotes: `[profiles.\"a.b\"]`",
    );
    let text = "[profiles.\"my app\"]\npreset = \"moov\"\n";
    check(text).fails(
        3,
        &format!(
            "error: {FILE}:1: `my app` is not a valid profile name\n\n\
             hint: a name is up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit\n"
        ),
    );
    for name in ["$NAME", "${NAME}"] {
        with(&format!("username = {{ env = \"{name}\" }}")).fails_with(
            3,
            "profiles.toml:5: `env` in the secret source of `username` must be the name of a variable",
            "{ env = \"VAR\" }",
        );
    }
    with("timeout = \"soon\"").fails(
        3,
        &format!(
            "error: profile `p`: {FILE}:5: `timeout` is not a duration\n\n\
             hint: write for example `timeout = \"30s\"`, or `5m`, `1h30m`\n"
        ),
    );
}

/// An account's number may have more digits than a machine's numbers have.
#[test]
fn a_number_is_taken_as_it_is_written() {
    let outcome = with(
        "vars = { account = 99999999999999999999 }\nheaders = { X-Api-Version = 2 }\nscope = \"${account}\"",
    );
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    with("vars = { account = 0xfffffffffffffffff }").fails_with(
        3,
        "profiles.toml:5: `vars.account` is a number that is too large, not a string",
        "region",
    );
}

#[test]
fn what_names_something_in_a_way_that_it_cannot() {
    with("extends = 5").fails_with(
        3,
        "profiles.toml:5: `extends` is an integer, not a name",
        "in quotes",
    );
    with("preset = [\"moov\"]").fails_with(
        3,
        "profiles.toml:5: `preset` is a list, not a name",
        "in quotes",
    );
    for pointer in ["token", " ", "/a~2", "/a~"] {
        with(&format!("response = {{ access_token = \"{pointer}\" }}")).fails_with(
            3,
            "profiles.toml:5: `response.access_token` is not a JSON Pointer",
            "a slash before each step",
        );
    }
    for pointer in ["/a~0b/~1c", ""] {
        let outcome = with(&format!("response = {{ access_token = \"{pointer}\" }}"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    with("error = { when = \"\" }").fails_with(3, "`error.when` is the whole reply", "`equals = ");
}

#[test]
fn a_profile_has_all_its_mistakes_in_order_but_not_what_follows_from_them() {
    let text = "[profiles.p]\ntoken_urll = \"https://as.invalid/t\"\nstrategy = \"post\"\ngrant = \"password\"\n\
                client_id = { envv = \"A\", file = 5 }\nretries = 11\n\n[profiles.p.params]\nbad = [[1]]\ngood = 1\nworse = 1979-05-27\n";
    let outcome = check(text);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""));
    let errors = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    let found: Vec<&str> = errors
        .map(|line| line.split("profiles.toml").nth(1).unwrap())
        .collect();
    assert_eq!(
        found,
        [
            ":1: `grant = \"password\"` needs `username`",
            ":1: `grant = \"password\"` needs `password`",
            ":2: unknown key `token_urll`",
            ":3: unknown `strategy`",
            ":5: unknown key `envv` in the secret source of `client_id`",
            ":6: `retries` must be a whole number from 0 to 10",
            ":9: `params.bad` is a list, not a parameter's value",
            ":11: `params.worse` is a date, not a parameter's value",
            " has 8 mistakes",
        ]
    );
}

/// What `[defaults]` or a parent has is not a mistake of every profile.
#[test]
fn an_inherited_mistake_is_reported_once_where_it_stands() {
    let text = "[defaults]\ntimeout = 0\nclient_id = \"x\"\n[profiles.a]\nextends = \"b\"\n[profiles.b]\npreset = \"moov\"\n\
                client_id = \"i\"\nclient_secret = { env = \"S\" }\nretries = 11\n";
    let outcome = check(text);
    let errors: Vec<&str> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(
        errors,
        [
            &format!("error: {FILE}:2: `timeout` must be longer than 0"),
            &format!("error: {FILE}:3: `client_id` cannot stand in `[defaults]`"),
            &format!(
                "error: profile `b`: {FILE}:10: `retries` must be a whole number from 0 to 10"
            ),
            &format!("error: {FILE} has 3 mistakes"),
        ]
    );
}

/// What people write who know another tool, however little it is spelled like the key.
#[test]
fn keys_strategies_and_tables_are_suggested_by_habit() {
    for (line, hint) in [
        (
            "url = \"https://as.invalid/t\"",
            "did you mean `token_url`?",
        ),
        ("endpoint = \"x\"", "did you mean `token_url`?"),
        ("token_endpoint = \"x\"", "did you mean `token_url`?"),
        ("secret = { env = \"S\" }", "did you mean `client_secret`?"),
        ("strategy = \"basic\"", "did you mean `basic_form`?"),
        ("strategy = \"post\"", "did you mean `post_form`?"),
    ] {
        with(line).fails_with(3, "profiles.toml:5: unknown", hint);
    }
    let text = "[moov]\nclient_id = \"i\"\n";
    check(text).fails(
        3,
        &format!(
            "error: {FILE}:1: unknown table or key `moov` at the top of the file\n\nhint: write `[profiles.moov]`\n"
        ),
    );
}
