//! Hostile replies: whatever a server sends, there is one clean token or a clear failure, in time, in little
//! memory, and nothing of it on standard error that could fool a terminal, a person or a CI runner.

#![cfg(unix)]
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests are the outside world"
)]

mod support;

mod hostile {
    pub(crate) mod echoes;
    pub(crate) mod replies;
    pub(crate) mod reply;
    pub(crate) mod streams;
}

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hostile::echoes::{self, SECRET};
use hostile::reply::{Case, Must, Reply};
use hostile::{replies, streams};
use support::{LIMIT, Loopback, Outcome, Running, Sandbox, program};

/// The most that may be printed, in bytes.
const OUTPUT: usize = 16 * 1024;

/// The most memory that the process may ever have, in KiB.
const MEMORY: u32 = 64 * 1024;

const STYLES: [&[&str]; 2] = [&["-v"], &["--error-format", "json", "--format", "json"]];

#[test]
fn whatever_a_server_sends_there_is_one_clean_token_or_a_clear_failure() {
    let mut cases = replies::all();
    cases.extend(streams::all());
    let mut runs: Vec<(&Case, usize)> = Vec::new();
    // What is wrong with a body reads the same in both styles; what a server writes in words is tried in both.
    runs.extend(
        cases
            .iter()
            .enumerate()
            .map(|(index, case)| (case, index % 2)),
    );
    let texts: Vec<Case> = streams::texts().into_iter().chain(echoes::all()).collect();
    runs.extend(texts.iter().flat_map(|case| [(case, 0), (case, 1)]));
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let tok = Tok::new();
                while let Some((case, style)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ran = tok.get(&case.reply, STYLES[*style]);
                    let found = classify(case, &ran, *style == 1);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let count = (wrong.len(), runs.len());
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        count.0,
        count.1,
        wrong.join("\n")
    );
}

/// The built binary with a profile `hostile`, and the server that it asks.
struct Tok {
    sandbox: Sandbox,
    reply: Arc<Mutex<Arc<Reply>>>,
    _server: Loopback,
}

impl Tok {
    fn new() -> Self {
        let reply = Arc::new(Mutex::new(Arc::new(Reply::Silence)));
        let shared = Arc::clone(&reply);
        let server = Loopback::start(move |mut stream| {
            let reply = Arc::clone(&shared.lock().unwrap());
            reply.send(&mut stream);
        });
        let keys = "timeout = \"1s\"\nretries = 0";
        let sandbox = Sandbox::new().client("hostile", &server.url("/token"), keys);
        Self {
            sandbox: sandbox.env("SECRET", SECRET),
            reply,
            _server: server,
        }
    }

    fn get(&self, reply: &Arc<Reply>, args: &[&str]) -> Outcome {
        *self.reply.lock().unwrap() = Arc::clone(reply);
        let mut command = Command::new("sh");
        // One that wants more memory is ended, or says so.
        let limited = format!("ulimit -d {MEMORY}; exec \"$0\" \"$@\"");
        command.args(["-c", &limited]).arg(program());
        self.sandbox.dress(&mut command);
        command.args(["get", "hostile", "--no-cache"]).args(args);
        Running::start(command, "", self.sandbox.home()).finish_within(LIMIT)
    }
}

fn classify(case: &Case, ran: &Outcome, is_json: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut fail = |what: &str| {
        let stderr: String = ran.stderr.chars().take(600).collect();
        wrong.push(format!(
            "{}: {what}: {}\n{stderr}",
            case.name,
            ran.summary()
        ));
    };
    let token = "\"access_token\":\"tok-1\"";
    let printed = if is_json {
        ran.stdout.contains(token)
    } else {
        ran.stdout == "tok-1\n"
    };
    match case.must {
        Must::Print if ran.code != 0 || !printed => fail("the token should be printed"),
        Must::Code(code) if ran.code != code || !ran.stdout.is_empty() => {
            fail(&format!("it should be {code}"));
        }
        _ => {}
    }
    let why = if is_json {
        "\"message\""
    } else {
        "error: profile `hostile`: "
    };
    if ran.code != 0 && !ran.stderr.contains(why) {
        fail("it does not say why");
    }
    if ran.stderr.contains("crashed") {
        fail("a panic");
    }
    if ran.stderr.len() > OUTPUT {
        fail("it prints too much");
    }
    if ran.all().chars().any(|c| c != '\n' && is_unclean(c)) {
        fail("a character that does not belong there");
    }
    let commands = ["::", "##[", "##vso"];
    let is_command = |line: &str| {
        commands
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    };
    if ran.stderr.lines().any(is_command) {
        fail("a line that a CI runner takes for a command");
    }
    // Hosts and hexadecimal digits are written in small letters too.
    let all = ran.all().to_lowercase();
    let shown = echoes::forms()
        .into_iter()
        .find(|(_, form)| all.contains(&form.to_lowercase()));
    if let Some((_, form)) = shown {
        fail(&format!("the secret is shown, as {form}"));
    }
    // The contract allows 5 s beyond the profile's 1 s; a busy machine takes its own time besides.
    if ran.took > Duration::from_secs(26) {
        fail("it takes too long");
    }
    wrong
}

fn is_unclean(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
