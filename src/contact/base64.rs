//! Base64, in which pictures travel and are shown.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as base64, padded.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let six = usize::try_from(group >> (18 - 6 * place) & 63).unwrap_or_default();
            let letter = ALPHABET.get(six).copied().unwrap_or_default();
            text.push(if place as usize > chunk.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    text
}

/// The bytes of base64; white space in it is left out. `None` for what is none.
#[must_use]
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut letters, mut pads) = (0_u32, 0_u32, 0_u32);
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                pads += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        if pads > 0 {
            return None;
        }
        group = group << 6 | u32::from(six);
        letters += 1;
        if letters == 4 {
            let [_, first, second, third] = group.to_be_bytes();
            bytes.extend([first, second, third]);
            (group, letters) = (0, 0);
        }
    }
    let [_, first, second, _] = (group << (6 * (4 - letters))).to_be_bytes();
    match (letters, pads) {
        (0, 0) => {}
        (2, 0 | 2) => bytes.push(first),
        (3, 0 | 1) => bytes.extend([first, second]),
        _ => return None,
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back_as_it_was() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (&[0xFF, 0xD8, 0xFF, 0xE0], "/9j/4A=="),
        ] {
            assert_eq!(encode_base64(bytes), text);
            assert_eq!(decode_base64(text).as_deref(), Some(bytes));
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode_base64(&encode_base64(&all)), Some(all));
    }

    #[test]
    fn line_ends_are_left_out_and_nonsense_is_refused() {
        assert_eq!(decode_base64("Zm9v\r\n Yg==\n"), Some(b"foob".to_vec()));
        assert_eq!(decode_base64("Zm8"), Some(b"fo".to_vec()));
        for text in ["Z", "Zm9v!", "Zg=a", "Zg===", "Zm9v=", "====", "ä"] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }
}
