//! How a shortcut is written: a checksum, then field after field, each number in eleven characters, each text behind its
//! length. Nobody else reads it, so it is read where it lies: as JSON it took a fifth of a plain hit's instructions. It is
//! text all the same, for whoever looks into the directory with a tool for text; that costs one hit in forty.

use std::hash::{DefaultHasher, Hasher as _};

/// What it begins with, so that a shortcut of another layout is none.
const LAYOUT: u64 = u64::from_le_bytes(*b"tok hit4");

/// The characters of a number: six bits each.
const DIGITS: usize = 11;

/// The first of the sixty-four characters that stand for six bits.
const ZERO: u8 = b'0';

/// Differs where the bytes differ. Another build of the standard library may count in another way: to it a shortcut of this
/// one is none.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// A number as it is written, the greatest bits first.
fn digits(number: u64) -> [u8; DIGITS] {
    let mut digits = [ZERO; DIGITS];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = ZERO + u8::try_from(rest & 63).unwrap_or(0);
        rest >>= 6;
    }
    digits
}

/// The number that is written so; `None`: no number is.
fn number_of(digits: [u8; DIGITS]) -> Option<u64> {
    let (mut number, mut all) = (0, 0);
    for digit in digits {
        let bits = digit.wrapping_sub(ZERO);
        all |= bits;
        number = number << 6 | u64::from(bits);
    }
    // Sixty-six bits are written, of which the first two are none of the number.
    (all < 64 && digits[0] < ZERO + 16).then_some(number)
}

/// A shortcut that is being written.
pub(super) struct Writing(Vec<u8>);

impl Writing {
    pub(super) fn new() -> Self {
        let mut writing = Self(Vec::with_capacity(2048));
        // The place of the checksum.
        writing.number(0);
        writing.number(LAYOUT);
        writing
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&digits(number));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// The bytes of the file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if let Some((checksum, rest)) = self.0.split_first_chunk_mut() {
            *checksum = digits(self::checksum(rest));
        }
        self.0
    }
}

/// The fields of a shortcut that have not been read yet. `None` from any of them: this is no shortcut.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields in the bytes of a file.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Self(bytes);
        let checksum = fields.number()?;
        (checksum == self::checksum(fields.0) && fields.number()? == LAYOUT).then_some(fields)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let (digits, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        number_of(*digits)
    }

    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.size()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut writing = Writing::new();
        writing.text("a text");
        writing.number(u64::MAX - 1);
        writing.text("");
        writing.finish()
    }

    fn read(bytes: &[u8]) -> Option<(&str, u64, &str)> {
        let mut fields = Fields::of(bytes)?;
        Some((fields.text()?, fields.number()?, fields.text()?))
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&written()), Some(("a text", u64::MAX - 1, "")));
        let bytes = written();
        let mut fields = Fields::of(&bytes).unwrap();
        assert_eq!(fields.text(), Some("a text"));
        assert_eq!(fields.text(), None, "a number that is taken for a length");
    }

    #[test]
    fn a_number_is_written_in_characters() {
        for number in [0, 1, 63, 64, 0xdead_beef, u64::MAX - 1, u64::MAX] {
            let written = digits(number);
            assert!(
                written.iter().all(|digit| (b'0'..=b'o').contains(digit)),
                "{written:?}"
            );
            assert_eq!(number_of(written), Some(number));
        }
        assert_eq!(number_of(*b"@0000000000"), None, "too large");
        assert_eq!(number_of(*b"0000000000p"), None);
        assert_eq!(number_of(*b"0000000000/"), None);
        assert!(std::str::from_utf8(&written()).is_ok());
    }

    #[test]
    fn a_damaged_shortcut_is_none() {
        let bytes = written();
        for at in 0..bytes.len() {
            assert_eq!(read(&bytes[..at]), None, "cut at {at}");
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert_eq!(read(&flipped), None, "bit {bit} of byte {at}");
            }
        }
    }
}
