//! The only file that reads standard input: as much of it as is wanted, and no more than a mebibyte: what is longer is an
//! error, not cut.

use std::io::{self, Read};

use crate::failure::Failure;
use crate::os;

/// The most that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// Where reading ends, if the input does not end before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// With the input.
    End,
    /// With the first line: whoever writes it waits for an answer.
    Line,
    /// With the first blank line.
    BlankLine,
}

/// Reads standard input; may be asked again where something is left.
pub type Input<'a> = dyn Fn(Until) -> anyhow::Result<String> + 'a;

/// Reads.
///
/// # Errors
/// It cannot be read, is too long, or is not UTF-8.
pub fn read(stdin: &mut dyn Read, until: Until) -> Result<String, Failure> {
    let outcome = match until {
        Until::End => all(stdin),
        Until::Line | Until::BlankLine => lines(stdin, until),
    };
    let why = |error: &io::Error| Failure::Stream {
        doing: "read standard input".to_owned(),
        why: os::describe(error),
    };
    outcome.and_then(text).map_err(|error| why(&error))
}

/// To the end, and one byte beyond the limit, to know of it.
fn all(stdin: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stdin.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text, where it is one and no part of one.
fn text(bytes: Vec<u8>) -> io::Result<String> {
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "there is more than 1 MiB of it"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not valid UTF-8"))
}

/// Byte by byte, as nothing behind the end may be waited for. Standard input has a buffer of its own.
fn lines(stdin: &mut dyn Read, until: Until) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_over = |bytes: &[u8]| match until {
        Until::Line => bytes.ends_with(b"\n"),
        _ => bytes.ends_with(b"\n\n") || bytes.ends_with(b"\n\r\n") || bytes == b"\n" || bytes == b"\r\n",
    };
    let (mut stdin, mut byte) = (stdin.take(LIMIT + 1), [0]);
    while !is_over(&bytes) {
        match stdin.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => bytes.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(read(&mut input.as_bytes(), until).as_deref(), Ok(expected), "{input:?}");
        }
        assert!(read(&mut [0xff, b'\n'].as_slice(), Until::Line).is_err());
    }

    #[test]
    fn what_is_cut_is_no_answer() {
        for until in [Until::End, Until::Line, Until::BlankLine] {
            let whole = "a".repeat(1 << 20);
            assert_eq!(read(&mut whole.as_bytes(), until).map(|text| text.len()), Ok(1 << 20));
            let error = read(&mut format!("{whole}a").as_bytes(), until).unwrap_err();
            assert_eq!(error.to_string(), "cannot read standard input: there is more than 1 MiB of it");
        }
    }
}
