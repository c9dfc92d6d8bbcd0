//! How a shortcut is written: a checksum, then field after field, each number in eight bytes, each text behind its
//! length. Nobody else reads it, so it is read where it lies: as JSON it took a fifth of a plain hit's instructions.

use super::super::entry::fnv;

/// What it begins with, so that a shortcut of another layout is none.
const LAYOUT: u64 = u64::from_le_bytes(*b"tok hit2");

/// A shortcut that is being written.
pub(super) struct Writing(Vec<u8>);

impl Writing {
    pub(super) fn new() -> Self {
        let mut writing = Self(Vec::with_capacity(1024));
        // The place of the checksum.
        writing.number(0);
        writing.number(LAYOUT);
        writing
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// The bytes of the file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if let Some((checksum, rest)) = self.0.split_first_chunk_mut() {
            *checksum = fnv(rest).to_le_bytes();
        }
        self.0
    }
}

/// The fields of a shortcut that have not been read yet. `None` from any of them: this is no shortcut.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields in the bytes of a file.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (checksum, rest) = bytes.split_first_chunk()?;
        let mut fields = Self(rest);
        (u64::from_le_bytes(*checksum) == fnv(rest) && fields.number()? == LAYOUT).then_some(fields)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
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
