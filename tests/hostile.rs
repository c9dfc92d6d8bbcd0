//! Hostile replies: whatever a server sends, there is one clean token or a clear failure, in time, in little
//! memory, and nothing of it on standard error that a terminal, a person or a CI runner could be fooled by.

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
    pub(crate) mod measured;
    pub(crate) mod replies;
    pub(crate) mod server;
    pub(crate) mod streams;
}

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hostile::measured::{Ran, Tok};
use hostile::replies::{Case, Must};
use hostile::{echoes, measured, replies};

/// The most that may be said, in bytes.
const WORDS: usize = 16 * 1024;

#[test]
fn whatever_a_server_sends_there_is_one_clean_token_or_a_clear_failure() {
    let cases: Vec<Case> = replies::all().into_iter().chain(echoes::all()).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let tok = Tok::new();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for args in [&["-v"][..], &["--error-format", "json", "--format", "json"]] {
                        let ran = tok.get(&case.reply, args);
                        wrong
                            .lock()
                            .unwrap()
                            .extend(classify(case, &ran, args.len() > 1));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {} replies:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn classify(case: &Case, ran: &Ran, is_json: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut fail = |what: &str| {
        let Ran {
            code,
            stdout,
            stderr,
            took,
        } = ran;
        let (stdout, stderr): (String, String) = (
            stdout.chars().take(200).collect(),
            stderr.chars().take(600).collect(),
        );
        let ran = format!("code {code:?}, {took:?}, stdout {stdout:?}, stderr {stderr:?}");
        wrong.push(format!("{}: {what}: {ran}", case.name));
    };
    let printed = if is_json {
        ran.stdout.contains("\"access_token\":\"tok-1\"")
    } else {
        ran.stdout == "tok-1\n"
    };
    match case.must {
        Must::Print if ran.code != Some(0) || !printed => fail("the token should be printed"),
        Must::Code(code) if ran.code != Some(code) || !ran.stdout.is_empty() => {
            fail(&format!("it should be {code}"));
        }
        _ => {}
    }
    if ran.code != Some(0)
        && !ran.stderr.contains(if is_json {
            "\"message\""
        } else {
            "error: profile `hostile`: "
        })
    {
        fail("it does not say why");
    }
    if ran.stderr.contains("crashed") {
        fail("a panic");
    }
    if ran.stderr.len() > WORDS {
        fail("it says too much");
    }
    if ran
        .stderr
        .chars()
        .chain(ran.stdout.chars())
        .any(|c| c != '\n' && is_unclean(c))
    {
        fail("a character that does not belong there");
    }
    if ran.stderr.lines().any(|line| {
        ["::", "##[", "##vso"]
            .iter()
            .any(|word| line.trim_start().starts_with(word))
    }) {
        fail("a line that a CI runner takes for a command");
    }
    if let Some(form) = echoes::forms()
        .into_iter()
        .map(|(_, form)| form)
        .find(|form| {
            // Hosts and hexadecimal digits are written in small letters too.
            let form = form.to_lowercase();
            ran.stderr.to_lowercase().contains(&form) || ran.stdout.to_lowercase().contains(&form)
        })
    {
        fail(&format!("the secret is told, as {form}"));
    }
    // The contract allows 5 s more; a busy machine takes its own time besides, and a process that hangs takes all.
    if ran.took > measured::TIMEOUT + std::time::Duration::from_secs(25) {
        fail("it takes too long");
    }
    wrong
}

fn is_unclean(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
