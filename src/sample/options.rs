//! The options of curl that pages use: their letters and names, and whether they take a value.

use super::SampleError;
use super::secrecy::contains_secret;
use crate::text::sanitize;

/// Options without a value, with their letters before a colon.
const FLAGS: &str = "\
    anyauth basic compressed digest q:disable f:fail fail-early fail-with-body G:get g:globoff I:head 0:http1.0 \
    http1.1 http2 http2-prior-knowledge http3 http3-only i:include k:insecure 4:ipv4 6:ipv6 L:location \
    location-trusted negotiate n:netrc N:no-buffer no-keepalive no-progress-meter ntlm path-as-is post301 post302 \
    post303 #:progress-bar proxy-insecure raw J:remote-header-name O:remote-name retry-all-errors retry-connrefused \
    S:show-error show-headers s:silent ssl-no-revoke ssl-reqd styled-output 1:tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 \
    trace-time v:verbose";

/// Options with a value, likewise.
const WITH_VALUE: &str = "\
    aws-sigv4 cacert E:cert ciphers K:config connect-timeout b:cookie c:cookie-jar d:data data-ascii data-binary \
    data-raw data-urlencode D:dump-header F:form form-string H:header json key max-redirs m:max-time netrc-file \
    noproxy oauth2-bearer o:output output-dir proto proto-redir x:proxy U:proxy-user e:referer X:request retry \
    retry-delay retry-max-time Y:speed-limit y:speed-time stderr tls-max tls13-ciphers trace trace-ascii \
    T:upload-file url u:user A:user-agent w:write-out";

/// The options in the arguments of curl, by their full names; any other argument is the value of `url`.
///
/// # Errors
/// One is unknown.
pub(super) fn parse(arguments: Vec<String>) -> Result<Vec<(&'static str, String)>, SampleError> {
    let mut found = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if let Some(long) = argument.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let (name, takes_value) =
                find(|_, known| known == name).ok_or_else(|| unknown(&argument))?;
            let value = value.or_else(|| if takes_value { arguments.next() } else { None });
            found.push((name, value.unwrap_or_default()));
        } else if let Some(letters) = argument
            .strip_prefix('-')
            .filter(|letters| !letters.is_empty())
        {
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                let (name, takes_value) = find(|known, _| known.starts_with(letter))
                    .ok_or_else(|| unknown(&format!("-{letter}")))?;
                let value = match letters.as_str() {
                    _ if !takes_value => String::new(),
                    "" => arguments.next().unwrap_or_default(),
                    joined => joined.to_owned(),
                };
                found.push((name, value));
                if takes_value {
                    break;
                }
            }
        } else {
            found.push(("url", argument));
        }
    }
    Ok(found)
}

/// The full name of the first option whose letter and name match, and whether it takes a value.
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

fn unknown(option: &str) -> SampleError {
    let name = option.split('=').next().unwrap_or_default();
    // It may be anything: a secret in the wrong place.
    let is_shown = !contains_secret(name) && name.len() <= 30;
    SampleError::Unsupported(if is_shown {
        sanitize(name)
    } else {
        "an unknown option".to_owned()
    })
}
