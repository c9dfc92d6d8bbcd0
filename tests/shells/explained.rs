//! `tok explain --curl` against the real curl: what it prints is run, and its request is held against that of `tok get`,
//! to the byte.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::curl_samples::server;

/// What a shell, curl or an encoding could take for something else. In a query curl would write a space as `+`, and in
/// JSON a quote must be escaped first, as the command's comment says: neither is in what it takes from a variable.
const SECRET: &str = "s$+%&'=;~*!x";

const TEXT: &str = "a b+c%d&e=f\\\"g'h\\\\i/jäß~!*()#?;@,<>`{|}^[]$x ${HOME}";

/// The keys besides the strategy.
const KEYS: [&str; 4] = [
    "scope = [\"a b\", \"c\"]",
    "omit = [\"grant_type\"]\nnames = { client_id = \"my id\", scope = \"s&\" }\nscope = \"x\"",
    "grant = \"password\"\nusername = \"TEXT\"\npassword = { env = \"SECRET\" }\nheaders = { X-A = \"$HOME `id` ' \\\" b\" }",
    "params = { \"a '&\" = \"TEXT\", n = 1, b = true, l = [\"x y\", 2], s = { env = \"SECRET\" } }\nclient_auth = \"none\"",
];

/// Runs them all; how many there were, and what was wrong.
pub(crate) fn check() -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for strategy in tok::strategy::STRATEGIES {
        for keys in KEYS {
            count += 1;
            let keys = format!("strategy = \"{}\"\n{}", strategy.name, keys.replace("TEXT", TEXT));
            let keys = keys.replace("${", "$${");
            let (own, explained) = both(&keys);
            if own.is_empty() || own != explained {
                wrong.push(format!("explained:\n{keys}\n  expected {own:?}\n  found    {explained:?}"));
            }
        }
    }
    (count, wrong)
}

/// The request of `tok get`, and that of the command that explains it.
fn both(keys: &str) -> (String, String) {
    let (url, requests) = server();
    let home = tempfile::tempdir().unwrap();
    let profiles = home.path().join("profiles.toml");
    let client = "client_id = \"my ap+p\"\nclient_secret = { env = \"SECRET\" }";
    let client = if keys.contains("\"none\"") { "client_id = \"my ap+p\"" } else { client };
    fs::write(&profiles, format!("[profiles.p]\ntoken_url = \"{url}/token?x=%20\"\n{client}\n{keys}\n"))
        .unwrap();
    fs::set_permissions(&profiles, fs::Permissions::from_mode(0o600)).unwrap();
    let request_of = |script: &str| {
        run(home.path(), script);
        requests.recv_timeout(Duration::from_secs(5)).map(|request| plain(&request)).unwrap_or_default()
    };
    let own = request_of("\"$TOK\" get p --no-cache");
    (own, request_of("eval \"$(\"$TOK\" explain p --curl) --silent\""))
}

fn run(home: &Path, script: &str) {
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TOK", env!("CARGO_BIN_EXE_tok"))
        .env("TOK_CONFIG", home.join("profiles.toml"))
        .env("SECRET", SECRET)
        .output();
    output.unwrap();
}

/// curl writes `%2b` in a query where it writes `%2B` in a body.
fn with_large_escapes(target: &str) -> String {
    let mut parts = target.split('%').map(str::to_owned);
    let first = parts.next().unwrap();
    let escapes = parts.map(|mut part| {
        part[..2].make_ascii_uppercase();
        format!("%{part}")
    });
    first + &escapes.collect::<String>()
}

/// The request without what programs say of themselves, its headers in alphabetical order.
fn plain(request: &str) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let target = with_large_escapes(lines.next().unwrap());
    let own = ["user-agent", "accept-encoding", "host"];
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value));
    let mut headers: Vec<_> = headers.filter(|(name, _)| !own.contains(&name.as_str())).collect();
    headers.sort();
    format!("{target}\n{headers:?}\n{body}")
}
