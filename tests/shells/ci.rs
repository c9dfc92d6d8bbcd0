//! What CI systems read: the file of a GitHub workflow, our action's own script, dotenv lines, logging commands.

use std::fs;

use super::world::token;
use crate::{Case, case};

pub(crate) fn all() -> Vec<Case> {
    let line = format!("{}\n", token());
    let mask = format!("::add-mask::{}\n", token().replace('%', "%25"));
    let of = |script: &str, stdout: &str, code| case("bash", script, stdout, code);
    let action = format!(
        "{ACTION_WORLD}cat > run << 'END'\n{}END\n{ACTION_RUN}",
        action()
    );
    vec![
        // GitHub's runner reads a line up to the first equals sign.
        of(
            "GITHUB_ENV=$PWD/env tok env api=T --github 2>&-; sed -n 's/^T=//p' env",
            &line,
            0,
        ),
        of(
            "printf A=1 > env; GITHUB_ENV=$PWD/env tok env api=T --github 2>&-; sed -n 's/^T=//p' env; grep -c ^A=1$ env",
            &format!("{line}1\n"),
            0,
        ),
        of(
            "GITHUB_ENV=$PWD/env tok env api=T bad=U --github 2>&-; echo $?; cat env 2>&-",
            "5\n",
            1,
        ),
        // The runner reads both streams; the mask must be first, and come from `$(…)` too.
        of(
            "export GITHUB_ACTIONS=true; tok get api 2>&1",
            &format!("{mask}{line}"),
            0,
        ),
        of(
            "export GITHUB_ACTIONS=true; { t=$(tok get api); } 2>&1",
            &mask,
            0,
        ),
        case(
            "bash",
            action.clone(),
            format!("{mask}{mask}{line}{line}expires\n"),
            0,
        ),
        case("bash", format!("PROFILE=bad\n{action}"), "5\n", 0),
        // Azure's agent: the token is a variable of the later steps, and masked.
        of(
            "export TF_BUILD=True; { token=$(tok get api); } 2>&1; \
             echo \"##vso[task.setvariable variable=ACCESS_TOKEN;issecret=true]$token\"",
            &format!(
                "##vso[task.setsecret]{}\n##vso[task.setvariable variable=ACCESS_TOKEN;issecret=true]{line}",
                token().replace('%', "%AZP25")
            ),
            0,
        ),
        // CircleCI reads its file at the start of each step.
        of(
            "export BASH_ENV=$PWD/env; tok env api >> $BASH_ENV; bash -c 'printf \"%s\\n\" \"$ACCESS_TOKEN\"'",
            &line,
            0,
        ),
        of(
            "export BASH_ENV=$PWD/env; tok env bad >> $BASH_ENV 2>&-; echo $?; bash -c 'echo ${ACCESS_TOKEN-gone}'",
            "5\ngone\n",
            0,
        ),
        of(
            "tok env api=A other=B --dotenv | sed 's/=.*//'; tok env api=A --dotenv | sed 's/^A=//'",
            &format!("A\nB\n{line}"),
            0,
        ),
        of("tok env api=A bad=B --dotenv 2>&-", "", 5),
        // Buildkite's redactor takes what comes on standard input, without the line break at its end.
        of("set -o pipefail; tok get api --min-ttl 10m | cat", &line, 0),
        of(
            "set -o pipefail; tok get bad --min-ttl 10m 2>&- | cat",
            "",
            5,
        ),
    ]
}

/// What the runner prepares for a step of our action.
const ACTION_WORLD: &str = "export GITHUB_ACTIONS=true GITHUB_ENV=$PWD/env GITHUB_OUTPUT=$PWD/output \
    PROFILE=${PROFILE-api} VARIABLE=T CONFIG= MIN_TTL=10m\n";

/// How it runs the step, and what comes of it.
const ACTION_RUN: &str = "if bash --noprofile --norc -eo pipefail run 2> log; then cat log; \
    sed -n 's/^TOKEN=//p' output; sed -n 's/^T=//p' env; grep -q '^TOKEN_EXPIRES_AT=1[0-9]*$' output && echo expires; \
    else echo $?; test ! -s output && test ! -s env; fi\n";

/// The last script of `action.yml`.
fn action() -> String {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml")).unwrap();
    let (_, script) = text.rsplit_once("run: |\n").unwrap();
    let indented = script
        .lines()
        .take_while(|line| line.starts_with("        "));
    indented
        .map(|line| line.trim_start().to_owned() + "\n")
        .collect()
}
