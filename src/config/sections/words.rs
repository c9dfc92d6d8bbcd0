//! Looks through a text eight bytes at a time, for the little that tells where its tables begin.
//!
//! Nearly everything in a large profiles file is of no interest to one who wants one profile: byte by byte it takes 13
//! instructions each to pass over it (59 with searches for characters), so 4.

const ONES: u64 = u64::MAX / 255;

/// The bits that both quotes have in common, and but two other characters with them.
const LIKE_A_QUOTE: u64 = !(b'"' ^ b'\'') as u64;

/// Eight bytes, the first of them lowest.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    /// The highest bit of each byte that is this one.
    fn places_of(self, byte: u8) -> u64 {
        let differs = self.0 ^ (ONES * u64::from(byte));
        let others = ((differs & (ONES * 0x7f)) + ONES * 0x7f) | differs;
        !others & (ONES * 0x80)
    }
}

/// How many places there are: all of them are summed up in the highest byte.
fn count(places: u64) -> u64 {
    (places >> 7).wrapping_mul(ONES) >> 56
}

/// Calls this for every opening bracket with the line, from 1, on which it is. `None`: there are quotes that open or
/// close a string of more than one line, and not all were looked at.
pub(super) fn brackets(bytes: &[u8], mut look: impl FnMut(usize, u64)) -> Option<()> {
    let (words, rest) = bytes.as_chunks();
    let mut line = 1;
    for (index, word) in words.iter().enumerate() {
        let (at, word) = (index * 8, Word(u64::from_le_bytes(*word)));
        let quotes = Word(word.0 & (ONES * LIKE_A_QUOTE)).places_of(b'"');
        // Of three in a row two are in one word.
        if quotes & (quotes >> 8) != 0 && has_threefold_quote(bytes, at.saturating_sub(1), at + 9) {
            return None;
        }
        let breaks = word.places_of(b'\n');
        let mut left = word.places_of(b'[');
        while left != 0 {
            let before = (left & left.wrapping_neg()) - 1;
            look(at + left.trailing_zeros() as usize / 8, line + count(breaks & before));
            left &= left - 1;
        }
        line += count(breaks);
    }
    let at = bytes.len() - rest.len();
    if has_threefold_quote(bytes, at.saturating_sub(2), bytes.len()) {
        return None;
    }
    for (index, byte) in rest.iter().enumerate() {
        if *byte == b'[' {
            look(at + index, line);
        }
        line += u64::from(*byte == b'\n');
    }
    Some(())
}

fn has_threefold_quote(bytes: &[u8], from: usize, to: usize) -> bool {
    let near = bytes.get(from..to.min(bytes.len())).unwrap_or_default();
    near.windows(3).any(|three| three == b"\"\"\"" || three == b"'''")
}

/// How many lines end in these bytes.
pub(in crate::config) fn line_breaks(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let in_words: u64 =
        words.iter().map(|word| count(Word(u64::from_le_bytes(*word)).places_of(b'\n'))).sum();
    in_words + rest.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>()
}
