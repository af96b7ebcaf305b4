//! Whether a type-3 message proves a password: NTLMv2 only, with an integrity code, bound to the TLS connection as Extended Protection
//! wants it (MS-NLMP, sections 3.3.2 and 3.2.5.1.2; EWS reference, section 7.4; semantics 51).

use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};
use rc4::{Rc4, StreamCipher as _};

use super::message::{Authenticate, MIC, pairs, utf16};
use crate::options::ExtendedProtection;

/// What was said so far, byte for byte.
pub struct Conversation<'a> {
    /// Type 1.
    pub negotiate: &'a [u8],
    /// Type 2.
    pub challenge: &'a [u8],
    /// The number in it.
    pub nonce: [u8; 8],
    /// Type 3.
    pub authenticate: &'a [u8],
}

/// The verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// All of it holds.
    Right,
    /// LM or NTLMv1, which modern policy refuses.
    Weak,
    /// Another password.
    Wrong,
    /// The integrity code is missing or wrong.
    Tampered,
    /// Extended Protection: bound to another certificate, or not at all.
    Unbound,
}

const RESPONSE_V1: usize = 24;
/// Where the pairs begin, after the proof, versions, time and the client's number.
const PAIRS: usize = 16 + 28;
const FLAGS: u16 = 6;
const WITH_MIC: u32 = 2;
const CHANNEL_BINDINGS: u16 = 10;

/// Judges a proof against a password.
pub fn judge(
    conversation: &Conversation<'_>,
    proof: &Authenticate,
    password: &str,
    protection: &ExtendedProtection,
) -> Judged {
    let (Some(shown), Some(blob)) = (proof.response.get(..16), proof.response.get(16..)) else {
        return Judged::Weak;
    };
    if proof.response.len() <= RESPONSE_V1 {
        return Judged::Weak;
    }
    let owner = utf16(&format!("{}{}", proof.user.to_uppercase(), proof.domain));
    let key = hmac(&Md4::digest(utf16(password)), &[&owner]);
    if hmac(&key, &[&conversation.nonce, blob]) != shown {
        return Judged::Wrong;
    }
    let pairs = pairs(proof.response.get(PAIRS..).unwrap_or_default());
    let value = |wanted| {
        pairs
            .iter()
            .find(|(id, _)| *id == wanted)
            .map(|pair| pair.1)
    };
    let flags = value(FLAGS).and_then(|flags| flags.try_into().ok());
    let has_mic = flags.map_or(0, u32::from_le_bytes) & WITH_MIC != 0;
    if !has_mic || mic(conversation, proof, &hmac(&key, &[shown])) != proof.mic {
        return Judged::Tampered;
    }
    let shown = value(CHANNEL_BINDINGS).filter(|binding| binding.iter().any(|byte| *byte != 0));
    let bound = |binding: &[u8]| {
        protection
            .end_point()
            .is_some_and(|own| binding == hash(&own))
    };
    match (protection, shown) {
        (ExtendedProtection::None, _) | (ExtendedProtection::Allow(_), None) => Judged::Right,
        (ExtendedProtection::Require(_), None) => Judged::Unbound,
        (_, Some(binding)) if bound(binding) => Judged::Right,
        (_, Some(_)) => Judged::Unbound,
    }
}

fn mic(conversation: &Conversation<'_>, proof: &Authenticate, base: &[u8]) -> [u8; 16] {
    let mut key: [u8; 16] = base.try_into().unwrap_or_default();
    if let (Ok(exchanged), Ok(mut cipher)) = (
        proof.session_key.as_slice().try_into(),
        Rc4::new_from_slice(&key),
    ) {
        key = exchanged;
        cipher.apply_keystream(&mut key);
    }
    let mut message = conversation.authenticate.to_vec();
    if let Some(place) = message.get_mut(MIC) {
        place.fill(0);
    }
    let code = hmac(
        &key,
        &[conversation.negotiate, conversation.challenge, &message],
    );
    code.try_into().unwrap_or_default()
}

/// The hash of a gss_channel_bindings_struct that holds nothing but the application's data.
fn hash(application_data: &[u8]) -> [u8; 16] {
    let mut bindings = vec![0; 16];
    let length = u32::try_from(application_data.len()).unwrap_or_default();
    bindings.extend(length.to_le_bytes());
    bindings.extend(application_data);
    Md5::digest(&bindings).into()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut code) = Hmac::<Md5>::new_from_slice(key) else {
        return Vec::new();
    };
    for part in parts {
        code.update(part);
    }
    code.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MS-NLMP, section 4.2.4: User, Domain, Password.
    #[test]
    fn the_key_of_the_specifications_example() {
        let owner = utf16("USERDomain");
        let key = hmac(&Md4::digest(utf16("Password")), &[&owner]);
        assert_eq!(
            key,
            [
                0x0c, 0x86, 0x8a, 0x40, 0x3b, 0xfd, 0x7a, 0x93, 0xa3, 0x00, 0x1e, 0xf2, 0x2e, 0xf0,
                0x2e, 0x3f
            ]
        );
    }
}
