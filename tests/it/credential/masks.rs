//! What CI runners are told to hide.

use super::git::{GET, NEW_GIT, reply};
use super::{ME, ROBOT, cached, expiry};

/// The mask goes to standard error, where git's protocol is not.
#[test]
fn in_a_workflow_the_token_is_masked_beside_the_protocol() {
    let (_server, mut tok) = cached();
    tok.set("GITHUB_ACTIONS", "true");
    let expected = reply("Bearer", "tok-1", expiry(&tok));
    tok.run_with(GET, NEW_GIT)
        .prints_and_warns(&expected, "::add-mask::tok-1\n");
}

/// base64 is decoded easily: it is masked too where it is printed, and only there.
#[test]
fn a_username_and_token_in_base64_are_masked_too() {
    let (_server, mut tok) = cached();
    let url = "https://a.pkg.example.com/";
    let cargo = format!(
        "{{\"v\":1,\"kind\":\"get\",\"operation\":\"read\",\"registry\":{{\"index-url\":\"{url}\"}}}}\n"
    );
    let git = NEW_GIT.replace("git.example.com", "a.pkg.example.com");
    let asked = NEW_GIT.to_owned() + "username=me\nwwwauth[]=Basic\n";
    let (bazel, goauth) = (format!("{{\"uri\":\"{url}\"}}"), format!("goauth {url}"));
    let old_git = "protocol=https\nhost=a.pkg.example.com\n";
    for (variable, command) in [
        ("GITHUB_ACTIONS", "::add-mask::"),
        ("TF_BUILD", "##vso[task.setsecret]"),
    ] {
        tok.set(variable, "true");
        for (protocol, input, basic) in [
            ("git get", git.as_str(), ROBOT),
            ("git get", &asked, ME),
            ("bazel get", &bazel, ROBOT),
            ("cargo", &cargo, ROBOT),
            (&goauth, "", ROBOT),
            ("docker get", url, ""),
            ("terraform get a.pkg.example.com", "", ""),
            ("keyring get https://a.pkg.example.com/ robot", "", ""),
            ("git get", old_git, ""),
        ] {
            let outcome = tok.run_with(&format!("credential {protocol}"), input);
            let masks = ["tok-1", basic].map(|text| format!("{command}{text}\n"));
            let count = if basic.is_empty() { 1 } else { 2 };
            assert_eq!(outcome.stderr, masks[..count].concat(), "{protocol}");
            assert_eq!(outcome.code, 0);
        }
        tok.unset(variable);
    }
}
