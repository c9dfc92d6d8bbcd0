//! What CI runners are told to hide.

use super::git::{GET, NEW_GIT, bearer};
use super::{cached, expiry};
use crate::support::{Sandbox, Server};

/// The mask goes to standard error, where git's protocol is not.
#[test]
fn in_a_workflow_the_token_is_masked_beside_the_protocol() {
    let server = Server::start();
    let mut tok = cached(&server);
    tok.set("GITHUB_ACTIONS", "true");
    let expected = bearer("tok-1", expiry(&tok));
    tok.run_with(GET, NEW_GIT)
        .prints_and_warns(&expected, "::add-mask::tok-1\n");
}

/// Anybody can decode base64: it is masked too where it is printed, and only there.
#[test]
fn a_username_and_token_in_base64_are_masked_too() {
    let server = Server::start();
    let mut tok = cached(&server);
    let masks = |tok: &Sandbox, protocol: &str, input: &str| {
        let outcome = tok.run_with(&format!("credential {protocol}"), input);
        assert_eq!(outcome.code, 0, "{protocol}: {}", outcome.stderr);
        outcome.stderr
    };
    let url = "https://a.pkg.example.com/";
    let cargo = format!(
        "{{\"v\":1,\"kind\":\"get\",\"operation\":\"read\",\"registry\":{{\"index-url\":\"{url}\"}}}}\n"
    );
    let git = NEW_GIT.replace("git.example.com", "a.pkg.example.com");
    let asked = NEW_GIT.to_owned() + "username=me\nwwwauth[]=Basic\n";
    // base64 of `robot:tok-1` and of `me:tok-1`.
    let (robot, me) = ("cm9ib3Q6dG9rLTE=", "bWU6dG9rLTE=");
    let with_basic = [
        ("git get", git.as_str(), robot),
        ("git get", asked.as_str(), me),
        ("bazel get", &format!("{{\"uri\":\"{url}\"}}"), robot),
        ("cargo", cargo.as_str(), robot),
        (&format!("goauth {url}"), "", robot),
    ];
    let without = [
        ("docker get", url),
        ("terraform get a.pkg.example.com", ""),
        ("keyring get https://a.pkg.example.com/ robot", ""),
        ("git get", "protocol=https\nhost=a.pkg.example.com\n"),
    ];
    for (variable, command) in [
        ("GITHUB_ACTIONS", "::add-mask::"),
        ("TF_BUILD", "##vso[task.setsecret]"),
    ] {
        tok.set(variable, "true");
        for (protocol, input, basic) in with_basic {
            assert_eq!(
                masks(&tok, protocol, input),
                format!("{command}tok-1\n{command}{basic}\n"),
                "{protocol}"
            );
        }
        for (protocol, input) in without {
            assert_eq!(
                masks(&tok, protocol, input),
                format!("{command}tok-1\n"),
                "{protocol}"
            );
        }
        tok.unset(variable);
    }
}
