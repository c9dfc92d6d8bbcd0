//! curl's options, as far as pages use them: which letter is which name, and which takes a value.

use super::SampleError;
use super::secrecy::contains_secret;

/// Options without a value, each with its letter before the colon, where it has one.
const FLAGS: &str = "\
    anyauth basic compressed q:disable f:fail fail-early fail-with-body G:get g:globoff I:head 0:http1.0 http1.1 \
    http2 http2-prior-knowledge http3 http3-only i:include k:insecure 4:ipv4 6:ipv6 L:location location-trusted \
    N:no-buffer no-keepalive no-progress-meter path-as-is post301 post302 post303 #:progress-bar proxy-insecure raw \
    J:remote-header-name O:remote-name retry-all-errors retry-connrefused S:show-error show-headers s:silent \
    ssl-no-revoke ssl-reqd styled-output 1:tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 trace-time v:verbose";

/// Options with a value, likewise.
const WITH_VALUE: &str = "\
    cacert ciphers connect-timeout b:cookie c:cookie-jar d:data data-ascii data-binary data-raw data-urlencode \
    D:dump-header H:header json max-redirs m:max-time noproxy oauth2-bearer o:output output-dir proto proto-redir \
    x:proxy U:proxy-user e:referer X:request retry retry-delay retry-max-time Y:speed-limit y:speed-time stderr \
    tls-max tls13-ciphers trace trace-ascii url u:user A:user-agent w:write-out";

/// Options that change the request in a way that `tok` does not support, with a value or without.
const UNSUPPORTED: &str = "\
    aws-sigv4 E:cert K:config digest F:form form-string key negotiate n:netrc netrc-file ntlm T:upload-file";

/// The options among the words after `curl`, by their full names; a word that is none is the value of `url`.
///
/// # Errors
/// One is unknown, or not supported.
pub(super) fn parse(words: Vec<String>) -> Result<Vec<(&'static str, String)>, SampleError> {
    let mut found = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let (name, takes_value) =
                find(|_, known| known == name).ok_or_else(|| unsupported(&word))?;
            let value = value.or_else(|| if takes_value { words.next() } else { None });
            found.push((name, value.unwrap_or_default()));
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                let (name, takes_value) = find(|known, _| known.starts_with(letter))
                    .ok_or_else(|| unsupported(&format!("-{letter}")))?;
                let value = match letters.as_str() {
                    _ if !takes_value => String::new(),
                    "" => words.next().unwrap_or_default(),
                    joined => joined.to_owned(),
                };
                found.push((name, value));
                if takes_value {
                    break;
                }
            }
        } else {
            found.push(("url", word));
        }
    }
    Ok(found)
}

/// The full name of the first option that this predicate takes for the one meant, by letter and name; whether it takes a
/// value.
fn find(is_meant: impl Fn(&str, &str) -> bool) -> Option<(&'static str, bool)> {
    let options = |list: &'static str, takes_value| {
        list.split_ascii_whitespace()
            .map(move |option| (option.split_once(':').unwrap_or(("", option)), takes_value))
    };
    options(FLAGS, false)
        .chain(options(WITH_VALUE, true))
        .find(|((letter, name), _)| is_meant(letter, name))
        .map(|((_, name), takes_value)| (name, takes_value))
}

fn unsupported(option: &str) -> SampleError {
    let name = option.split('=').next().unwrap_or_default();
    let letter = name.strip_prefix('-').unwrap_or_default();
    let known = UNSUPPORTED
        .split_ascii_whitespace()
        .filter_map(|known| known.split_once(':'))
        .find(|(known, _)| *known == letter);
    SampleError::Unsupported(match known {
        Some((_, name)) => format!("--{name}"),
        // It may be anything: a secret in the wrong place.
        None if contains_secret(name) || name.len() > 30 => "an unknown option".to_owned(),
        None => crate::text::sanitize(name),
    })
}
