//! Tokens handed over to real shells and real programs: `just shells`.
//!
//! Not one of cargo's ordinary tests, as those need nothing but Rust. bash, dash, zsh, fish, curl and wget must be
//! there; PowerShell is tried where it is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests are the outside world"
)]

mod curl_samples;
#[path = "../samples/mod.rs"]
mod samples;
mod world;

use std::process::{Command, ExitCode, Stdio};

use world::{Did, World, token};

/// A shell, a script, and what must come of it.
struct Case {
    shell: &'static str,
    script: &'static str,
    stdout: String,
    code: i32,
}

fn case(shell: &'static str, script: &'static str, stdout: impl Into<String>, code: i32) -> Case {
    Case { shell, script, stdout: stdout.into(), code }
}

/// Those that read the code of `--shell sh`.
const LIKE_SH: [&str; 3] = ["bash", "dash", "zsh"];

const NEEDED: [&str; 6] = ["bash", "dash", "zsh", "fish", "curl", "wget"];

fn like_sh(shell: &'static str) -> Vec<Case> {
    let token = token();
    vec![
        case(shell, r#"eval "$(tok env api)"; printf '%s\n' "$ACCESS_TOKEN""#, format!("{token}\n"), 0),
        case(shell, r#"eval "$(tok env api=A other=B)"; printenv A B"#, format!("{token}\n{token}\n"), 0),
        case(shell, r#"eval "$(tok env api=A --expires)"; test "$A_EXPIRES_AT" -gt 1700000000"#, "", 0),
        case(shell, r#"A=old; eval "$(tok env bad=A 2>&-)"; echo "$? ${A-gone}""#, "5 gone\n", 0),
        case(
            shell,
            r#"A=old; B=old; eval "$(tok env api=A bad=B 2>&-)"; echo "$? ${A-gone} ${B-gone}""#,
            "5 gone gone\n",
            0,
        ),
        case(shell, r#"set -e; eval "$(tok env bad 2>&-)"; echo reached"#, "", 5),
        case(shell, r#"eval "$(tok env bad 2>&-)" || echo caught"#, "caught\n", 0),
        case(shell, r#"f() { eval "$(tok env bad 2>&-)"; echo $?; }; f"#, "5\n", 0),
        case(
            shell,
            r#"ACCESS_TOKEN=old; eval "$(tok env api --no-such 2>&-)"; echo "$? ${ACCESS_TOKEN-gone}""#,
            "2 gone\n",
            0,
        ),
        case(shell, r#"set -u; eval "$(tok env 2>&-)"; echo $?"#, "2\n", 0),
    ]
}

fn fish() -> Vec<Case> {
    let token = token();
    let of = |script, stdout: String, code| case("fish", script, stdout, code);
    vec![
        of(r#"tok env api --shell fish | source; printf '%s\n' "$ACCESS_TOKEN""#, format!("{token}\n"), 0),
        of(
            "eval (tok env api=A other=B --shell fish); printenv A; printenv B",
            format!("{token}\n{token}\n"),
            0,
        ),
        of(
            "set -gx A old; tok env bad=A --shell fish 2>/dev/null | source; echo $status; set -q A; or echo gone",
            "5\ngone\n".into(),
            0,
        ),
        of(
            "set -gx A old; eval (tok env bad=A --shell fish 2>/dev/null); echo $status; set -q A; or echo gone",
            "5\ngone\n".into(),
            0,
        ),
        of(
            "function f; eval (tok env bad --shell fish 2>/dev/null); or echo caught; end; f; echo after",
            "caught\nafter\n".into(),
            0,
        ),
        of("eval (tok env api --shell fish --no-such 2>/dev/null); echo $status", "2\n".into(), 0),
    ]
}

fn powershell() -> Vec<Case> {
    let of = |script, stdout: String, code| case("pwsh", script, stdout, code);
    vec![
        of(
            "tok env api --shell pwsh | Out-String | Invoke-Expression; $env:ACCESS_TOKEN",
            format!("{}\n", token()),
            0,
        ),
        of(
            "$env:A = 'old'; tok env bad=A --shell pwsh 2>$null | Out-String | Invoke-Expression 2>$null; \
             \"$LASTEXITCODE $(Test-Path Env:A)\"",
            "5 False\n".into(),
            0,
        ),
    ]
}

/// In bash, as most of them need its `<(…)`. The API answers with the Authorization that it was sent, then the body.
fn programs() -> Vec<Case> {
    let bearer = format!("Bearer {}\n", token());
    let of = |script, stdout: String, code| case("bash", script, stdout, code);
    vec![
        of("tok get api -H | curl -sH @- $URL/", bearer.clone(), 0),
        of("curl -sK <(tok get api --format curl) $URL/", bearer.clone(), 0),
        of("tok get api --format curl | curl -sK - $URL/", bearer.clone(), 0),
        // wget takes no pipe for its configuration: a file that only its owner can read.
        of(
            "umask 077; tok get api -H | sed 's/^/header = /' > rc; wget -qO- --config=rc $URL/",
            bearer.clone(),
            0,
        ),
        of("tok curl api -- -s $URL/", bearer.clone(), 0),
        of("echo body | tok curl api -- -s -d @- $URL/", format!("{bearer}body"), 0),
        of("echo \"url = $URL/\" | tok curl api -- -s -K -", bearer.clone(), 0),
        of("echo \"url = $URL/\" > own; tok curl api -- -K own -s", bearer.clone(), 0),
        of("tok curl api -- -sK <(echo \"url = $URL/\")", bearer.clone(), 0),
        of("exec 3<<< body; tok curl api -- -s -d @/dev/fd/3 $URL/", format!("{bearer}body"), 0),
        of("tok curl api -- -s $URL/ $URL/", bearer.repeat(2), 0),
        of("tok curl api -- -s $URL/ --next -s $URL/", bearer.repeat(2), 0),
        of("echo 'data = rc' > .curlrc; tok curl api -- -s $URL/; rm .curlrc", format!("{bearer}rc"), 0),
        of("echo 'data = rc' > .curlrc; tok curl api -- -qs $URL/; rm .curlrc", bearer.clone(), 0),
        of("tok curl api -- -sf $URL/refused", String::new(), 22),
        of("tok curl bad -- -s $URL/ 2>&-", String::new(), 5),
        of("tok exec api=T -- sh -c 'printf \"%s\\n\" \"$T\"'", format!("{}\n", token()), 0),
        of("{ tok exec api -- sh -c 'kill -TERM $$'; } 2>&-; echo $?", "143\n".into(), 0),
        of("tok exec api -- no-such-program 2>&-", String::new(), 127),
        of("tok exec api -- . 2>&-", String::new(), 126),
        // GitHub's runner reads the file so: up to a line that is the delimiter. Or one line, up to the equals sign.
        of(
            "GITHUB_ENV=$PWD/env tok env api=T --github 2>&-; if grep -q '^T=' env; then sed -n 's/^T=//p' env; else sed '1d;$d' env; fi",
            format!("{}\n", token()),
            0,
        ),
    ]
}

fn is_there(program: &str) -> bool {
    let script = format!("command -v {program}");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn main() -> ExitCode {
    let missing: Vec<&str> = NEEDED.into_iter().filter(|program| !is_there(program)).collect();
    if !missing.is_empty() {
        eprintln!("these are not installed: {}", missing.join(" "));
        return ExitCode::FAILURE;
    }
    let mut cases: Vec<Case> = LIKE_SH.into_iter().flat_map(like_sh).collect();
    cases.extend(fish());
    cases.extend(programs());
    if is_there("pwsh") {
        cases.extend(powershell());
    } else {
        println!("there is no pwsh here: PowerShell is not tried");
    }
    let mut wrong = 0;
    for Case { shell, script, stdout, code } in &cases {
        let world = World::new();
        let did = world.run(shell, script);
        let expected = Did { code: Some(*code), stdout: stdout.clone(), stderr: String::new() };
        if did != expected {
            println!("{shell}: {script}\n  expected {expected:?}\n  found    {did:?}");
            wrong += 1;
        }
    }
    let (samples, complaints) = curl_samples::check();
    complaints.iter().for_each(|complaint| println!("{complaint}"));
    wrong += complaints.len();
    let count = cases.len() + samples;
    println!("{} of {count} as they must be", count - wrong);
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
