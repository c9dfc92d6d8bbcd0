//! A request as some pages write it: `POST /oauth HTTP/1.1`, headers, body.

use super::curl::{Parts, method};
use super::text::Text;
use super::{Sample, SampleError};

/// Headers that say nothing of the request itself.
const OF_HTTP: [&str; 5] = [
    "content-length",
    "connection",
    "accept-encoding",
    "transfer-encoding",
    "expect",
];

/// Reads the first request in the text.
///
/// # Errors
/// There is none, or `tok` cannot send it.
pub(super) fn read(text: &str) -> Result<Sample, SampleError> {
    let mut lines = text.lines().skip_while(|line| request_line(line).is_none());
    let (verb, target) = lines
        .next()
        .and_then(request_line)
        .ok_or_else(|| nothing(text))?;
    let mut lines = lines.peekable();
    let (mut headers, mut host) = (Vec::new(), "");
    while let Some((name, value)) = lines.peek().and_then(|line| header(line)) {
        if name.eq_ignore_ascii_case("host") {
            host = value;
        } else if !OF_HTTP.contains(&name.to_ascii_lowercase().as_str()) {
            headers.push((name.to_owned(), Text::marked(value)));
        }
        lines.next();
    }
    // Some pages leave out the line between.
    lines.next_if(|line| line.trim().is_empty());
    let is_body = |line: &&str| !line.trim().is_empty() && !line.starts_with("HTTP/");
    // A long form is shown on several lines.
    let body: String = lines.take_while(is_body).map(str::trim).collect();
    let url = match (target.contains("://"), host) {
        (true, _) => target.to_owned(),
        (false, "") => return Err(SampleError::NoUrl),
        (false, host) => format!("https://{host}{target}"),
    };
    let body = (!body.is_empty()).then(|| Text::marked(&body));
    Parts::new(method(verb)?, Text::marked(&url), headers, body).sample()
}

/// There is none: the sample may be one for another program.
fn nothing(text: &str) -> SampleError {
    let begins = |line: &str, programs: &[&str]| {
        let line = line
            .trim_start()
            .trim_start_matches(['$', '%', '>', '#'])
            .trim_start();
        programs.iter().any(|program| {
            line.strip_prefix(program)
                .is_some_and(|rest| rest.starts_with(' '))
        })
    };
    let of = |programs: &[&str]| text.lines().any(|line| begins(line, programs));
    let lower = text.to_ascii_lowercase();
    if of(&["http", "https", "xh", "xhs"]) {
        SampleError::OfAnother("HTTPie")
    } else if of(&["wget"]) {
        SampleError::OfAnother("wget")
    } else if lower.contains("invoke-restmethod") || lower.contains("invoke-webrequest") {
        SampleError::OfAnother("PowerShell")
    } else if text.contains("requests.post(") || text.contains("requests.request(") {
        SampleError::OfAnother("Python")
    } else {
        SampleError::Nothing
    }
}

/// Method and target of a request line.
fn request_line(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_ascii_whitespace();
    let (verb, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_verb = verb.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_verb && version.starts_with("HTTP/")).then_some((verb, target))
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| (name, value.trim()))
}
