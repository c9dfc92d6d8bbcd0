//! Failures that are remembered, and shared by those who waited for them.

use std::fs::File;
use std::process::Stdio;
use std::time::Instant;

use crate::support::{Answer, Sandbox, Server};

const REJECTED: &str = "{\"error\":\"invalid_client\"}";

#[test]
fn rejected_credentials_are_not_sent_again_until_they_change() {
    let server = Server::start();
    server.replies(401, REJECTED).replies(401, REJECTED).issues("tok-1").for_secs(3600);
    let mut sandbox = Sandbox::with_api(&server);
    let rejected = "the token endpoint answered 401: invalid_client";
    sandbox.run("get api").fails_with(5, rejected, "check `client_id`");
    sandbox.run("get api").fails_with(5, "; not asked again for ", "`tok get -f api`");
    sandbox.run("get api --fresh").fails_with(5, rejected, "check `client_id`");
    sandbox.run("get api").fails_with(5, "; not asked again for ", "`tok get -f api`");
    sandbox.set("SECRET", "the right one");
    sandbox.run("get api").prints("tok-1\n");
}

/// A success makes the failure forgotten: what comes back later is asked for again.
#[test]
fn a_success_lifts_it() {
    let server = Server::start();
    server.replies(401, REJECTED).issues("tok-1").for_secs(3600).issues("tok-2").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api").fails_with(5, "invalid_client", "check");
    sandbox.run("get api --fresh").prints("tok-1\n");
    sandbox.run("forget api").prints("api: 1 token\n");
    sandbox.run("get api").prints("tok-2\n");
}

#[test]
fn what_is_not_about_the_credentials_is_asked_again() {
    let server = Server::start();
    server.replies(400, "{\"error\":\"invalid_scope\"}").issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api").fails_with(5, "invalid_scope", "check `scope`");
    sandbox.run("get api").prints("tok-1\n");
}

#[test]
fn cool_down_of_zero_remembers_nothing() {
    let server = Server::start();
    server.replies(401, REJECTED).issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::new().api(&server, "cool_down = \"0s\"");
    sandbox.run("get api").fails_with(5, "invalid_client", "check");
    sandbox.run("get api").prints("tok-1\n");
}

#[test]
fn a_rate_limit_is_kept_until_its_time() {
    for (header, value) in [("Retry-After", "100"), ("X-Retry-In", "100000")] {
        let server = Server::start();
        server.answers(Answer::json(429, "{}").header(header, value));
        let sandbox = Sandbox::with_api(&server);
        sandbox.run("get api").fails_with(6, "answered 429", "wait 100s");
        sandbox.run("get api").fails_with(6, "; not asked again for ", "`tok get -f api`");
    }
}

#[test]
fn a_503_that_names_its_time_is_kept_until_then() {
    let server = Server::start();
    server.answers(Answer::json(503, "{}").header("Retry-After", "100"));
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api").fails_with(8, "answered 503", "wait 100s");
    sandbox.run("get api").fails_with(8, "; not asked again for ", "`tok get -f api`");
}

/// Profiles with the same endpoint and credentials share the failure, one with others does not.
#[test]
fn it_concerns_the_credentials_and_not_the_profile() {
    let server = Server::start();
    server.replies(401, REJECTED).issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server)
        .profile("scoped", "extends = \"api\"\nscope = \"more\"")
        .profile("other", "extends = \"api\"\nclient_id = \"another\"");
    sandbox.run("get api").fails_with(5, "invalid_client", "check");
    sandbox.run("get scoped").fails_with(5, "; not asked again for ", "`tok get -f scoped`");
    sandbox.run("get other").prints("tok-1\n");
}

/// Whoever holds the lock hangs: the others wait for `timeout` and five seconds, then one of them asks, and the
/// rest print what that one got.
#[test]
fn past_a_frozen_holder_one_asks() {
    let server = Server::start();
    server.issues("tok-1").for_secs(1).issues("tok-2").for_secs(3600);
    let sandbox = Sandbox::new().api(&server, "timeout = \"1s\"");
    sandbox.run("get api").prints("tok-1\n");
    sandbox.pass(10);
    let lock = sandbox.entry_file().with_extension("lock");
    let held = File::options().write(true).open(lock).unwrap();
    held.lock().unwrap();
    let begun = Instant::now();
    let start = |_| {
        sandbox.process("get api").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    };
    let children: Vec<_> = (0..8).map(|index| start(index).unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(output.stdout, b"tok-2\n");
        let warning = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            warning,
            "warning: another `tok` has been fetching this token for 6s; going on without it\n"
        );
    }
    let seconds = begun.elapsed().as_secs();
    assert!((5..20).contains(&seconds), "{seconds}");
    drop(held);
}
