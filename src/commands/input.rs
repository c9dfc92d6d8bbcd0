//! The only file that reads standard input.

use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::os;
use crate::render::error::CommandError;
use crate::secret::append_wiped;

/// Longer input is an error. In bytes.
const LIMIT: u64 = 1 << 20;

/// Where reading ends, unless the input ends before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    End,
    /// After the first line: its writer waits for an answer.
    Line,
    /// After the first blank line.
    BlankLine,
}

/// Reads standard input; the next call goes on where this one ended.
pub type Input<'a> = dyn Fn(Until) -> anyhow::Result<Zeroizing<String>> + 'a;

/// Reads standard input, which may hold a token, with U+FFFD in place of what is not UTF-8.
///
/// # Errors
/// It cannot be read, or is too long.
pub fn read(stdin: &mut dyn Read, until: Until) -> Result<Zeroizing<String>, CommandError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let is_over = |bytes: &[u8]| match until {
        Until::End => false,
        Until::Line => bytes.ends_with(b"\n"),
        Until::BlankLine => {
            bytes.ends_with(b"\n\n")
                || bytes.ends_with(b"\n\r\n")
                || bytes == b"\n"
                || bytes == b"\r\n"
        }
    };
    // Byte by byte, so that no more is waited for than is needed. Standard input has a buffer of its own.
    let mut byte = [0];
    // One byte more than the limit, to notice longer input.
    let mut stdin = stdin.take(LIMIT + 1);
    while !is_over(&bytes) {
        match stdin.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => append_wiped(&mut bytes, &byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(os::describe(&error))),
        }
    }
    if bytes.len() as u64 > LIMIT {
        return Err(unreadable("there is more than 1 MiB of it".to_owned()));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Zeroizing::new(text))
}

fn unreadable(reason: String) -> CommandError {
    CommandError::Io {
        action: "read standard input".to_owned(),
        reason,
    }
}

/// The token in a text that is a token, the value of an `Authorization` header, or the whole header; `None` in any
/// other, and for a token that no header could carry (RFC 6750 §2.1).
#[must_use]
pub fn token_in(input: &str) -> Option<&str> {
    const NAME: &str = "authorization:";
    let input = input.trim();
    let value = match input.split_at_checked(NAME.len()) {
        Some((name, value)) if name.eq_ignore_ascii_case(NAME) => value,
        _ => input,
    };
    let mut parts = value.split_whitespace();
    let is_scheme = |part: &str| part.eq_ignore_ascii_case("bearer");
    let token = match (parts.next()?, parts.next(), parts.next()) {
        (scheme, Some(token), None) if is_scheme(scheme) => token,
        (token, None, _) if !is_scheme(token) => token,
        _ => return None,
    };
    token
        .bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_alone_or_in_its_header() {
        let inputs = [
            "t",
            " t\n",
            "Bearer t",
            "authorization: bearer t\r\n",
            "Authorization:t",
        ];
        for input in inputs {
            assert_eq!(token_in(input), Some("t"), "{input:?}");
        }
        for input in [
            "",
            " \n",
            "Authorization: ",
            "Bearer ",
            "t u",
            "Basic t",
            "t\u{fffd}",
        ] {
            assert_eq!(token_in(input), None, "{input:?}");
        }
    }

    #[test]
    fn no_more_is_read_than_is_wanted() {
        let cases = [
            (Until::End, "a\n\nb", "a\n\nb"),
            (Until::Line, "a\n\nb", "a\n"),
            (Until::Line, "a", "a"),
            (Until::BlankLine, "a\nb\n\nc", "a\nb\n\n"),
            (Until::BlankLine, "a\r\n\r\nc", "a\r\n\r\n"),
            (Until::BlankLine, "\nc", "\n"),
            (Until::BlankLine, "", ""),
        ];
        for (until, input, expected) in cases {
            let text = read(&mut input.as_bytes(), until).unwrap();
            assert_eq!(*text, expected, "{input:?}");
        }
        let text = read(&mut [0xff, b'\n'].as_slice(), Until::Line).unwrap();
        assert_eq!(*text, "\u{fffd}\n");
    }

    #[test]
    fn longer_input_is_an_error() {
        for until in [Until::End, Until::Line, Until::BlankLine] {
            let whole = "a".repeat(1 << 20);
            assert_eq!(
                read(&mut whole.as_bytes(), until).map(|text| text.len()),
                Ok(1 << 20)
            );
            let error = read(&mut format!("{whole}a").as_bytes(), until).unwrap_err();
            assert_eq!(
                error.to_string(),
                "cannot read standard input: there is more than 1 MiB of it"
            );
        }
    }
}
