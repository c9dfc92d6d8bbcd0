//! Tokens on their way into requests: `tok curl`, and `tok get` through pipes into curl, wget and xh. In bash, as
//! most of them need its `<(…)`. The API answers with the Authorization that it was sent, then the body; it looks into
//! the arguments of all processes for the token.

use super::world::token;
use crate::{Case, case, is_there};

pub(crate) fn all() -> Vec<Case> {
    let mut cases = by_pipe();
    cases.extend(by_curl());
    cases.extend(with_an_authorization_of_their_own());
    cases
}

fn bearer() -> String {
    format!("Bearer {}\n", token())
}

fn of(script: &str, stdout: impl Into<String>, code: i32) -> Case {
    case("bash", script, stdout, code)
}

fn by_pipe() -> Vec<Case> {
    let mut cases = vec![
        of("tok get api -H | curl -sH @- $URL/", bearer(), 0),
        of("curl -sK <(tok get api --format curl) $URL/", bearer(), 0),
        of("tok get api --format curl | curl -sK - $URL/", bearer(), 0),
        // wget takes no pipe for its configuration: a file that only its owner can read.
        of(
            "umask 077; tok get api -H | sed 's/^/header = /' > rc; wget -qO- --config=rc $URL/",
            bearer(),
            0,
        ),
    ];
    if is_there("xh") {
        cases.push(of(
            "xh --ignore-stdin -b $URL/ Authorization:@<(tok get api --format bearer)",
            bearer(),
            0,
        ));
        cases.push(of(
            "tok get api --format bearer -o t; xh --ignore-stdin -b $URL/ Authorization:@t",
            bearer(),
            0,
        ));
    } else {
        println!("there is no xh here: it is not tried");
    }
    cases
}

fn by_curl() -> Vec<Case> {
    vec![
        of("tok curl api -- -s $URL/", bearer(), 0),
        of(
            "echo body | tok curl api -- -s -d @- $URL/",
            bearer() + "body",
            0,
        ),
        of(
            "echo \"url = $URL/\" | tok curl api -- -s -K -",
            bearer(),
            0,
        ),
        of(
            "echo \"url = $URL/\" > own; tok curl api -- -K own -s",
            bearer(),
            0,
        ),
        of("tok curl api -- -sK <(echo \"url = $URL/\")", bearer(), 0),
        of(
            "exec 3<<< body; tok curl api -- -s -d @/dev/fd/3 $URL/",
            bearer() + "body",
            0,
        ),
        // As many requests as one likes.
        of("tok curl api -- -s $URL/ $URL/", bearer().repeat(2), 0),
        of(
            "tok curl api -- -s $URL/ --next -s $URL/",
            bearer().repeat(2),
            0,
        ),
        of(
            "tok curl api -- -s $URL/ -: -s $URL/ -s: -s $URL/ -:sd body $URL/",
            bearer().repeat(4) + "body",
            0,
        ),
        of(
            "tok curl api -- -sZ --no-progress-meter $URL/{1,2,3}",
            bearer().repeat(3),
            0,
        ),
        // `.curlrc` counts where it would without `tok`.
        of(
            "echo 'data = rc' > .curlrc; tok curl api -- -s $URL/; rm .curlrc",
            bearer() + "rc",
            0,
        ),
        of(
            "echo 'data = rc' > .curlrc; tok curl api -- -qs $URL/; rm .curlrc",
            bearer(),
            0,
        ),
        of(
            "echo 'data = rc' > .curlrc; tok curl api -- --disable -s $URL/; rm .curlrc",
            bearer(),
            0,
        ),
        // Output and exit code are curl's.
        of("tok curl api -- -sf $URL/refused", "", 22),
        of(
            "tok curl api -- -s -o /dev/null -w '%{http_code} %{exitcode}' $URL/refused",
            "403 0",
            0,
        ),
        of("tok curl api -- -s http://127.0.0.1:1/", "", 7),
        of("tok curl api -- --no-such-option 2>&-", "", 2),
        of("tok curl api -- -s -o t $URL/; cat t", bearer(), 0),
        of("tok curl api -- -s $URL/ > /dev/full", "", 23),
        of("tok curl api -- -s $URL/ | head -c 6", "Bearer", 0),
        of("tok curl bad -- -s $URL/ 2>&-", "", 5),
        of("PATH=$HOME/bin; tok curl api -- -s $URL/ 2>&-", "", 127),
        // The token and the secret are in no variable.
        of(
            "mkdir b; printf '#!/bin/sh\\nenv\\n' > b/curl; chmod +x b/curl; PATH=$PWD/b:$PATH; \
             tok curl api -- u | grep -c -e SECRET -e !",
            "0\n",
            1,
        ),
    ]
}

/// What they say beats what `tok` says; never are there two.
fn with_an_authorization_of_their_own() -> Vec<Case> {
    vec![
        of(
            "tok curl api -- -s -H 'Authorization: own' $URL/",
            "own\n",
            0,
        ),
        of(
            "tok curl api -- -s -H'authorization: own' $URL/",
            "own\n",
            0,
        ),
        of(
            "tok curl api -- -s --header 'Authorization: own' $URL/ --next -s $URL/",
            "own\n".to_owned() + &bearer(),
            0,
        ),
        of("tok curl api -- -s -H Authorization: $URL/", "\n", 0),
        of(
            "tok curl api -- -s --oauth2-bearer own $URL/",
            "Bearer own\n",
            0,
        ),
        of("tok curl api -- -s -u own:password $URL/", bearer(), 0),
    ]
}
