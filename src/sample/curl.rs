//! A curl command.

use super::raw::RawRequest;
use super::{SampleError, options, shell};
use crate::host::Warning;
use crate::template::is_name;

/// Reads the command that begins with the text's first line, if one does.
pub(super) fn read(text: &str) -> Option<Result<RawRequest, SampleError>> {
    let arguments = arguments(text)?;
    // How cmd and PowerShell continue a line.
    let first_line = arguments.lines().next().unwrap_or_default();
    if first_line.trim_end().ends_with(['^', '`']) {
        return Some(Err(SampleError::Windows));
    }
    Some(shell::split(arguments).and_then(request))
}

/// The text after `curl` at the beginning of a line, after a prompt, or in an assignment such as `TOKEN=$(curl …)`.
fn arguments(text: &str) -> Option<&str> {
    let text = text.trim_start_matches([' ', '\t']);
    let text = text.strip_prefix("$ ").map_or(text, str::trim_start);
    let captured = || {
        let (before, _) = text.lines().next()?.split_once("$(curl")?;
        let name = before.strip_prefix("export ").unwrap_or(before);
        let is_assigned = is_name(name.trim_end_matches('"').strip_suffix('=')?);
        text.get(before.len() + "$(curl".len()..)
            .filter(|_| is_assigned)
    };
    let arguments = text.strip_prefix("curl").or_else(captured)?;
    arguments
        .starts_with([' ', '\t', '\\'])
        .then_some(arguments)
}

fn request(arguments: Vec<String>) -> Result<RawRequest, SampleError> {
    let mut request = RawRequest::default();
    for (name, value) in options::parse(arguments)? {
        apply(&mut request, name, value)?;
    }
    Ok(request)
}

fn apply(request: &mut RawRequest, name: &str, value: String) -> Result<(), SampleError> {
    match name {
        "url" if request.url.is_empty() => request.url = value,
        "url" => return Err(SampleError::SecondUrl),
        "request" => request.set_method(&value)?,
        "head" => return Err(SampleError::Method("HEAD".to_owned())),
        "get" => request.in_query = true,
        "header" if value.starts_with('@') => return Err(SampleError::FromFile),
        // Without a value curl removes a header of its own.
        "header" => match value.split_once(':') {
            Some((name, value)) if !value.trim().is_empty() => {
                request.header(name.trim(), value.trim());
            }
            _ => {}
        },
        "user-agent" => request.header("User-Agent", &value),
        "referer" => request.header("Referer", &value),
        "cookie" if !value.contains('=') => return Err(SampleError::FromFile),
        "cookie" => request.header("Cookie", &value),
        "oauth2-bearer" => request.header("Authorization", &format!("Bearer {value}")),
        "user" => request.user = Some(value),
        "data" | "data-ascii" | "data-binary" | "json" if value.starts_with('@') => {
            return Err(SampleError::FromFile);
        }
        "data" | "data-ascii" | "data-binary" | "data-raw" => request.data(&value, "&"),
        "json" => {
            request.is_json = true;
            request.data(&value, "");
        }
        "data-urlencode" => {
            let (name, content) = match value.find(['=', '@']).map(|at| value.split_at(at)) {
                Some((_, file)) if file.starts_with('@') => return Err(SampleError::FromFile),
                Some((name, content)) => (name, content.get(1..).unwrap_or_default()),
                None => return Err(SampleError::Body),
            };
            let content: String = form_urlencoded::byte_serialize(content.as_bytes()).collect();
            request.data(&format!("{name}={content}"), "&");
        }
        "aws-sigv4" | "cert" | "config" | "digest" | "form" | "form-string" | "key"
        | "negotiate" | "netrc" | "netrc-file" | "ntlm" | "upload-file" => {
            return Err(SampleError::Unsupported(format!("--{name}")));
        }
        _ => leave_out(request, name),
    }
    Ok(())
}

/// Leaves out an option, with a warning if it may matter. Most only say how curl shows the transfer.
fn leave_out(request: &mut RawRequest, name: &str) {
    let hint = match name {
        "location" | "location-trusted" => {
            "`tok` follows no redirects: they would carry the credentials along"
        }
        "insecure" | "proxy-insecure" => {
            "`tok` always verifies certificates; `ca_file` in the profile names a CA of your own"
        }
        "cacert" | "noproxy" | "proxy" | "proxy-user" => {
            "write the key `ca_file` or `proxy` into the profile"
        }
        _ => return,
    };
    let warning = Warning::new(format!("`--{name}` is left out"));
    request.warnings.push(warning.hint(hint));
}
