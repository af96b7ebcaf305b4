//! Tokens in the cache: nobody who reads it gets one, since what they are encrypted with is made from the application's own secret.
//! An application that proves itself differently finds nothing.

use std::time::Duration;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest, Sha256};

use crate::web::Secret;

/// Says which form the values have; it changes with them.
const FORM: &[u8] = b"exchange-contact-sync token 1";

/// The name and the key under which one application's token is kept.
pub(super) struct Seal {
    name: String,
    key: LessSafeKey,
    identity: [u8; 32],
}

impl Seal {
    /// A seal for what names the token and the secret that it is asked for with.
    pub(super) fn new(parts: &[&str], secret: &[u8]) -> Option<Self> {
        let mut names = Sha256::new();
        for part in parts {
            names.update((part.len() as u64).to_be_bytes());
            names.update(part.as_bytes());
        }
        let names: [u8; 32] = names.finalize().into();
        let pseudo_random = Salt::new(HKDF_SHA256, FORM).extract(secret);
        let info: [&[u8]; 1] = [&names];
        let key = pseudo_random.expand(&info, &AES_256_GCM).ok()?;
        let print: [&[u8]; 2] = [b"identity", &names];
        let mut identity = [0; 32];
        let other = pseudo_random.expand(&print, HKDF_SHA256).ok()?;
        other.fill(&mut identity).ok()?;
        // At most 64 bytes for the cache: 29 of the digest do.
        let hex = names.iter().take(29).map(|byte| format!("{byte:02x}"));
        Some(Self {
            name: format!("token:{}", hex.collect::<String>()),
            key: LessSafeKey::new(UnboundKey::from(key)),
            identity,
        })
    }

    /// The name in the cache.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What tells this application with this secret from all others in one process.
    pub(super) const fn identity(&self) -> [u8; 32] {
        self.identity
    }

    /// Encrypts a token with its lifetime.
    pub(super) fn close(&self, token: &Secret, lifetime: Duration) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let mut text = lifetime.as_secs().to_be_bytes().to_vec();
        text.extend_from_slice(token.reveal().as_bytes());
        let aad = Aad::from(self.name.as_bytes());
        let nonce_value = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(nonce_value, aad, &mut text)
            .ok()?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Some(sealed)
    }

    /// Decrypts a token; `None` for everything that this seal did not close.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<(Secret, Duration)> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let aad = Aad::from(self.name.as_bytes());
        let text = self.key.open_in_place(nonce, aad, &mut text).ok()?;
        let (lifetime, token) = text.split_first_chunk::<8>()?;
        let token = std::str::from_utf8(token).ok()?;
        let lifetime = Duration::from_secs(u64::from_be_bytes(*lifetime));
        Some((Secret::new(token), lifetime))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn seal(parts: &[&str], secret: &str) -> Seal {
        Seal::new(parts, secret.as_bytes()).unwrap()
    }

    /// P9: what is kept shows nothing of the token, and another secret, tenant or client finds nothing.
    #[test]
    fn only_the_same_application_with_the_same_secret_opens_what_it_closed() {
        let ours = seal(&["https://x", "tenant", "app", "scope"], "s3cret");
        let token = Secret::new("eyJ.the.token");
        let sealed = ours.close(&token, HOUR).unwrap();
        assert!(
            !String::from_utf8_lossy(&sealed).contains("token"),
            "encrypted"
        );
        assert_ne!(
            sealed,
            ours.close(&token, HOUR).unwrap(),
            "never twice alike"
        );
        assert_eq!(ours.open(&sealed), Some((token, HOUR)));
        assert!(ours.name().len() <= 64 && ours.name().starts_with("token:"));

        let other_secret = seal(&["https://x", "tenant", "app", "scope"], "s4cret");
        assert_eq!(ours.name(), other_secret.name());
        assert_ne!(ours.identity(), other_secret.identity());
        assert_eq!(other_secret.open(&sealed), None);
        let other_app = seal(&["https://x", "tenant", "ap", "pscope"], "s3cret");
        assert_ne!(ours.name(), other_app.name());
        assert_eq!(other_app.open(&sealed), None);
        for place in [0, 15, sealed.len() - 1] {
            let mut spoilt = sealed.clone();
            spoilt[place] ^= 1;
            assert_eq!(ours.open(&spoilt), None, "{place}");
        }
        assert_eq!(ours.open(b""), None);
    }
}
