//! Reading no more than is wanted.

use std::io::{self, Read};

use crate::web::client::Response;

/// Marks a read that was ended because the answer is too large.
#[derive(Debug, thiserror::Error)]
#[error("the answer is too large")]
pub(crate) struct TooLarge;

/// How much of a page that is no answer of EWS is looked at.
pub(crate) const PAGE_BYTES: u64 = 64 << 10;

/// The beginning of a page. One that breaks off says as much as it says.
pub(crate) fn read_page(response: Response) -> Vec<u8> {
    let mut page = Vec::new();
    let _ = response.take(PAGE_BYTES).read_to_end(&mut page);
    page
}

/// A reader that fails when the answer is larger than it may be.
pub(crate) struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R> Limited<R> {
    pub(crate) const fn new(inner: R, most: u64) -> Self {
        Self { inner, left: most }
    }

    pub(crate) const fn inner(&mut self) -> &mut R {
        &mut self.inner
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(TooLarge))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_larger_than_the_limit_is_an_error() {
        let read = |left| {
            let mut out = Vec::new();
            let mut limited = Limited::new(&b"12345"[..], left);
            limited.read_to_end(&mut out).map_err(|error| {
                assert!(error.get_ref().unwrap().is::<TooLarge>());
            })
        };
        assert_eq!(read(5), Ok(5));
        assert_eq!(read(4), Err(()));
    }
}
