//! git's credential helper.

use std::io::Write as _;
use std::process::{Child, Stdio};

use super::{MAP, cached, expiry};
use crate::support::{Sandbox, Server};

pub(super) const GET: &str = "credential git get";
pub(super) const NEW_GIT: &str =
    "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example.com\n";
const OLD_GIT: &str = "protocol=https\nhost=git.example.com\n";

pub(super) fn bearer(token: &str, expires_at: i64) -> String {
    format!(
        "capability[]=authtype\nauthtype=Bearer\ncredential={token}\npassword_expiry_utc={expires_at}\nephemeral=1\n"
    )
}

#[test]
fn a_new_git_gets_a_bearer_token_and_an_older_one_a_password() {
    let server = Server::start();
    let tok = cached(&server);
    let at = expiry(&tok);
    tok.run_with(GET, NEW_GIT).prints(&bearer("tok-1", at));
    tok.run_as("git-credential-tok", "get", NEW_GIT)
        .prints(&bearer("tok-1", at));
    let password =
        |username: &str| format!("username={username}\npassword=tok-1\npassword_expiry_utc={at}\n");
    tok.run_with(GET, OLD_GIT).prints(&password("oauth2"));
    tok.run_with(GET, &format!("{OLD_GIT}username=me\n"))
        .prints(&password("me"));
    // Mapped by a wildcard, with a username.
    let other = OLD_GIT.replace("git.example.com", "a.pkg.example.com");
    tok.run_with(GET, &format!("{other}username=me\n"))
        .prints(&password("robot"));
}

/// base64 of `oauth2:tok-1` and of `robot:tok-1`.
#[test]
fn basic_is_used_if_the_server_or_the_profiles_file_says_so_and_is_not_stored() {
    let server = Server::start();
    let tok = cached(&server);
    let at = expiry(&tok);
    let basic = |pair: &str| {
        format!(
            "capability[]=authtype\nauthtype=Basic\ncredential={pair}\npassword_expiry_utc={at}\nephemeral=1\n"
        )
    };
    let challenged = |challenges: &str| tok.run_with(GET, &format!("{NEW_GIT}{challenges}"));
    challenged("wwwauth[]=Basic realm=\"git\"\n").prints(&basic("b2F1dGgyOnRvay0x"));
    challenged("wwwauth[]=basic\nwwwauth[]=Negotiate\n").prints(&basic("b2F1dGgyOnRvay0x"));
    challenged("wwwauth[]=Basic\nwwwauth[]=bearer realm=x\n").prints(&bearer("tok-1", at));
    challenged("wwwauth[]=Basic\nwwwauth[]=\n").prints(&bearer("tok-1", at));
    challenged("wwwauth[]=Negotiate\n").prints(&bearer("tok-1", at));
    // A proxy may have joined them in one line.
    challenged("wwwauth[]=Negotiate, Basic realm=\"x\"\n").prints(&basic("b2F1dGgyOnRvay0x"));
    challenged("wwwauth[]=Basic realm=\"a, Bearer b\"\n").prints(&basic("b2F1dGgyOnRvay0x"));
    challenged("wwwauth[]=Basic realm=\"x\", Bearer\n").prints(&bearer("tok-1", at));
    let other = NEW_GIT.replace("git.example.com", "a.pkg.example.com");
    tok.run_with(GET, &other).prints(&basic("cm9ib3Q6dG9rLTE="));
}

#[test]
fn a_miss_fetches_and_a_failure_is_an_empty_reply() {
    let server = Server::start();
    server.issue("tok-1").reject("invalid_client");
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let outcome = tok.run_with(GET, OLD_GIT);
    outcome.prints(&format!(
        "username=oauth2\npassword=tok-1\npassword_expiry_utc={}\n",
        expiry(&tok)
    ));
    tok.run("forget api").prints("api: 1 token\n");
    tok.run_with(GET, OLD_GIT)
        .fails_with(5, "answered 401: invalid_client", "client_secret");
}

#[test]
fn a_host_that_is_not_mapped_is_left_to_the_next_helper() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let cases = [
        "protocol=https\nhost=other.example.com\n",
        "protocol=https\nhost=git.example.com:8443\n",
        "protocol=https\nhost=a.b.pkg.example.com\n",
        "protocol=https\nhost=git.example.com.evil.example\n",
        "protocol=https\nhost=git.example.com/.evil.example\n",
        "protocol=https\nhost=git.example.com@evil.example\n",
        "protocol=http\nhost=127.0.0.1:8080\n",
        "protocol=http\nhost=127.0.0.1:8080\npath=teams/x.git\n",
        "protocol=http\nhost=other.example.com\n",
        "protocol=ssh\nhost=git.example.com\n",
        "protocol=https://git.example.com/x#\nhost=evil.example\n",
        "protocol=https://git.example.com/?\nhost=x\n",
        "protocol=https\nhost=git.example.com\r\n",
        "protocol=https\r\nhost=git.example.com\n",
        "protocol=cert\nhost=\npath=/a.pem\n",
        "protocol=https\n",
        "",
    ];
    for input in cases {
        tok.run_with(GET, input).prints("");
    }
    tok.run_with(GET, "protocol=http\nhost=git.example.com\n").prints_and_warns(
        "",
        "warning: `git.example.com` gets no token over plain http\nhint: use the https URL of the repository\n",
    );
    tok.run_with("credential git --profile api get", "protocol=http\nhost=h.example\n").prints_and_warns(
        "",
        "warning: `h.example` gets no token over plain http\nhint: use the https URL of the repository\n",
    );
}

#[test]
fn a_path_is_matched_if_git_names_it_and_a_named_profile_matches_everywhere() {
    let server = Server::start();
    let tok = cached(&server);
    let password = format!(
        "username=oauth2\npassword=tok-1\npassword_expiry_utc={}\n",
        expiry(&tok)
    );
    let team = "protocol=http\nhost=127.0.0.1:8080\npath=team/x.git\n";
    tok.run_with(GET, team).prints(&password);
    let elsewhere = "protocol=https\nhost=elsewhere.example\n";
    tok.run_with("credential git --profile api get", elsewhere)
        .prints(&password);
    tok.run_as("git-credential-tok", "--profile=api get", elsewhere)
        .prints(&password);
    tok.run_with("credential git --profile apis get", elsewhere)
        .fails_with(3, "no profile `apis`", "`api`");
}

#[test]
fn unknown_operations_and_attributes_of_git_are_ignored() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server).credentials(MAP);
    for operation in ["store", "capability", "something-new"] {
        let words = format!("credential git {operation}");
        tok.run_with(&words, &format!("{NEW_GIT}credential=made-up\n"))
            .prints("");
    }
    tok.run_with("credential git something-new", "no key value\n")
        .prints("");
    // What follows the blank line is not git's.
    tok.run_with(GET, "new[]=x\n\nprotocol=https\nhost=git.example.com\n")
        .prints("");
    let outcome = tok.run_with(GET, "a secret line\n");
    outcome.fails_with(2, "without `key=value`", "docs/credential-helpers.md");
    assert!(!outcome.stderr.contains("secret"));
    assert_eq!(tok.run("credential git").code, 2);
}

#[test]
fn erase_drops_the_token_that_was_refused_and_no_other() {
    let server = Server::start();
    let tok = cached(&server);
    let erase = |more: &str| {
        tok.run_as("git-credential-tok", "erase", &format!("{NEW_GIT}{more}"))
            .prints("");
    };
    erase("authtype=Bearer\ncredential=tok-0\n");
    erase("username=oauth2\npassword=tok-0\n");
    erase("authtype=Basic\ncredential=not base64\n");
    erase("");
    tok.run_with(
        "credential git erase",
        "protocol=https\nhost=other.example\npassword=tok-1\n",
    )
    .prints("");
    tok.run("get api").prints("tok-1\n");

    for (old, new, refused) in [
        (
            "tok-1",
            "tok-2",
            "authtype=Bearer\ncredential=tok-1\nephemeral=1\n",
        ),
        ("tok-2", "tok-3", "username=oauth2\npassword=tok-2\n"),
        // base64 of `me:tok-3`.
        (
            "tok-3",
            "tok-4",
            "authtype=Basic\ncredential=bWU6dG9rLTM=\n",
        ),
    ] {
        tok.run("get api").prints(&format!("{old}\n"));
        erase(refused);
        tok.run("get api --cached")
            .fails_with(10, "expired", "without `--cached`");
        server.issue(new);
        tok.run("get api").prints(&format!("{new}\n"));
        // A late process, which was refused the old one.
        erase(refused);
        tok.run("get api").prints(&format!("{new}\n"));
    }
}

#[test]
fn erase_keeps_the_refresh_token() {
    let server = Server::start();
    server.rotate("tok-1", "single-use").rotate("tok-2", "next");
    let tok = Sandbox::new()
        .api(&server, "renew = \"refresh_token\"\n")
        .credentials(MAP);
    tok.run("get api").prints("tok-1\n");
    tok.run_with(
        "credential git erase",
        &format!("{OLD_GIT}password=tok-1\n"),
    )
    .prints("");
    tok.run("get api").prints("tok-2\n");
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .text()
            .contains("refresh_token=single-use")
    );
}

/// An issuer that hands out one token until it is over is not asked again at each refusal.
#[test]
fn a_token_that_is_issued_again_is_not_erased_in_a_loop() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-1");
    let tok = Sandbox::with_api(&server).credentials(MAP);
    tok.run("get api").prints("tok-1\n");
    for _ in 0..3 {
        tok.run_with(
            "credential git erase",
            &format!("{OLD_GIT}password=tok-1\n"),
        )
        .prints("");
        tok.run("get api").prints("tok-1\n");
    }
}

#[test]
fn a_hundred_that_were_refused_one_token_send_one_request() {
    let server = Server::start();
    let tok = cached(&server);
    server.issue("tok-2");
    let start = |operation: &str, more: &str| {
        let mut command = tok.process(&format!("credential git {operation}"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(format!("{OLD_GIT}{more}").as_bytes())
            .unwrap();
        child
    };
    let finish = |children: Vec<Child>| -> Vec<String> {
        let outputs = children
            .into_iter()
            .map(|child| child.wait_with_output().unwrap());
        let text = |output: std::process::Output| {
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            String::from_utf8(output.stdout).unwrap()
        };
        outputs.map(text).collect()
    };
    // Each is refused, and asks again at once, whatever the others do meanwhile.
    let erased = finish(
        (0..50)
            .map(|_| start("erase", "password=tok-1\n"))
            .collect(),
    );
    assert!(erased.iter().all(String::is_empty));
    let mixed = (0..50)
        .flat_map(|_| [start("get", ""), start("erase", "password=tok-1\n")])
        .collect();
    let mixed = finish(mixed);
    let replies = mixed.iter().filter(|text| !text.is_empty());
    assert_eq!(
        replies
            .filter(|text| text.contains("\npassword=tok-2\n"))
            .count(),
        50,
        "{mixed:?}"
    );
}

#[test]
fn an_unwritable_cache_costs_the_cache_alone() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server)
        .credentials(MAP)
        .file(".cache", "a file");
    let outcome = tok.run_with(GET, OLD_GIT);
    assert!(
        outcome
            .stdout
            .starts_with("username=oauth2\npassword=tok-1\n"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome
            .stderr
            .starts_with("warning: the token is not cached"),
        "{}",
        outcome.stderr
    );
    tok.run_with(
        "credential git erase",
        &format!("{OLD_GIT}password=tok-1\n"),
    )
    .prints("");
}

/// It would begin a line of its own in the reply.
#[test]
fn a_username_with_a_control_character_is_not_repeated() {
    let server = Server::start();
    let tok = cached(&server);
    let outcome = tok.run_with(GET, &format!("{OLD_GIT}username=me\r\n"));
    assert!(
        outcome.stdout.starts_with("username=oauth2\n"),
        "{}",
        outcome.stdout
    );
}
