//! `tok env` in the shells that read it.

use super::world::token;
use crate::{Case, case, is_there};

/// Those that read the code of `--shell sh`.
const LIKE_SH: [&str; 3] = ["bash", "dash", "zsh"];

pub(crate) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = LIKE_SH.into_iter().flat_map(like_sh).collect();
    cases.extend(options());
    cases.extend(fish());
    if is_there("pwsh") {
        cases.extend(powershell());
    } else {
        println!("there is no pwsh here: PowerShell is not tried");
    }
    cases
}

/// What `--shell sh` says.
fn like_sh(shell: &'static str) -> Vec<Case> {
    let token = token();
    vec![
        case(
            shell,
            r#"eval "$(tok env api)"; printf '%s\n' "$ACCESS_TOKEN""#,
            format!("{token}\n"),
            0,
        ),
        case(
            shell,
            r#"eval "$(tok env api=A other=B)"; printenv A B"#,
            format!("{token}\n{token}\n"),
            0,
        ),
        case(
            shell,
            r#"eval "$(tok env api=A --expires)"; test "$A_EXPIRES_AT" -gt 1700000000"#,
            "",
            0,
        ),
        case(
            shell,
            r#"A=old; eval "$(tok env bad=A 2>&-)"; echo "$? ${A-gone}""#,
            "5 gone\n",
            0,
        ),
        case(
            shell,
            r#"A=old; B=old; eval "$(tok env api=A bad=B 2>&-)"; echo "$? ${A-gone} ${B-gone}""#,
            "5 gone gone\n",
            0,
        ),
        case(
            shell,
            r#"set -e; eval "$(tok env bad 2>&-)"; echo reached"#,
            "",
            5,
        ),
        case(
            shell,
            r#"eval "$(tok env bad 2>&-)" || echo caught"#,
            "caught\n",
            0,
        ),
        case(
            shell,
            r#"f() { eval "$(tok env bad 2>&-)"; echo $?; }; f"#,
            "5\n",
            0,
        ),
        case(
            shell,
            r#"ACCESS_TOKEN=old; eval "$(tok env api --no-such 2>&-)"; echo "$? ${ACCESS_TOKEN-gone}""#,
            "2 gone\n",
            0,
        ),
        case(
            shell,
            r#"set -u; eval "$(tok env 2>&-)"; echo $?"#,
            "2\n",
            0,
        ),
        case(
            shell,
            r#"if eval "$(tok env bad 2>&-)"; then echo yes; else echo "no $?"; fi"#,
            "no 5\n",
            0,
        ),
        case(shell, r#"(eval "$(tok env bad 2>&-)"); echo $?"#, "5\n", 0),
        // What the shell was told before does not matter.
        case(
            shell,
            r#"IFS=t; set -f; set -u; eval "$(tok env api=A other=B)"; printf '%s\n' "$A" "$B""#,
            format!("{token}\n{token}\n"),
            0,
        ),
        case(
            shell,
            r#"f() { eval "$(tok env api)"; }; f; sh -c 'eval "$(tok env other=B)"; printf "%s\n" "$ACCESS_TOKEN" "$B"'"#,
            format!("{token}\n{token}\n"),
            0,
        ),
        case(
            shell,
            r#"A_EXPIRES_AT=1; eval "$(tok env bad=A --expires 2>&-)"; echo "$? ${A_EXPIRES_AT-gone}""#,
            "5 gone\n",
            0,
        ),
        // No shell takes these names, so that none of what was asked for is there.
        case(
            shell,
            r#"ACCESS_TOKEN=old; eval "$(tok env api=ACCESS-TOKEN 2>&-)"; echo "$? ${ACCESS_TOKEN-gone}""#,
            "2 gone\n",
            0,
        ),
        case(
            shell,
            r#"eval "$(tok env 'api=A;echo broken' 2>&-)"; echo $?"#,
            "2\n",
            0,
        ),
        case(
            shell,
            r#"eval "$(tok env 'api=A$(echo broken)' 2>&-)"; echo $?"#,
            "2\n",
            0,
        ),
        case(
            shell,
            r#"eval "$(tok env '$(echo broken)' 2>&-)"; echo $?"#,
            "3\n",
            0,
        ),
    ]
}

/// What only some of them know.
fn options() -> Vec<Case> {
    let mut cases = Vec::new();
    for shell in ["bash", "zsh"] {
        let strict = "set -euo pipefail; ";
        cases.push(case(
            shell,
            format!(
                "{strict}{}",
                r#"eval "$(tok env api)"; printf '%s\n' "$ACCESS_TOKEN""#
            ),
            format!("{}\n", token()),
            0,
        ));
        cases.push(case(
            shell,
            format!("{strict}{}", r#"eval "$(tok env bad 2>&-)"; echo reached"#),
            "",
            5,
        ));
        cases.push(case(
            shell,
            format!("{strict}{}", "tok get bad 2>&- | cat; echo reached"),
            "",
            5,
        ));
    }
    cases.push(case(
        "bash",
        r#"trap 'echo trapped; exit 9' ERR; eval "$(tok env bad 2>&-)"; echo on"#,
        "trapped\n",
        9,
    ));
    cases.push(case(
        "bash",
        r#"set -o posix; eval "$(tok env bad 2>&-)"; echo $?"#,
        "5\n",
        0,
    ));
    cases
}

fn fish() -> Vec<Case> {
    let token = token();
    let of = |script, stdout: String, code| case("fish", script, stdout, code);
    vec![
        of(
            r#"tok env api --shell fish | source; printf '%s\n' "$ACCESS_TOKEN""#,
            format!("{token}\n"),
            0,
        ),
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
        of(
            "eval (tok env api --shell fish --no-such 2>/dev/null); echo $status",
            "2\n".into(),
            0,
        ),
        of(
            "set -gx A old; set -gx A_EXPIRES_AT 1; tok env bad=A --expires --shell fish 2>/dev/null | source; echo $status; \
             set -q A; or set -q A_EXPIRES_AT; or echo gone",
            "5\ngone\n".into(),
            0,
        ),
        of(
            "tok env api=A --expires --shell fish | source; test $A_EXPIRES_AT -gt 1700000000; and echo yes",
            "yes\n".into(),
            0,
        ),
        of(
            "tok env 'api=A;echo broken' --shell fish 2>/dev/null | source; echo $status",
            "2\n".into(),
            0,
        ),
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
