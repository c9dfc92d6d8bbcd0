//! curl's options, as far as they must be told apart: which letter stands for which name, and which of them take a value.

use super::text::Text;

/// Letters that are read, each with its name.
const LETTERS: [(char, &str); 21] = [
    ('A', "user-agent"),
    ('b', "cookie"),
    ('d', "data"),
    ('e', "referer"),
    ('E', "cert"),
    ('F', "form"),
    ('G', "get"),
    ('H', "header"),
    ('I', "head"),
    ('k', "insecure"),
    ('K', "config"),
    ('L', "location"),
    ('m', "max-time"),
    ('n', "netrc"),
    ('T', "upload-file"),
    ('u', "user"),
    ('U', "proxy-user"),
    ('x', "proxy"),
    ('X', "request"),
    ('o', "output"),
    ('w', "write-out"),
];

/// The letters that take a value, those of no account to a token request among them.
const LETTERS_WITH_VALUE: &str = "AbcCdDeEFHKmoPQrtTuUwxXyYz";

/// The names that take a value, likewise.
const NAMES_WITH_VALUE: &str = "aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to continue-at cookie \
    cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode \
    delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech engine etag- \
    compare etag-save expect100-timeout form form-string happy-eyeballs-timeout-ms header hostpubsha256 \
    interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type libcurl limit-rate local- \
    port login-options max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir \
    parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert proxy-capath \
    proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass \
    proxy-service-name proxy-tls13-ciphers proxy-user proxy1.0 range rate referer request request-target \
    resolve retry retry-delay retry-max-time service-name socks4 socks4a socks5 socks5-hostname speed-limit \
    speed-time stderr time-cond tls-max tls13-ciphers trace trace-ascii trace-config unix-socket upload-file \
    url url-query user user-agent variable vlan-priority write-out";

/// What only says how the transfer is shown or made; it changes nothing that `tok` would do.
const OF_NO_ACCOUNT: &str = "anyauth basic compressed disable dump-header fail fail-early fail-with-body globoff http1.1 http2 http3 \
    include ipv4 ipv6 max-redirs no-buffer no-keepalive no-progress-meter output path-as-is post301 post302 \
    post303 progress-bar proto remote-name retry-all-errors retry-connrefused retry-delay retry-max-time \
    show-error show-headers silent ssl-reqd stderr styled-output tls-max tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 \
    tlsv1.3 trace trace-ascii trace-time verbose write-out";

/// An option and its value; a word that is none is the option `url`.
pub(super) struct Given {
    pub(super) name: String,
    pub(super) value: Text,
}

fn is_among(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// What takes no value, and is of account.
const FLAGS: &str =
    "get head insecure location location-trusted netrc netrc-optional next proxy-insecure";

/// curl takes the beginning of a name for the name where no other begins so.
fn in_full(name: &str) -> &str {
    let lists = [NAMES_WITH_VALUE, OF_NO_ACCOUNT, FLAGS];
    let begun = || {
        lists.iter().flat_map(|list| {
            list.split_ascii_whitespace()
                .filter(|it| it.starts_with(name))
        })
    };
    match begun().next() {
        Some(only) if name.len() > 1 && begun().all(|it| it == only) => only,
        _ => name,
    }
}

/// Whether an option changes nothing that `tok` would do.
pub(super) fn is_of_no_account(name: &str) -> bool {
    let is_letter = |letter: char| "aBfgijlNOqRsSvVZ012346#:".contains(letter);
    is_among(OF_NO_ACCOUNT, name) || (name.chars().count() == 1 && name.chars().all(is_letter))
}

/// A word processor makes one long dash of two, or of one.
fn with_dashes(word: Text) -> Text {
    let text = word.as_marked();
    let Some(name) = text.strip_prefix(['\u{2013}', '\u{2014}']) else {
        return word;
    };
    let is_long = [NAMES_WITH_VALUE, OF_NO_ACCOUNT, FLAGS]
        .iter()
        .any(|names| is_among(names, name));
    Text::marked(&format!("{}{name}", if is_long { "--" } else { "-" }))
}

/// The options among the words after `curl`.
pub(super) fn options(words: Vec<Text>) -> Vec<Given> {
    let mut found = Vec::new();
    let mut words = words.into_iter().map(with_dashes).peekable();
    let mut options_are_over = false;
    while let Some(word) = words.next() {
        let text = word.as_marked();
        if options_are_over || !text.starts_with('-') || text == "-" {
            found.push(Given {
                name: "url".to_owned(),
                value: word,
            });
        } else if text == "--" {
            options_are_over = true;
        } else if let Some(name) = text.strip_prefix("--") {
            let (name, joined) = match name.split_once('=') {
                Some((name, value)) => (name, Some(Text::marked(value))),
                None => (name, None),
            };
            let is_known = [NAMES_WITH_VALUE, OF_NO_ACCOUNT, FLAGS]
                .iter()
                .any(|names| is_among(names, name));
            let name = if is_known { name } else { in_full(name) };
            let value = joined.or_else(|| {
                if is_among(NAMES_WITH_VALUE, name) {
                    words.next()
                } else {
                    None
                }
            });
            found.push(Given {
                name: name.to_owned(),
                value: value.unwrap_or_default(),
            });
        } else {
            let mut letters = text.trim_start_matches('-');
            while let Some(letter) = letters.chars().next() {
                letters = letters.get(letter.len_utf8()..).unwrap_or_default();
                let known = LETTERS.iter().find(|(known, _)| *known == letter);
                let name = known.map_or_else(|| letter.to_string(), |(_, name)| (*name).to_owned());
                let value = match (LETTERS_WITH_VALUE.contains(letter), letters.is_empty()) {
                    (false, _) => Text::default(),
                    (true, true) => words.next().unwrap_or_default(),
                    (true, false) => Text::marked(std::mem::take(&mut letters)),
                };
                found.push(Given { name, value });
            }
        }
    }
    found
}
