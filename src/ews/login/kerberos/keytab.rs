//! A keytab: a file with the keys of accounts, as `ktpass` and `ktutil` write it (version 0x502 of MIT's format).

use picky_krb::crypto::CipherSuite;

/// A key and whom it belongs to.
pub(super) struct Entry {
    pub(super) components: Vec<String>,
    pub(super) realm: String,
    pub(super) key: Vec<u8>,
    pub(super) cipher: CipherSuite,
    version: u32,
}

/// The newest of the strongest keys of an account.
///
/// # Errors
/// When the file is no keytab, or has no key that can be used.
pub(super) fn find(file: &[u8], user: &str, realm: &str) -> Result<Entry, &'static str> {
    let mut rest = match file.strip_prefix(&[5, 2]) {
        Some(rest) => Reader(rest),
        None => return Err("is no keytab"),
    };
    let mut best: Option<Entry> = None;
    let mut known = false;
    while !rest.0.is_empty() {
        let size = rest.u32().ok_or("breaks off")?.cast_signed();
        let length = usize::try_from(size.unsigned_abs()).map_err(|_| "breaks off")?;
        let record = rest.take(length).ok_or("breaks off")?;
        // A negative size is a hole that an entry left.
        if size <= 0 {
            continue;
        }
        let Some((entry, kind)) = entry(Reader(record)) else {
            return Err("has an entry that cannot be read");
        };
        if entry.components.join("/") != user || !entry.realm.eq_ignore_ascii_case(realm) {
            continue;
        }
        known = true;
        let better = best
            .as_ref()
            .is_none_or(|best| (entry.version, entry.key.len()) > (best.version, best.key.len()));
        if matches!(kind, 17 | 18) && better {
            best = Some(entry);
        }
    }
    best.ok_or(if known {
        "has no key of the account with AES (aes256-cts-hmac-sha1-96 or aes128-cts-hmac-sha1-96)"
    } else {
        "has no key of the account"
    })
}

/// An entry with its type of encryption.
fn entry(mut record: Reader<'_>) -> Option<(Entry, u16)> {
    let count = record.u16()?;
    let realm = record.text()?;
    let components = (0..count).map(|_| record.text()).collect::<Option<_>>()?;
    let (_type, _time) = (record.u32()?, record.u32()?);
    let short = record.take(1)?.first().copied()?;
    let kind = record.u16()?;
    let length = record.u16()?;
    let key = record.take(usize::from(length))?.to_vec();
    let version = match record.u32() {
        None | Some(0) => u32::from(short),
        Some(version) => version,
    };
    let cipher = if kind == 17 {
        CipherSuite::Aes128CtsHmacSha196
    } else {
        CipherSuite::Aes256CtsHmacSha196
    };
    let entry = Entry {
        components,
        realm,
        key,
        cipher,
        version,
    };
    Some((entry, kind))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.u16()?;
        let bytes = self.take(usize::from(length))?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(user: &str, realm: &str, kind: u16, version: u8, key: &[u8]) -> Vec<u8> {
        let counted = |text: &str| {
            let length = u16::try_from(text.len()).unwrap();
            [&length.to_be_bytes()[..], text.as_bytes()].concat()
        };
        let body = [
            &1_u16.to_be_bytes()[..],
            &counted(realm),
            &counted(user),
            &[0; 8],
            &[version],
            &kind.to_be_bytes(),
            &u16::try_from(key.len()).unwrap().to_be_bytes(),
            key,
        ]
        .concat();
        let size = i32::try_from(body.len()).unwrap();
        [&size.to_be_bytes()[..], &body].concat()
    }

    /// Semantics 50.
    #[test]
    fn the_newest_of_the_strongest_keys_is_taken() {
        let hole = [&(-3_i32).to_be_bytes()[..], &[9; 3]].concat();
        let file = [
            &[5, 2][..],
            &record("svc", "CORP.TEST", 18, 2, &[1; 32]),
            &hole,
            &record("svc", "CORP.TEST", 17, 3, &[2; 16]),
            &record("svc", "CORP.TEST", 18, 3, &[3; 32]),
            &record("svc", "CORP.TEST", 23, 4, &[4; 16]),
            &record("other", "CORP.TEST", 18, 9, &[5; 32]),
        ]
        .concat();
        let found = find(&file, "svc", "corp.test").ok().unwrap();
        assert_eq!(found.key, [3; 32]);
        assert_eq!(found.cipher, CipherSuite::Aes256CtsHmacSha196);
        let old = [&[5, 2][..], &record("svc", "CORP.TEST", 23, 4, &[4; 16])].concat();
        for (file, user, expected) in [
            (&b"text"[..], "svc", "is no keytab"),
            (&file[..40], "svc", "breaks off"),
            (&file[..], "nobody", "has no key of the account"),
            (&old, "svc", "with AES"),
        ] {
            let error = find(file, user, "CORP.TEST").err().unwrap();
            assert!(error.contains(expected), "{error}");
        }
    }
}
