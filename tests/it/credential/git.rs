//! git's credential helper.

use super::{MAP, OAUTH2, ROBOT, cached, expiry, unasked};
use crate::support::{Outcome, Running, Sandbox, Server};

pub(super) const GET: &str = "credential git get";
const ERASE: &str = "credential git erase";
const HELPER: &str = "git-credential-tok";
pub(super) const NEW_GIT: &str =
    "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example.com\n";
const OLD_GIT: &str = "protocol=https\nhost=git.example.com\n";

pub(super) fn reply(scheme: &str, credential: &str, expires_at: i64) -> String {
    let first = format!("capability[]=authtype\nauthtype={scheme}\ncredential={credential}\n");
    format!("{first}password_expiry_utc={expires_at}\nephemeral=1\n")
}

fn password(username: &str, tok: &Sandbox) -> String {
    let at = expiry(tok);
    format!("username={username}\npassword=tok-1\npassword_expiry_utc={at}\n")
}

#[test]
fn a_new_git_gets_a_bearer_token_and_an_older_one_a_password() {
    let (_server, tok) = cached();
    let bearer = reply("Bearer", "tok-1", expiry(&tok));
    tok.run_with(GET, NEW_GIT).prints(&bearer);
    tok.run_as(HELPER, "get", NEW_GIT).prints(&bearer);
    tok.run_with(GET, OLD_GIT).prints(&password("oauth2", &tok));
    let me = format!("{OLD_GIT}username=me\n");
    tok.run_with(GET, &me).prints(&password("me", &tok));
    // Mapped by a wildcard, with a username.
    let other = me.replace("git.example.com", "a.pkg.example.com");
    tok.run_with(GET, &other).prints(&password("robot", &tok));
    // A control character would begin a line of its own in the reply.
    let forged = format!("{OLD_GIT}username=me\r\n");
    tok.run_with(GET, &forged).prints(&password("oauth2", &tok));
}

#[test]
fn basic_is_used_if_the_server_or_the_profiles_file_says_so_and_is_not_stored() {
    let (_server, tok) = cached();
    let basic = reply("Basic", OAUTH2, expiry(&tok));
    let bearer = reply("Bearer", "tok-1", expiry(&tok));
    for (challenges, expected) in [
        ("wwwauth[]=Basic realm=\"git\"\n", &basic),
        ("wwwauth[]=basic\nwwwauth[]=Negotiate\n", &basic),
        ("wwwauth[]=Basic\nwwwauth[]=bearer realm=x\n", &bearer),
        ("wwwauth[]=Basic\nwwwauth[]=\n", &bearer),
        ("wwwauth[]=Negotiate\n", &bearer),
        // A proxy may have joined them in one line.
        ("wwwauth[]=Negotiate, Basic realm=\"x\"\n", &basic),
        ("wwwauth[]=Basic realm=\"a, Bearer b\"\n", &basic),
        ("wwwauth[]=Basic realm=\"x\", Bearer\n", &bearer),
    ] {
        tok.run_with(GET, &format!("{NEW_GIT}{challenges}"))
            .prints(expected);
    }
    let other = NEW_GIT.replace("git.example.com", "a.pkg.example.com");
    let robot = reply("Basic", ROBOT, expiry(&tok));
    tok.run_with(GET, &other).prints(&robot);
}

#[test]
fn a_miss_fetches_and_a_failure_is_an_empty_reply() {
    let server = Server::start();
    server.issue("tok-1").reject("invalid_client");
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let outcome = tok.run_with(GET, OLD_GIT);
    outcome.prints(&password("oauth2", &tok));
    tok.run("forget api").prints("api: 1 token\n");
    let outcome = tok.run_with(GET, OLD_GIT);
    outcome.fails_with(5, "answered 401: invalid_client", "client_secret");
}

#[test]
fn a_host_that_is_not_mapped_is_left_to_the_next_helper() {
    let tok = unasked();
    for input in [
        "protocol=https\nhost=other.example.com\n",
        "protocol=https\nhost=git.example.com:8443\n",
        "protocol=https\nhost=a.b.pkg.example.com\n",
        "protocol=https\nhost=git.example.com.evil.example\n",
        "protocol=https\nhost=git.example.com/.evil.example\n",
        "protocol=https\nhost=git.example.com@evil.example\n",
        "protocol=http\nhost=127.0.0.1:8080\npath=teams/x.git\n",
        "protocol=http\nhost=other.example.com\n",
        "protocol=ssh\nhost=git.example.com\n",
        "protocol=https://git.example.com/x#\nhost=evil.example\n",
        "protocol=https\nhost=git.example.com\r\n",
        "protocol=cert\nhost=\npath=/a.pem\n",
        "protocol=https\n",
        "",
    ] {
        tok.run_with(GET, input).prints("");
    }
    for (host, line) in [
        ("git.example.com", GET),
        ("h.example", "credential git --profile api get"),
    ] {
        let warning = format!("warning: `{host}` gets no token over plain http\n");
        let hint = "hint: use the https URL of the repository\n";
        let outcome = tok.run_with(line, &format!("protocol=http\nhost={host}\n"));
        outcome.prints_and_warns("", &format!("{warning}{hint}"));
    }
}

#[test]
fn a_path_is_matched_if_git_names_it_and_a_named_profile_matches_everywhere() {
    let (_server, tok) = cached();
    let password = password("oauth2", &tok);
    let team = "protocol=http\nhost=127.0.0.1:8080\npath=team/x.git\n";
    tok.run_with(GET, team).prints(&password);
    let elsewhere = "protocol=https\nhost=elsewhere.example\n";
    tok.run_with("credential git --profile api get", elsewhere)
        .prints(&password);
    tok.run_as(HELPER, "--profile=api get", elsewhere)
        .prints(&password);
    let outcome = tok.run_with("credential git --profile apis get", elsewhere);
    outcome.fails_with(3, "unknown profile `apis`", "`api`");
}

#[test]
fn unknown_operations_and_attributes_of_git_are_ignored() {
    let tok = unasked();
    for operation in ["store", "capability", "something-new"] {
        let line = format!("credential git {operation}");
        tok.run_with(&line, &format!("{NEW_GIT}credential=made-up\n"))
            .prints("");
    }
    tok.run_with("credential git something-new", "no key value\n")
        .prints("");
    // What follows the blank line is not git's.
    tok.run_with(GET, &format!("new[]=x\n\n{OLD_GIT}"))
        .prints("");
    let outcome = tok.run_with(GET, "a secret line\n");
    outcome.fails_with(2, "without `key=value`", "docs/credential-helpers.md");
    outcome.never_shows("secret");
    assert_eq!(tok.run("credential git").code, 2);
}

#[test]
fn erase_drops_the_token_that_was_refused_and_no_other() {
    let (server, tok) = cached();
    let erase = |more: &str| {
        tok.run_as(HELPER, "erase", &format!("{NEW_GIT}{more}"))
            .prints("");
    };
    erase("authtype=Bearer\ncredential=tok-0\n");
    erase("username=oauth2\npassword=tok-0\n");
    erase("authtype=Basic\ncredential=not base64\n");
    erase("");
    let other = "protocol=https\nhost=other.example\npassword=tok-1\n";
    tok.run_with(ERASE, other).prints("");
    tok.run("get api").prints("tok-1\n");
    for (new, refused) in [
        ("tok-2", "authtype=Bearer\ncredential=tok-1\nephemeral=1\n"),
        ("tok-3", "username=oauth2\npassword=tok-2\n"),
        // base64 of `me:tok-3`.
        ("tok-4", "authtype=Basic\ncredential=bWU6dG9rLTM=\n"),
    ] {
        erase(refused);
        let outcome = tok.run("get api --cached");
        outcome.fails_with(10, "expired", "without `--cached`");
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
        .api(&server, "renew = \"refresh_token\"")
        .credentials(MAP);
    tok.run("get api").prints("tok-1\n");
    tok.run_with(ERASE, &format!("{OLD_GIT}password=tok-1\n"))
        .prints("");
    tok.run("get api").prints("tok-2\n");
    assert!(server.bodies()[1].contains("refresh_token=single-use"));
}

/// An issuer that hands out one token until it is over is not asked again at each refusal.
#[test]
fn a_token_that_is_issued_again_is_not_erased_in_a_loop() {
    let (_server, tok) = Server::cached("tok-1 tok-1");
    let tok = tok.credentials(MAP);
    for _ in 0..3 {
        tok.run_with(ERASE, &format!("{OLD_GIT}password=tok-1\n"))
            .prints("");
        tok.run("get api").prints("tok-1\n");
    }
}

#[test]
fn a_hundred_that_were_refused_one_token_send_one_request() {
    let (server, tok) = cached();
    server.issue("tok-2");
    let refused = format!("{OLD_GIT}password=tok-1\n");
    let erase = || tok.start_with_input(ERASE, &refused);
    // Each is refused, and asks again at once, whatever the others do meanwhile.
    let erased: Vec<_> = (0..50).map(|_| erase()).collect();
    for process in erased {
        process.finish().prints("");
    }
    let mixed = (0..50).flat_map(|_| [tok.start_with_input(GET, OLD_GIT), erase()]);
    let mixed: Vec<_> = mixed.collect();
    let outcomes: Vec<Outcome> = mixed.into_iter().map(Running::finish).collect();
    assert!(outcomes.iter().all(|outcome| outcome.stderr.is_empty()));
    let is_new = |outcome: &&Outcome| outcome.stdout.contains("\npassword=tok-2\n");
    assert_eq!(outcomes.iter().filter(is_new).count(), 50, "{outcomes:?}");
}

#[test]
fn an_unwritable_cache_costs_the_cache_alone() {
    let (_server, tok) = Server::issuing("tok-1");
    let tok = tok.credentials(MAP).file(".cache", "a file");
    let outcome = tok.run_with(GET, OLD_GIT);
    assert!(
        outcome
            .stdout
            .starts_with("username=oauth2\npassword=tok-1\n")
    );
    assert!(
        outcome
            .stderr
            .starts_with("warning: the token is not cached")
    );
    tok.run_with(ERASE, &format!("{OLD_GIT}password=tok-1\n"))
        .prints("");
}
