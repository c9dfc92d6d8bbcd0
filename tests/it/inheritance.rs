//! `preset`, `extends`, `[defaults]`, `vars`, `${NAME}` and `~`: what a profile says without writing it.

use crate::support::{Sandbox, Server};

/// The request that profile `p` of this file sends; `URL` stands for the server's.
#[track_caller]
fn sent(profiles: &str) -> String {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::new()
        .profiles(profiles.replace("URL", &server.url("")))
        .env("FROM_ENV", "from-env");
    tok.run("get p").prints("tok-1\n");
    let asked = server.request();
    format!("{} {}", asked.line, asked.body)
}

const PUBLIC: &str = "grant = \"none\"\nclient_auth = \"none\"\nstrategy = \"post_form\"\n";

#[test]
fn ones_own_keys_win_and_tables_merge_by_key() {
    let found = sent(&format!(
        "[profiles.grandparent]\ntoken_url = \"URL/old\"\n{PUBLIC}client_id = \"old\"\nparams = {{ a = \"1\", b = \"1\", c = \"1\" }}\n\
         [profiles.parent]\nextends = \"grandparent\"\ntoken_url = \"URL/token\"\nparams = {{ b = \"2\" }}\n\
         [profiles.p]\nextends = \"parent\"\nclient_id = \"new\"\nparams = {{ c = \"3\", d = \"4\" }}\n"
    ));
    assert_eq!(found, "POST /token client_id=new&a=1&b=2&c=3&d=4");
}

/// However its tables are written and wherever they stand.
#[test]
fn every_form_of_a_table_is_read() {
    let found = sent(
        "[profiles.p.params]\na = \"1\"\n[profiles.other]\n[ profiles . \"p\" ] # here\ntoken_url = \"URL/t\"\n\
         grant = 'none'\nclient_auth = \"none\"\n[profiles.'p'.names]\nscope = \"x\"\n",
    );
    assert_eq!(found, "POST /t a=1");
}

#[test]
fn a_source_does_not_merge_with_another() {
    let found = sent(&format!(
        "[profiles.parent]\ntoken_url = \"URL/token\"\n{PUBLIC}client_id = {{ file = \"nowhere\" }}\n\
         [profiles.p]\nextends = \"parent\"\nclient_id = {{ env = \"FROM_ENV\" }}\n"
    ));
    assert_eq!(found, "POST /token client_id=from-env");
}

#[test]
fn defaults_come_below_everything() {
    let found = sent(&format!(
        "[defaults]\nvars = {{ a = \"defaults\", b = \"defaults\" }}\nresponse = {{ access_token = \"/no\" }}\n\
         [profiles.p]\ntoken_url = \"URL/${{a}}/${{b}}\"\n{PUBLIC}vars = {{ b = \"own\" }}\nresponse = {{ access_token = \"/access_token\" }}\n"
    ));
    assert_eq!(found, "POST /defaults/own ");
}

#[test]
fn variables_come_from_vars_first_and_from_the_environment_then() {
    let profile = |vars: &str| {
        format!(
            "[profiles.p]\ntoken_url = \"URL/${{FROM_ENV}}\"\n{PUBLIC}client_id = \"id-${{FROM_ENV}}\"\n\
             params = {{ x = \"${{FROM_ENV}}!\" }}\n{vars}\n"
        )
    };
    assert_eq!(
        sent(&profile("")),
        "POST /from-env client_id=id-from-env&x=from-env%21"
    );
    assert_eq!(
        sent(&profile("vars = { FROM_ENV = \"own\" }")),
        "POST /own client_id=id-own&x=own%21"
    );
}

#[test]
fn two_dollars_stand_for_the_characters_themselves() {
    let found = sent(&format!(
        "[profiles.p]\ntoken_url = \"URL/t\"\n{PUBLIC}params = {{ x = \"$${{FROM_ENV}} $5\" }}\n"
    ));
    assert_eq!(found, "POST /t x=%24%7BFROM_ENV%7D+%245");
}

/// Unset is exit 4, on a hit too.
#[test]
fn an_unset_variable_is_an_error_on_a_hit_too() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = format!(
        "token_url = \"{}\"\n{PUBLIC}params = {{ x = \"${{TENANT}}\" }}",
        server.url("/t")
    );
    let mut tok = Sandbox::new().profile("p", &keys).env("TENANT", "acme");
    tok.run("get p").prints("tok-1\n");
    tok.unset("TENANT");
    let error = "error: profile `p`: `params.x`: `${TENANT}` is set neither in the profile's `vars` nor in the environment\n\n\
         hint: write `vars = { TENANT = \"…\" }` in the profile, or `export TENANT=…`\n";
    tok.run("get p").fails(4, error);
    tok.run("get p --cached").fails(4, error);
    tok.set("TENANT", "");
    tok.run("get p").fails_with(
        4,
        "`params.x`: `${TENANT}` is empty",
        "an empty value is taken for a mistake",
    );
    tok.set("TENANT", "acme");
    tok.run("get p").prints("tok-1\n");
}

#[test]
fn paths_expand_the_home_directory_and_variables_and_begin_at_the_profiles_file() {
    for path in ["~/keys/secret", "${KEYS}/secret", "../../keys/secret"] {
        let server = Server::start();
        server.issue("tok-1");
        let tok = Sandbox::new().file("keys/secret", "from a file\n");
        let keys = tok.path("keys").to_str().unwrap().to_owned();
        let profile = format!(
            "token_url = \"{}\"\nstrategy = \"post_form\"\ngrant = \"none\"\nclient_id = \"id\"\nclient_secret = {{ file = \"{path}\" }}",
            server.url("/t")
        );
        tok.env("KEYS", &keys)
            .profile("p", &profile)
            .run("get p")
            .prints("tok-1\n");
        assert_eq!(
            server.request().body,
            "client_id=id&client_secret=from+a+file",
            "{path}"
        );
    }
}

#[test]
fn a_circle_of_extends_is_an_error() {
    let tok = Sandbox::new()
        .profile("a", "extends = \"b\"")
        .profile("b", "extends = \"c\"")
        .profile("c", "extends = \"a\"")
        .profile("me", "extends = \"me\"");
    tok.run("get a").fails(
        3,
        "error: profile `a`: [HOME]/.config/tok/profiles.toml:8: `extends` forms a cycle: a → b → c → a\n\n\
         hint: remove `extends` from one of these profiles\n",
    );
    tok.run("get me")
        .fails_with(3, "forms a cycle: me → me", "remove `extends`");
}

#[test]
fn a_parent_or_preset_that_is_not_there_is_an_error() {
    let tok = Sandbox::new()
        .profile("p", "extends = \"paretn\"")
        .profile("parent", "preset = \"mov\"");
    tok.run("get p").fails_with(
        3,
        "profiles.toml:2: `extends`: unknown profile `paretn`",
        "did you mean `parent`?",
    );
    tok.run("get parent").fails(
        3,
        "error: profile `parent`: [HOME]/.config/tok/profiles.toml:5: unknown preset `mov`\n\n\
         hint: did you mean `moov`?\n",
    );
}

#[test]
fn defaults_may_not_say_which_token_it_is() {
    let tok =
        Sandbox::new().profiles("[defaults]\nclient_id = \"x\"\n[profiles.p]\npreset = \"moov\"\n");
    tok.run("get p").fails_with(
        3,
        "profiles.toml:2: `client_id` cannot stand in `[defaults]`",
        "use `extends`",
    );
}
