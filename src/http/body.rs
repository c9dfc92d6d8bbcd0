//! A reply's body: whole, within the limit, and out of its compression, in time.
//!
//! Decompression is done here and not by reqwest, because the three things that go wrong must stay apart: bytes
//! that are missing (the network's fault), a body that is whole and no gzip (the server's), and one that is
//! too large, as it comes as much as unpacked; reqwest hands on one error for all of them, and a stream of
//! empty blocks, which unpacks to nothing, has no end there.

use std::io::{self, Read};
use std::time::Instant;

use flate2::read::MultiGzDecoder;
use zeroize::Zeroizing;

/// The most bytes of a body that are taken, as it comes and after decompression.
pub(super) const LIMIT: usize = 1024 * 1024;

/// Why a body is of no use.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The time is up.
    Late,
    /// There is more than [`LIMIT`].
    TooLarge,
    /// The reader failed.
    Failed(io::Error),
}

/// There is more than [`LIMIT`].
#[derive(Debug)]
pub(super) struct TooLarge;

/// What has come of a body. Every buffer that it was in is wiped, but for those inside the HTTP client.
pub(super) struct Body(Zeroizing<Vec<u8>>);

impl Body {
    pub(super) fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(8 * 1024)))
    }

    /// Adds what came next.
    pub(super) fn add(&mut self, piece: &[u8]) -> Result<(), TooLarge> {
        let length = self.0.len() + piece.len();
        if length > LIMIT {
            return Err(TooLarge);
        }
        if self.0.capacity() < length {
            // A Vec that grows by itself leaves what it held behind in freed memory.
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * length));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(piece);
        Ok(())
    }

    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

fn read(mut from: impl Read, deadline: Option<Instant>) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let mut whole = Body::new();
    let mut piece = Zeroizing::new([0_u8; 8 * 1024]);
    loop {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Trouble::Late);
        }
        match from.read(&mut piece[..]) {
            Ok(0) => return Ok(whole.into_bytes()),
            Ok(count) => {
                whole
                    .add(piece.get(..count).unwrap_or_default())
                    .map_err(|TooLarge| Trouble::TooLarge)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Trouble::Failed(error)),
        }
    }
}

/// Unpacks gzip (RFC 1952), one member or several, until `deadline` at the latest.
pub(super) fn unzip(
    packed: &[u8],
    deadline: Option<Instant>,
) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    // An empty body is no gzip, but it is what servers send with a 401 and the header all the same.
    if packed.is_empty() {
        return Ok(Zeroizing::default());
    }
    read(
        MultiGzDecoder::new(InTime {
            rest: packed,
            deadline,
        }),
        deadline,
    )
    .map_err(|trouble| match trouble {
        Trouble::Failed(error) if error.kind() == io::ErrorKind::TimedOut => Trouble::Late,
        other => other,
    })
}

/// What is packed, handed out in pieces as long as there is time: blocks that unpack to nothing keep the decoder
/// at work without anything coming out of it.
struct InTime<'a> {
    rest: &'a [u8],
    deadline: Option<Instant>,
}

impl Read for InTime<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let piece = into.len().min(4096);
        self.rest.read(into.get_mut(..piece).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::gzip;
    use super::*;

    #[test]
    fn the_limit_is_exact() {
        let exact = vec![b'x'; LIMIT];
        let mut body = Body::new();
        for piece in exact.chunks(1000) {
            body.add(piece).unwrap();
        }
        assert!(body.add(b"x").is_err());
        assert!(body.into_bytes()[..] == exact[..]);
        assert!(Body::new().add(&vec![b'x'; LIMIT + 1]).is_err());
        assert_eq!(unzip(&gzip(&exact), None).unwrap().len(), LIMIT);
        assert!(matches!(
            unzip(&gzip(&vec![0; LIMIT + 1]), None),
            Err(Trouble::TooLarge)
        ));
    }

    /// Members that unpack to nothing: the decoder would go through all of them in one read.
    #[test]
    fn the_deadline_is_kept_while_nothing_comes_out() {
        let packed = gzip(b"").repeat(40_000);
        let begun = Instant::now();
        let outcome = unzip(&packed, Some(begun + Duration::from_millis(20)));
        // A quick machine may be through in time.
        assert!(
            matches!(outcome, Err(Trouble::Late)) || begun.elapsed() < Duration::from_millis(100)
        );
        assert!(matches!(unzip(&packed, Some(begun)), Err(Trouble::Late)));
    }

    #[test]
    fn gzip_members() {
        let text = b"{\"access_token\":\"abc\"}".repeat(1000);
        assert_eq!(*unzip(&gzip(&text), None).unwrap(), text);
        assert_eq!(
            *unzip(&[gzip(b"ab"), gzip(b"cd")].concat(), None).unwrap(),
            b"abcd"
        );
        assert!(unzip(b"", None).unwrap().is_empty());
        let packed = gzip(&text);
        for cut in 1..packed.len() {
            assert!(
                matches!(unzip(&packed[..cut], None), Err(Trouble::Failed(_))),
                "cut at {cut}"
            );
        }
        assert!(matches!(
            unzip(b"{\"access_token\":\"abc\"}", None),
            Err(Trouble::Failed(_))
        ));
    }
}
