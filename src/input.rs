//! The only file that reads standard input: as much of it as is wanted, and no more than a mebibyte.

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
/// It cannot be read, or is not UTF-8.
pub fn read(stdin: &mut dyn Read, until: Until) -> Result<String, Failure> {
    let mut text = String::new();
    let outcome = match until {
        Until::End => stdin.take(LIMIT).read_to_string(&mut text).map(|_| ()),
        Until::Line | Until::BlankLine => lines(stdin, until).map(|found| text = found),
    };
    let why = |error: &io::Error| Failure::Stream {
        doing: "read standard input".to_owned(),
        why: os::describe(error),
    };
    outcome.map(|()| text).map_err(|error| why(&error))
}

/// Byte by byte, as nothing behind the end may be waited for. Standard input has a buffer of its own.
fn lines(stdin: &mut dyn Read, until: Until) -> io::Result<String> {
    let mut bytes = Vec::new();
    let is_over = |bytes: &[u8]| match until {
        Until::Line => bytes.ends_with(b"\n"),
        _ => bytes.ends_with(b"\n\n") || bytes.ends_with(b"\n\r\n") || bytes == b"\n" || bytes == b"\r\n",
    };
    let (mut stdin, mut byte) = (stdin.take(LIMIT), [0]);
    while !is_over(&bytes) {
        match stdin.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => bytes.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not valid UTF-8"))
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
}
