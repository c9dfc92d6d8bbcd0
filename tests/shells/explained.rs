//! `tok explain --curl` against the real curl: what it prints is run, and its request is held against that of `tok get`,
//! to the byte.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::shells::samples::server;
use crate::support::Sandbox;

/// What a shell, curl or an encoding could take for something else: as it is, and where it must be encoded first.
const SECRETS: [&str; 2] = [
    "s$+%&'=;~*!x",
    "s \"q\\uoted\\\\\" $HOME `id` ä/(€)*!\u{1}\n'x'",
];

const TEXT: &str = "a b+c%d&e=f\\\"g'h\\\\i/jäß~!*()#?;@,<>`{|}^[]$x ${HOME}";

/// The keys besides the strategy.
const KEYS: [&str; 8] = [
    "scope = [\"a b\", \"c\"]",
    "omit = [\"grant_type\"]\nnames = { client_id = \"my id\", scope = \"s&\" }\nscope = \"x\"",
    "grant = \"password\"\nusername = \"TEXT\"\npassword = { env = \"SECRET\" }\nheaders = { X-A = \"$HOME `id` ' \\\" b\" }",
    "params = { \"a '&\" = \"TEXT\", n = 1, b = true, l = [\"x y\", 2], s = { env = \"SECRET\" } }\nclient_auth = \"none\"",
    "basic_encoding = \"form\"",
    "client_auth = \"client_secret_post\"\nparams = { p = \"a ${SECRET} \\\" b\", q = { file = \"secret\" } }",
    "basic_encoding = \"form\"\nproxy = \"http://user:made-up@127.0.0.1:1\"",
    "proxy = \"none\"\nca_file = \"ca/it's.pem\"\nparams = { q = { file = \"secret\" } }",
];

const SHELLS: [&str; 3] = ["dash", "bash", "zsh"];

/// Runs them all; how many there were, and what was wrong.
pub(crate) fn check() -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for strategy in tok::profile::Strategy::NAMES {
        for (keys, secret) in KEYS
            .iter()
            .flat_map(|keys| SECRETS.map(|secret| (keys, secret)))
        {
            count += SHELLS.len();
            let keys = format!(
                "strategy = \"{}\"\n{}",
                strategy,
                keys.replace("TEXT", &TEXT.replace("${", "$${"))
            );
            // A comment says that the user must encode the secret first.
            let Some((own, explained)) = all(&keys, secret) else {
                continue;
            };
            for (shell, explained) in explained {
                if own.is_empty() || own != explained {
                    wrong.push(format!(
                        "explained, {shell}:\n{keys}\n  expected {own:?}\n  found    {explained:?}"
                    ));
                }
            }
        }
    }
    (count, wrong)
}

/// The request of `tok get`, and those of the command that explains it, in each shell; `None` if the secret must be
/// encoded first.
fn all(keys: &str, secret: &str) -> Option<(String, Vec<(&'static str, String)>)> {
    let (server, requests) = server();
    let secret_key = "client_secret = { env = \"SECRET\" }\n";
    let is_public = keys.contains("client_auth = \"none\"");
    let client = if is_public { "" } else { secret_key };
    let url = server.url("/token?x=%20");
    let keys = format!("token_url = \"{url}\"\nclient_id = \"my ap+p\"\n{client}{keys}");
    let sandbox = Sandbox::new().profile("p", &keys).linked_as(["tok"]);
    let sandbox = sandbox.file(
        ".config/tok/secret",
        format!("{}\r\n", secret.replace(' ', "_")),
    );
    let sandbox = sandbox.env("SECRET", secret);
    if sandbox.run("explain p --curl").stdout.contains("# if ") {
        return None;
    }
    let request_of = |shell: &str, script: &str| {
        drop(sandbox.script(shell, script));
        let request = requests.recv_timeout(Duration::from_secs(5));
        request.map_or_else(|_| String::new(), |request| plain(&request))
    };
    let own = request_of("sh", "tok get p --no-cache");
    let pasted = "eval \"$(tok explain p --curl) --silent\"";
    let explained = SHELLS.map(|shell| (shell, request_of(shell, pasted)));
    Some((own, explained.into()))
}

/// In a query curl writes `%2b` for what is `%2B` in a body, and `+` for a space.
fn with_large_escapes(target: &str) -> String {
    let target = target.replace('+', "%20");
    let mut parts = target.split('%').map(str::to_owned);
    let first = parts.next().unwrap();
    let escapes = parts.map(|mut part| {
        part[..2].make_ascii_uppercase();
        format!("%{part}")
    });
    first + &escapes.collect::<String>()
}

/// Some encode five characters more; who decodes the others reads these too.
fn with_few_escapes(text: &str) -> String {
    let kept = [
        ("%21", "!"),
        ("%2A", "*"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
    ];
    kept.iter().fold(text.to_owned(), |text, (escape, letter)| {
        text.replace(escape, letter)
    })
}

fn credentials(value: &str) -> String {
    let Some(encoded) = value.strip_prefix("Basic ") else {
        return value.to_owned();
    };
    with_few_escapes(&String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap())
}

/// The request without what programs say of themselves, its headers in alphabetical order.
fn plain(request: &str) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let target = with_few_escapes(&with_large_escapes(lines.next().unwrap()));
    let own = ["user-agent", "accept-encoding", "host"];
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), credentials(value)));
    let mut headers: Vec<_> = headers
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .collect();
    headers.sort();
    format!("{target}\n{headers:?}\n{body}")
}
