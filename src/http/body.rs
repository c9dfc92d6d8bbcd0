//! A reply's body: at most 1 MiB, as sent and after decompression.
//!
//! Decompression is done here because reqwest's gives one error for missing bytes (the network's fault), for a body
//! that is not gzip (the server's), and none for a body that grows beyond the limit.

use std::io::{self, Read as _};

use flate2::read::MultiGzDecoder;
use zeroize::Zeroizing;

/// The most bytes of a body that are accepted.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// The capacity that nearly every body fits: a vector that grows leaves a copy of its contents in freed memory.
pub(super) const USUAL_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(super) enum BodyError {
    TooLarge,
    /// It ends in the middle of the compressed data.
    Truncated,
    NotGzip,
}

/// Decompresses gzip (RFC 1952) of one member or several. An empty body is returned as it is: some servers send
/// `Content-Encoding` with an empty 401.
pub(super) fn gunzip(compressed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let mut body = Zeroizing::new(Vec::with_capacity(USUAL_BYTES));
    if compressed.is_empty() {
        return Ok(body);
    }
    let limit = MAX_BYTES as u64 + 1;
    match MultiGzDecoder::new(compressed)
        .take(limit)
        .read_to_end(&mut body)
    {
        Ok(_) if body.len() > MAX_BYTES => Err(BodyError::TooLarge),
        Ok(_) => Ok(body),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(BodyError::Truncated),
        Err(_) => Err(BodyError::NotGzip),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::gzip;
    use super::*;

    #[test]
    fn gzip_is_read_whole_or_refused() {
        let text = b"{\"access_token\":\"abc\"}".repeat(1000);
        assert_eq!(*gunzip(&gzip(&text)).unwrap(), text);
        assert_eq!(
            *gunzip(&[gzip(b"ab"), gzip(b"cd")].concat()).unwrap(),
            b"abcd"
        );
        assert!(gunzip(b"").unwrap().is_empty());
        let compressed = gzip(&text);
        for cut in 1..compressed.len() {
            assert!(gunzip(&compressed[..cut]).is_err(), "cut at {cut}");
        }
        assert!(matches!(gunzip(&text), Err(BodyError::NotGzip)));
        assert_eq!(gunzip(&gzip(&vec![0; MAX_BYTES])).unwrap().len(), MAX_BYTES);
        assert!(matches!(
            gunzip(&gzip(&vec![0; MAX_BYTES + 1])),
            Err(BodyError::TooLarge)
        ));
        // Members without contents, as many as fit: done in a moment, so the time limit needs no check here.
        assert!(gunzip(&gzip(b"").repeat(50_000)).unwrap().is_empty());
    }
}
