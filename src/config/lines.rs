//! Which line of a text a byte is on. Counted once, in blocks: the lines of all tables of a large file need not be known to
//! read one of them, and to read them all each place costs next to nothing.

use memchr::memchr_iter;

/// A block's bytes.
const BLOCK: usize = 512;

/// How many lines end before each block.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut ended = 0;
        let before = text.chunks(BLOCK).map(|block| {
            let before = ended;
            ended += line_breaks(block);
            before
        });
        Self(before.collect())
    }

    /// The line, from 1, on which this byte of the text is, or its end.
    pub(super) fn at(&self, text: &[u8], byte: usize) -> u32 {
        let block = (byte / BLOCK).min(self.0.len().saturating_sub(1));
        let before = self.0.get(block).copied().unwrap_or(0);
        let passed = text
            .get(block * BLOCK..byte.min(text.len()))
            .unwrap_or_default();
        u32::try_from(before + line_breaks(passed) + 1).unwrap_or(u32::MAX)
    }
}

fn line_breaks(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_on_its_line() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let text: Vec<u8> = (0..length)
                .map(|at| if at % 3 == 0 { b'\n' } else { b'x' })
                .collect();
            let lines = Lines::of(&text);
            for at in 0..=length {
                let breaks = at.div_ceil(3);
                assert_eq!(lines.at(&text, at) as usize, breaks + 1, "{at} of {length}");
            }
            assert_eq!(lines.at(&text, length + 2 * BLOCK), lines.at(&text, length));
        }
    }
}
