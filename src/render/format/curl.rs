//! Lines of a curl config file, for `curl -K`: <https://curl.se/docs/manpage.html#-K>.

use super::header;

/// A line that adds the header with the token.
#[must_use]
pub fn header_line(token: &str) -> String {
    format!("header = \"{}\"", quote(&header::header(token)))
}

/// Escapes text for a quoted value of a curl config file. A token is escaped alike in JSON.
#[must_use]
pub fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
