//! The only file that reads standard input: as much of it as is wanted, and no more than a mebibyte: what is longer is an
//! error, not cut.

use std::io::{self, Read};
use std::mem;

use zeroize::Zeroizing;

use crate::os;
use crate::render::error::CommandError;
use crate::secret::append_wiped;

/// The most that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// As much is read at a time, where the end is the input's own.
const CHUNK: usize = 4096;

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

/// Bytes that are wiped when dropped: among them may be a token.
pub type Bytes = Zeroizing<Vec<u8>>;

/// Reads standard input; may be asked again where something is left.
pub type Input<'a> = dyn Fn(Until) -> anyhow::Result<Bytes> + 'a;

/// Reads all of standard input as text.
pub type InputText<'a> = dyn Fn() -> anyhow::Result<Zeroizing<String>> + 'a;

/// Reads.
///
/// # Errors
/// It cannot be read, or is too long.
pub fn read(stdin: &mut dyn Read, until: Until) -> Result<Bytes, CommandError> {
    let mut bytes = Bytes::default();
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
    // Byte by byte where nothing behind the end may be waited for: standard input has a buffer of its own.
    let mut chunk = Zeroizing::new(vec![0; if until == Until::End { CHUNK } else { 1 }]);
    // One byte beyond the limit, to know of it.
    let mut stdin = stdin.take(LIMIT + 1);
    while !is_over(&bytes) {
        match stdin.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => append_wiped(&mut bytes, chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(os::describe(&error))),
        }
    }
    if bytes.len() as u64 > LIMIT {
        return Err(unreadable("there is more than 1 MiB of it".to_owned()));
    }
    Ok(bytes)
}

/// What was read, as text.
///
/// # Errors
/// It is not UTF-8.
pub fn text(mut bytes: Bytes) -> Result<Zeroizing<String>, CommandError> {
    match String::from_utf8(mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Bytes::new(error.into_bytes()));
            Err(unreadable("it is not valid UTF-8".to_owned()))
        }
    }
}

/// The same where what is not UTF-8 is somebody else's affair: each such byte becomes a character that stands for none.
#[must_use]
pub fn lossy(bytes: &Bytes) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())
}

fn unreadable(why: String) -> CommandError {
    CommandError::Io {
        action: "read standard input".to_owned(),
        reason: why,
    }
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
            let bytes = read(&mut input.as_bytes(), until).unwrap();
            assert_eq!(*text(bytes).unwrap(), expected, "{input:?}");
        }
        let long = "x".repeat(3 * CHUNK);
        assert_eq!(
            *text(read(&mut long.as_bytes(), Until::End).unwrap()).unwrap(),
            long
        );
        let bytes = || read(&mut [0xff, b'\n'].as_slice(), Until::Line).unwrap();
        assert!(text(bytes()).is_err());
        assert_eq!(*lossy(&bytes()), "\u{fffd}\n");
    }

    #[test]
    fn what_is_cut_is_no_answer() {
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
