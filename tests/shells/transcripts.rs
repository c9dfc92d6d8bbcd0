//! The transcripts beside this file: after `== SHELLS` (and `if PROGRAM`, for one that need not be there) come commands
//! (`$`, and `>` for further lines), each with what it prints and, in brackets, its exit code where that is not 0.

use std::fs;

use crate::is_there;
use crate::support::{Loopback, Request, Sandbox, json_response, response};

const TRANSCRIPTS: [&str; 4] = [
    include_str!("env.t"),
    include_str!("exec.t"),
    include_str!("curl.t"),
    include_str!("ci.t"),
];

/// Every character that a token can have: RFC 6750's and more, 0x21 to 0x7E.
fn token() -> String {
    ('!'..='~').collect()
}

#[derive(Clone)]
struct Case {
    shell: String,
    script: String,
    stdout: String,
    code: i32,
}

/// Runs them all; how many there were, and what was wrong.
pub(crate) fn check() -> (usize, Vec<String>) {
    let mut cases: Vec<Case> = TRANSCRIPTS.into_iter().flat_map(parse).collect();
    cases.extend(action());
    let wrong = cases.iter().filter_map(|case| {
        let (_server, sandbox) = machine();
        let ran = sandbox.script(&case.shell, &case.script);
        let is_right =
            (ran.code, &ran.stdout, ran.stderr.as_str()) == (case.code, &case.stdout, "");
        let Case {
            shell,
            script,
            stdout,
            code,
        } = case;
        (!is_right).then(|| {
            format!("{shell}: {script}\n  expected [{code}] {stdout:?}\n  found    {ran:?}")
        })
    });
    (cases.len(), wrong.collect())
}

fn parse(text: &'static str) -> Vec<Case> {
    let (mut shells, mut cases): (Vec<&str>, Vec<Case>) = (Vec::new(), Vec::new());
    let mask = format!("::add-mask::{}", token().replace('%', "%25"));
    let azure = format!("##vso[task.setsecret]{}", token().replace('%', "%AZP25"));
    for line in text.lines() {
        let copies = cases.len().saturating_sub(shells.len());
        let code = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'));
        if let Some(section) = line.strip_prefix("== ") {
            let (names, needed) = section.split_once(" if ").unwrap_or((section, "sh"));
            shells = names.split(' ').filter(|_| is_there(needed)).collect();
            if shells.is_empty() {
                println!("there is no {needed} here: it is not tried");
            }
        } else if let Some(script) = line.strip_prefix("$ ") {
            cases.extend(shells.iter().map(|shell| Case {
                shell: (*shell).to_owned(),
                script: script.to_owned(),
                stdout: String::new(),
                code: 0,
            }));
        } else if line.is_empty() || line.starts_with("# ") {
        } else if let Some(more) = line.strip_prefix("> ") {
            for case in &mut cases[copies..] {
                case.script = format!("{}\n{more}", case.script);
            }
        } else if let Some(code) = code.and_then(|code| code.parse().ok()) {
            cases[copies..].iter_mut().for_each(|case| case.code = code);
        } else {
            let line = line
                .replace("{mask}", &mask)
                .replace("{azure-mask}", &azure);
            let line = line.replace("{token}", &token()) + "\n";
            let line = line.replace(" (no-eol)\n", "");
            cases[copies..]
                .iter_mut()
                .for_each(|case| case.stdout += &line);
        }
    }
    cases
}

/// Profiles `api` and `other`, whose tokens are good, and `bad`, which is refused; `$URL` is the server.
fn machine() -> (Loopback, Sandbox) {
    let server = Loopback::start(|mut stream| {
        if let Some(request) = Request::read(&mut stream) {
            let _ = std::io::Write::write_all(&mut stream, &answer(&request));
        }
    });
    let mut sandbox = Sandbox::new()
        .linked_as(["tok"])
        .env("URL", &server.url(""));
    for name in ["api", "other", "bad"] {
        sandbox = sandbox.client(name, &server.url(&format!("/token/{name}")), "");
    }
    (server, sandbox.env("SECRET", "made-up-secret"))
}

/// It issues tokens, and is an API that tells what it was sent.
fn answer(request: &Request) -> Vec<u8> {
    match request.path.as_str() {
        "/token/bad" => json_response("401 Unauthorized", "{\"error\":\"invalid_client\"}"),
        path if path.starts_with("/token/") => {
            let token = serde_json::Value::from(token());
            let body = format!("{{\"access_token\":{token},\"expires_in\":3600}}");
            json_response("200 OK", &body)
        }
        "/refused" => response("403 Forbidden", "", ""),
        // A person who types `ps` at this moment sees no token.
        _ if is_in_an_argument(&token()) => response("500 Oops", "", "the token is in argv\n"),
        _ => {
            let body = String::from_utf8_lossy(&request.body);
            response(
                "200 OK",
                "",
                format!("{}\n{body}", request.header("authorization")),
            )
        }
    }
}

/// Whether a running program has this text in its arguments.
fn is_in_an_argument(text: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}

/// The last script of `action.yml`, as GitHub's runner runs a step of it.
fn action() -> Vec<Case> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml")).unwrap();
    let (_, script) = text.rsplit_once("run: |\n").unwrap();
    let indented = script
        .lines()
        .take_while(|line| line.starts_with("        "));
    let script: String = indented
        .map(|line| line.trim_start().to_owned() + "\n")
        .collect();
    let case = |profile: &str, stdout: &str| {
        let script = format!(
            "PROFILE={profile}\n{ACTION_START}cat > run << 'END'\n{script}END\n{ACTION_RUN}"
        );
        let mut cases = parse("== bash\n$ x\n");
        cases[0].script = script;
        stdout.clone_into(&mut cases[0].stdout);
        cases.remove(0)
    };
    let (token, mask) = (
        token(),
        format!("::add-mask::{}\n", token().replace('%', "%25")),
    );
    let good = format!("{mask}{token}\n{token}\nexpires\n");
    vec![case("api", &good), case("bad", "5\n")]
}

const ACTION_START: &str = "export GITHUB_ACTIONS=true GITHUB_ENV=$PWD/env GITHUB_OUTPUT=$PWD/output \
    PROFILE VARIABLE=T CONFIG= MIN_TTL=10m\n";

const ACTION_RUN: &str = "if bash --noprofile --norc -eo pipefail run 2> log; then head -n 1 log; \
    sed -n 's/^TOKEN=//p' output; sed -n 's/^T=//p' env; grep -q '^TOKEN_EXPIRES_AT=1[0-9]*$' output && echo expires; \
    else echo $?; test ! -s output && test ! -s env; fi\n";
