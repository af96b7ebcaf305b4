//! Base64, in which pictures travel and are shown.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes as base64, padded.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes of base64; white space in it is left out, padding may be. `None` for what is none.
#[must_use]
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let letters = text.bytes().filter(|letter| !letter.is_ascii_whitespace());
    ENGINE.decode(letters.collect::<Vec<u8>>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_padding_may_vary_and_nonsense_is_refused() {
        assert_eq!(decode_base64("Zm9v\r\n Yg==\n"), Some(b"foob".to_vec()));
        assert_eq!(decode_base64("Zm8"), Some(b"fo".to_vec()));
        assert_eq!(decode_base64(""), Some(Vec::new()));
        assert_eq!(decode_base64(&encode_base64(b"fo")), Some(b"fo".to_vec()));
        for text in ["Z", "Zm9v!", "Zg=a", "Zg===", "Zm9v=", "====", "ä"] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }
}
