//! `tok exec`: a program in the place of `tok`, as if the shell had started it.

use super::world::token;
use crate::{Case, case};

pub(crate) fn all() -> Vec<Case> {
    let line = format!("{}\n", token());
    let of = |script: &str, stdout: &str, code| case("bash", script, stdout, code);
    let mut cases = vec![
        of(r#"tok exec api=T -- sh -c 'printf "%s\n" "$T"'"#, &line, 0),
        of(
            r#"tok exec api=T other=U -- sh -c 'test "$T" = "$U" && printf "%s\n" "$T"'"#,
            &line,
            0,
        ),
        of(
            "tok exec api --env-header -- printenv ACCESS_TOKEN",
            &format!("Bearer {line}"),
            0,
        ),
        of(
            "{ tok exec api -- sh -c 'kill -KILL $$'; } 2>&-; echo $?",
            "137\n",
            0,
        ),
        of("tok exec api -- sh -c 'exit 255'", "", 255),
        of("tok exec api -- no-such-program 2>&-", "", 127),
        of("tok exec api -- . 2>&-", "", 126),
        of(
            "echo no program > plain; tok exec api -- ./plain 2>&-; echo $?",
            "126\n",
            0,
        ),
        // No token, no program.
        of(
            "tok exec bad -- touch started 2>&-; echo $?; ls started 2>&-",
            "5\n",
            2,
        ),
        // Bytes that are no text, in arguments and in the environment.
        of(
            r"tok exec api -- printf %s $'a\377b' | od -An -tx1",
            " 61 ff 62\n",
            0,
        ),
        of(
            r#"X=$'\377' tok exec api -- sh -c 'printf %s "$X"' | od -An -tx1"#,
            " ff\n",
            0,
        ),
        of(
            r#"tok exec api -- sh -c 'printf "[%s]" "$@"' sh "" " " "a'b" '"' '$x' '*' -- "#,
            "[][ ][a'b][\"][$x][*][--]",
            0,
        ),
        // No file of ours stays open, and no variable is lost.
        of(
            "ls /proc/self/fd > plain; tok exec api -- ls /proc/self/fd | diff plain -",
            "",
            0,
        ),
        of(
            "unset SHLVL _; export -p > /dev/null; env | grep -v -e ^_= -e ^SECRET= | sort > plain; \
             tok exec api=T -- env | grep -v -e ^_= -e ^T= | sort | diff plain -",
            "",
            0,
        ),
        // A large environment goes along, one that is too large is said to be.
        of(
            "X=$(head -c 100000 /dev/zero | tr '\\0' x) tok exec api -- sh -c 'echo ${#X}'",
            "100000\n",
            0,
        ),
        // In a pipe that is closed it ends as any other program does.
        of(
            "tok exec api -- yes | head -n 1; echo ${PIPESTATUS[0]}",
            "y\n141\n",
            0,
        ),
        // StandardParam streams are the program's own, closed ones too.
        of("echo given | tok exec api -- cat", "given\n", 0),
        of("tok exec api -- true <&- >&- 2>&-", "", 0),
        of(
            "tok exec api -- sh -c 'ulimit -c; umask' > plain; sh -c 'ulimit -c; umask' | diff plain -",
            "",
            0,
        ),
    ];
    for (signal, code) in [("INT", 130), ("HUP", 129), ("TERM", 143)] {
        let script = format!("{{ tok exec api -- sh -c 'kill -{signal} $$'; }} 2>&-; echo $?");
        cases.push(case("bash", script, format!("{code}\n"), 0));
    }
    // A signal that was ignored stays ignored, for the program too, and any other is as it was.
    let script = "trap '' HUP; tok exec api -- sh -c 'kill -HUP $$; echo alive'";
    cases.push(case("bash", script, "alive\n", 0));
    for signals in ["WINCH", "PIPE", "XFSZ", "PIPE XFSZ INT"] {
        let state = "grep -e ^SigIgn -e ^SigBlk /proc/self/status";
        let script =
            format!("trap '' {signals}; {state} > plain; tok exec api -- {state} | diff plain -");
        cases.push(case("bash", script, "", 0));
    }
    cases
}
