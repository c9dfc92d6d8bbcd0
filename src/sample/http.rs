//! A request as pages write it: `POST /oauth/token`, perhaps with `HTTP/1.1`, headers, a blank line, the body.

use super::SampleError;
use super::raw::RawRequest;

/// Reads the request that begins with the text's first line, if one does.
pub(super) fn read(text: &str) -> Option<Result<RawRequest, SampleError>> {
    let mut lines = text.lines();
    let (verb, target) = request_line(lines.next()?)?;
    Some(request(verb, target, lines.collect()))
}

fn request(verb: &str, target: &str, lines: Vec<&str>) -> Result<RawRequest, SampleError> {
    let mut request = RawRequest::default();
    request.set_method(verb)?;
    let mut host = "";
    let mut lines = lines.into_iter().peekable();
    let next = lines.peek().map_or("", |line| line.trim_start());
    if target.ends_with(['?', '&']) || next.starts_with(['?', '&']) {
        return Err(SampleError::SplitUrl);
    }
    while let Some((name, value)) = lines.peek().and_then(|line| header(line)) {
        if name.eq_ignore_ascii_case("host") {
            host = value;
        } else {
            request.header(name, value);
        }
        lines.next();
    }
    // Some pages leave out the blank line.
    lines.next_if(|line| line.trim().is_empty());
    let is_body = |line: &&str| {
        !(line.trim().is_empty() || line.starts_with("HTTP/") || line.starts_with("```"))
    };
    // Pages break a long form.
    request.body = lines.take_while(is_body).map(str::trim).collect();
    request.url = match host {
        _ if !target.starts_with('/') => target.to_owned(),
        "" => return Err(SampleError::NoUrl),
        host => format!("https://{host}{target}"),
    };
    Ok(request)
}

/// Method and target of a request line (RFC 9112, section 3), with or without the version.
fn request_line(line: &str) -> Option<(&str, &str)> {
    let mut parts = line.split_ascii_whitespace();
    let (verb, target) = (parts.next()?, parts.next()?);
    let is_version = |part: &str| part.starts_with("HTTP/");
    let is_request = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&verb)
        && (target.starts_with(['/', '{', '<']) || target.contains("://"))
        && parts.next().is_none_or(is_version)
        && parts.next().is_none();
    is_request.then_some((verb, target))
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name, value.trim()))
}
