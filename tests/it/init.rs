//! The first profiles file: asked for at a terminal, or made by flags.

use crate::support::{Sandbox, Terminal};

const PLACE: &str = "Place [1]: ";
const SCOPE: &str = "Scope (press Enter for none): ";

fn path(tok: &Sandbox) -> String {
    format!("{}\n", tok.profiles_file().display())
}

fn written(tok: &Sandbox) -> String {
    let text = tok.read(".config/tok/profiles.toml");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn a_preset_is_asked_for_at_a_terminal() {
    let tok = Sandbox::new();
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "mov")
        .answer("unknown preset; did you mean `moov`?\nProvider: ", "moov")
        .answer("Profile name [moov]: ", "")
        .answer(PLACE, "")
        .answer(
            "Environment variable with the client id [MOOV_CLIENT_ID]: ",
            "",
        )
        .answer(
            "Environment variable with the client secret [MOOV_CLIENT_SECRET]: ",
            "MY_SECRET",
        )
        .answer(SCOPE, "/accounts.read");
    terminal.answer(
        &format!("Write this to {}? [Y/n] ", path(&tok).trim_end()),
        "",
    );
    let (code, stdout, shown) = terminal.finish();
    assert_eq!((code, stdout), (0, path(&tok)), "{shown}");
    let next = "\nnext:\n  export MOOV_CLIENT_ID=…\n  export MY_SECRET=…\n  tok explain moov\n  tok get moov\n";
    assert!(shown.ends_with(next), "{shown}");
    assert_eq!(Sandbox::mode(&tok.profiles_file()), 0o600);
    assert_eq!(
        written(&tok),
        "[profiles.moov]\npreset = \"moov\"    # `tok presets moov` shows what it stands for\n\
         client_id = { env = \"MOOV_CLIENT_ID\" }\nclient_secret = { env = \"MY_SECRET\" }\nscope = \"/accounts.read\"\n"
    );
    let text = tok.read(".config/tok/profiles.toml");
    assert!(
        text.contains("# Moov: Basic credentials") && text.contains("#   export MY_SECRET=…\n"),
        "{text}"
    );
    tok.run("config check").prints(&format!(
        "{}: 1 profile, all valid\n",
        path(&tok).trim_end()
    ));
}

#[test]
fn any_other_endpoint_is_asked_for_with_its_strategy_and_a_command() {
    let tok = Sandbox::new();
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "http://auth.acme.example/token")
        .answer(
            "and is only for loopback\nProvider: ",
            "https://auth.acme.example/token",
        )
        .answer("Strategy [1]: ", "9")
        .answer("that is not in the list\nStrategy [1]: ", "post_form")
        .answer("Profile name [acme]: ", "a b")
        .answer(
            "a name consists of letters, digits, `.`, `_` and `-`\nProfile name [acme]: ",
            "acme.test",
        )
        .answer(PLACE, "command")
        .answer("Client id, or $VARIABLE that holds it: ", "my-${app}")
        .answer(
            "Command that prints the client secret: ",
            "pass show 'acme secret'",
        )
        .answer(SCOPE, "")
        .answer("[Y/n] ", "y");
    let (code, _, shown) = terminal.finish();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(
        written(&tok),
        "[profiles.\"acme.test\"]\ntoken_url = \"https://auth.acme.example/token\"\nstrategy = \"post_form\"\n\
         client_id = \"my-$${app}\"\nclient_secret = { command = [\"pass\", \"show\", \"acme secret\"] }\n"
    );
    tok.run("config check").prints(&format!(
        "{}: 1 profile, all valid\n",
        path(&tok).trim_end()
    ));
}

#[test]
fn files_and_properties_are_asked_for_too() {
    let tok = Sandbox::new();
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "4")
        .answer("Profile name [metapack]: ", "")
        .answer("API host [dmo.metapack.com]: ", "https://x")
        .answer(
            "without `https://` and `/`\nAPI host [dmo.metapack.com]: ",
            "eu.metapack.com",
        )
        .answer("Place [3]: ", "")
        .answer(
            "Path of the file [apiKey.properties]: ",
            "~/apiKey.properties",
        )
        .answer("Key of the client id [apiKey.id]: ", "")
        .answer("Key of the client secret [apiKey.secret]: ", "")
        .answer(SCOPE, "")
        .answer("[Y/n] ", "");
    assert_eq!(terminal.finish().0, 0);
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "json-body")
        .answer("Profile name [json-body]: ", "metapack")
        .answer(
            "the file already has a profile of that name\nProfile name [json-body]: ",
            "partner",
        )
        .answer(
            "API host (for example api.acme.example): ",
            "api.partner.example",
        )
        .answer(PLACE, "file")
        .answer("Client id, or $VARIABLE that holds it: ", "$PARTNER_ID")
        .answer("Path of the file with the client secret: ", "")
        .answer(
            "enter a value\nPath of the file with the client secret: ",
            "/run/secrets/partner",
        )
        .answer(SCOPE, "");
    terminal.answer(
        &format!("Add this to {}? [Y/n] ", path(&tok).trim_end()),
        "",
    );
    assert_eq!(terminal.finish().0, 0);
    let text = written(&tok);
    for line in [
        "vars.environment = \"eu.metapack.com\"",
        "client_secret = { properties = \"~/apiKey.properties\", key = \"apiKey.secret\" }",
        "vars.api_base_path = \"api.partner.example\"",
        "client_id = { env = \"PARTNER_ID\" }",
        "client_secret = { file = \"/run/secrets/partner\" }",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}:\n{text}");
    }
    tok.run("config check").prints(&format!(
        "{}: 2 profiles, all valid\n",
        path(&tok).trim_end()
    ));
}

#[test]
fn a_secret_in_the_place_of_its_variable_is_not_taken() {
    let tok = Sandbox::new();
    let mut terminal = Terminal::run(&tok, "init");
    let prompt = "Environment variable with the client secret [MOOST_CLIENT_SECRET]: ";
    terminal
        .answer("Provider: ", "moost")
        .answer("Profile name [moost]: ", "")
        .answer(PLACE, "")
        .answer("[MOOST_CLIENT_ID]: ", "")
        .answer(prompt, "a8f14e45fceea167a5a36dedd4bea2543")
        .answer(&format!("name the variable\n{prompt}"), "")
        // There is no scope to ask for.
        .answer("[Y/n] ", "");
    let (code, _, shown) = terminal.finish();
    assert_eq!(code, 0, "{shown}");
    let text = tok.read(".config/tok/profiles.toml");
    assert!(!text.contains("8f14e45") && !shown.contains("8f14e45"));
}

#[test]
fn a_secret_in_the_place_of_a_url_or_a_name_is_not_taken() {
    let tok = Sandbox::new();
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "https://auth.acme.example/token?key=made-up")
        .answer(
            "put `${NAME}` into the profile in its place\nProvider: ",
            "https://auth.acme.example/token",
        )
        .answer("Strategy [1]: ", "")
        .answer("Profile name [acme]: ", "a8f14e45fceea167a5a36dedd4bea2543")
        .answer(
            "does not belong here: name the profile\nProfile name [acme]: ",
            "",
        )
        .end_at(PLACE);
    assert_eq!(terminal.finish().0, 2);
}

#[test]
fn a_name_that_is_taken_is_refused_before_anything_is_asked() {
    let tok = Sandbox::new().profile("acme", "preset = \"moov\"");
    let (code, stdout, shown) = Terminal::run(&tok, "init --profile acme").finish();
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(
        shown.contains("already has a profile `acme`") && !shown.contains("Which provider?"),
        "{shown}"
    );
}

#[test]
fn without_all_answers_no_file_is_written() {
    let tok = Sandbox::new();
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "moost")
        .end_at("Profile name [moost]: ");
    let (code, stdout, shown) = terminal.finish();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        shown.contains("not all questions were answered; nothing was written"),
        "{shown}"
    );
    let mut terminal = Terminal::run(&tok, "init");
    terminal
        .answer("Provider: ", "moost")
        .answer("Profile name [moost]: ", "")
        .answer(PLACE, "");
    terminal
        .answer("_ID]: ", "")
        .answer("_SECRET]: ", "")
        .answer("[Y/n] ", "n");
    let (code, _, shown) = terminal.finish();
    assert!(
        code == 2 && shown.contains(" nothing was written\n") && !shown.contains("answered"),
        "{shown}"
    );
    assert_eq!(tok.files(), []);
}

#[test]
fn a_preset_that_is_named_is_not_asked_for() {
    let tok = Sandbox::new();
    let (code, stdout, shown) = Terminal::run(&tok, "init --preset moost").finish();
    let next = "\nnext:\n  export MOOST_CLIENT_ID=…\n  export MOOST_CLIENT_SECRET=…\n  tok explain moost\n  tok get moost\n";
    assert_eq!((code, stdout, shown.as_str()), (0, path(&tok), next));
    // There is a file now: that is asked about.
    let mut terminal = Terminal::run(&tok, "init --preset moov");
    let question = format!(
        "{} already exists. Add the profile `moov` to it? [Y/n] ",
        path(&tok).trim_end()
    );
    terminal.answer(&question, "no");
    assert_eq!(terminal.finish().0, 1);
    assert!(!written(&tok).contains("moov"));
    let mut terminal = Terminal::run(&tok, "init --preset moov");
    terminal.answer(&question, "");
    assert_eq!(terminal.finish().0, 0);
    assert!(
        written(&tok).contains("[profiles.moost]") && written(&tok).contains("[profiles.moov]")
    );
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let tok = Sandbox::new();
    tok.run("init").prints(&path(&tok));
    tok.run("init")
        .fails_with(1, "already exists", "`tok presets NAME` prints one");
    tok.run("init --preset moov").fails_with(
        1,
        "already exists",
        "`tok init --preset moov --append`",
    );
    tok.run("init --append")
        .fails_with(1, "already exists", "--append");
    tok.run("init --preset mov")
        .fails_with(2, "unknown preset `mov`", "did you mean `moov`?");
    tok.run("init --preset moov --profile a/b").fails_with(
        2,
        "`a/b` is not a valid profile name",
        "a name is",
    );
    let other = Sandbox::new();
    other
        .run("init --append")
        .fails_with(2, "no preset is named", "tok presets");
    assert_eq!(other.files(), []);
}
