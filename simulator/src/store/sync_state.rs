//! SyncState: opaque text, bound to one folder and to item sync (EWS reference, sections 2.0 and 4).
//!
//! It starts as the base64 of gzip data does, is some 440 characters by default and differs on
//! each call. Inside are the ranges of changes already shown; a check sum guards them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::changes::Seen;
use super::folder::FolderNo;
use super::ids::mix;

const HEAD: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 0];
const ITEMS: u64 = 1;

/// Writes a state. `epoch` changes when all states are to be forgotten, `nonce` with every call;
/// `size` is the wished length in bytes.
pub fn write(folder: FolderNo, seen: &Seen, epoch: u64, nonce: u64, size: usize) -> String {
    let mut words = vec![ITEMS, u64::from(folder.0), epoch, seen.0.len() as u64];
    words.extend(seen.0.iter().flat_map(|(above, last)| [*above, *last]));
    words.push(checksum(&words, nonce));
    let mut bytes = Vec::with_capacity(size.max(64) + 8);
    bytes.extend_from_slice(&HEAD);
    let mut stream = nonce;
    bytes.extend_from_slice(&nonce.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    for word in words {
        bytes.extend_from_slice(&(word ^ mix(&mut stream)).to_le_bytes());
    }
    while bytes.len() < size {
        bytes.extend_from_slice(&mix(&mut stream).to_le_bytes());
    }
    STANDARD.encode(bytes)
}

/// Reads a state back; None when it is not one of this folder, this kind and this epoch.
pub fn read(text: &str, folder: FolderNo, epoch: u64) -> Option<Seen> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let mut words = bytes
        .strip_prefix(&HEAD)?
        .chunks_exact(8)
        .map(|chunk| chunk.try_into().map_or(0, u64::from_le_bytes));
    // The inverse of the odd constant above modulo 2^64.
    let nonce = words.next()?.wrapping_mul(0xF1DE_83E1_9937_733D);
    let mut stream = nonce;
    let mut clear = words.map(|word| word ^ mix(&mut stream));
    let mut checked: Vec<u64> = clear.by_ref().take(4).collect();
    let [kind, number, its_epoch, count] = *checked.as_slice() else {
        return None;
    };
    if kind != ITEMS || number != u64::from(folder.0) || its_epoch != epoch || count > 10_000 {
        return None;
    }
    let count = usize::try_from(count).ok()?;
    let ranges: Vec<u64> = clear.by_ref().take(count * 2).collect();
    checked.extend_from_slice(&ranges);
    if ranges.len() != count * 2 || clear.next()? != checksum(&checked, nonce) {
        return None;
    }
    let pairs = ranges.chunks_exact(2).filter_map(|pair| match pair {
        [above, last] => Some((*above, *last)),
        _ => None,
    });
    Some(Seen(pairs.collect()))
}

fn checksum(words: &[u64], nonce: u64) -> u64 {
    words
        .iter()
        .fold(nonce, |sum, word| mix(&mut (sum ^ word).rotate_left(17)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: FolderNo = FolderNo(4);

    #[test]
    fn comes_back_and_differs_each_time() {
        let seen = Seen(vec![(70, 90), (0, 50)]);
        let (a, b) = (
            write(FOLDER, &seen, 3, 1, 320),
            write(FOLDER, &seen, 3, 2, 320),
        );
        assert!(a != b && a.starts_with("H4sIA") && a.len() > 400, "{a}");
        assert_eq!(
            (read(&a, FOLDER, 3), read(&b, FOLDER, 3)),
            (Some(seen.clone()), Some(seen.clone()))
        );
        assert_eq!(write(FOLDER, &seen, 3, 2, 100_000).len() / 1000, 133);
    }

    #[test]
    fn refuses_what_is_not_its_own() {
        let state = write(FOLDER, &Seen(vec![(0, 50)]), 3, 77, 320);
        assert_eq!(read(&state, FolderNo(5), 3), None);
        assert_eq!(read(&state, FOLDER, 4), None);
        assert_eq!(read("", FOLDER, 3), None);
        assert_eq!(read("H4sIAAAAAAAEAGNgYGBgAA==", FOLDER, 3), None);
        assert_eq!(read(&state[..64], FOLDER, 3), None);
        for at in [20, 40, 60] {
            let mut broken = state.clone().into_bytes();
            broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                read(&String::from_utf8(broken).unwrap(), FOLDER, 3),
                None,
                "{at}"
            );
        }
    }
}
