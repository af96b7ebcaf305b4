//! A picture: known by its fingerprint, with its bytes where they are at hand (semantics 39).

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::{Fingerprint, decode_base64, encode_base64};

/// A format of pictures that both sides can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
}

impl PictureFormat {
    /// The format of a file by its first bytes.
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }

    /// The end of a file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
        }
    }
}

/// A picture. Two are the same when their fingerprints are, whether or not their bytes are at hand.
#[derive(Clone)]
pub struct Picture {
    print: Fingerprint,
    bytes: Option<Arc<[u8]>>,
}

impl Picture {
    /// A picture that is known by its fingerprint alone.
    #[must_use]
    pub const fn known(print: Fingerprint) -> Self {
        Self { print, bytes: None }
    }

    /// A picture with its bytes, of which this is the fingerprint.
    #[must_use]
    pub const fn with(print: Fingerprint, bytes: Arc<[u8]>) -> Self {
        Self {
            print,
            bytes: Some(bytes),
        }
    }

    /// Its fingerprint.
    #[must_use]
    pub const fn print(&self) -> Fingerprint {
        self.print
    }

    /// Its bytes, where they are at hand.
    #[must_use]
    pub fn bytes(&self) -> Option<&Arc<[u8]>> {
        self.bytes.as_ref()
    }

    /// The picture as text: all of it where its bytes are at hand (`data:image/jpeg;base64,…`), else its fingerprint
    /// (`sha256:…`).
    #[must_use]
    pub fn display(&self) -> String {
        let Some(bytes) = &self.bytes else {
            return format!("{KNOWN}{}", self.print);
        };
        let media_type =
            PictureFormat::of(bytes).map_or("application/octet-stream", PictureFormat::media_type);
        format!("{DATA}{media_type}{BASE64}{}", encode_base64(bytes))
    }

    /// Reads a picture of which only the fingerprint is shown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let print = Fingerprint::parse(text.strip_prefix(KNOWN)?)?;
        Some(Self::known(print))
    }

    /// The bytes of a picture that is shown as a whole.
    #[must_use]
    pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
        let (_, content) = text.strip_prefix(DATA)?.split_once(BASE64)?;
        decode_base64(content)
    }
}

const KNOWN: &str = "sha256:";
const DATA: &str = "data:";
const BASE64: &str = ";base64,";

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.as_ref().map(|bytes| bytes.len());
        write!(f, "Picture({}, {size:?} bytes)", self.print)
    }
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Eq for Picture {}

impl PartialOrd for Picture {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Picture {
    fn cmp(&self, other: &Self) -> Ordering {
        self.print.cmp(&other.print)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// semantics 39.
    #[test]
    fn pictures_compare_by_their_fingerprints_alone() {
        let (one, other) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
        let bytes: Arc<[u8]> = Arc::from(&b"GIF89a"[..]);
        assert_eq!(Picture::known(one), Picture::with(one, Arc::clone(&bytes)));
        assert_ne!(Picture::known(one), Picture::known(other));
        assert!(Picture::known(one) < Picture::with(other, bytes));
    }

    #[test]
    fn a_picture_is_shown_as_a_whole_or_by_its_fingerprint() {
        let known = Picture::known(Fingerprint([0xAB; 32]));
        assert_eq!(known.display(), format!("sha256:{}", "ab".repeat(32)));
        assert_eq!(Picture::parse(&known.display()), Some(known.clone()));
        let whole = Picture::with(known.print(), Arc::from(&[0xFF, 0xD8, 0xFF, 0xE0][..]));
        assert_eq!(whole.display(), "data:image/jpeg;base64,/9j/4A==");
        assert_eq!(
            Picture::bytes_of(&whole.display()),
            Some(vec![0xFF, 0xD8, 0xFF, 0xE0])
        );
        for nonsense in ["", "sha256:ab", "sha256:äää", "data:image/jpeg,x"] {
            assert_eq!(Picture::parse(nonsense), None);
            assert_eq!(Picture::bytes_of(nonsense), None);
        }
    }

    #[test]
    fn a_format_is_known_by_its_first_bytes() {
        let of = |start: &[u8]| PictureFormat::of(start).map(PictureFormat::media_type);
        assert_eq!(of(&[0xFF, 0xD8, 0xFF, 0xDB]), Some("image/jpeg"));
        assert_eq!(of(b"\x89PNG\r\n\x1A\n0000"), Some("image/png"));
        assert_eq!(of(b"GIF87a"), Some("image/gif"));
        for start in [&b"<svg"[..], b"", b"\xFF\xD8", b"BM", b"RIFF0000WEBP"] {
            assert_eq!(of(start), None);
        }
    }
}
