//! Pinned certificates: of all that verify, only those that are named are taken.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a certificate as it goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificatePrint([u8; 32]);

impl CertificatePrint {
    /// Reads 64 hexadecimal digits, with or without a colon after each two, as `openssl x509 -fingerprint -sha256` shows them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let pairs: Vec<&str> = if text.contains(':') {
            text.split(':').collect()
        } else {
            (0..text.len())
                .step_by(2)
                .map(|at| text.get(at..at + 2).unwrap_or_default())
                .collect()
        };
        let byte = |pair: &str| {
            let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
        };
        let bytes: Option<Vec<u8>> = pairs.into_iter().map(byte).collect();
        Some(Self(bytes?.try_into().ok()?))
    }

    fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for CertificatePrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let colon = if place == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

/// A certificate that verifies, but is not the one that is expected.
#[derive(Debug, thiserror::Error)]
#[error("the server shows the certificate with the fingerprint {shown}, expected is {}", listed(.expected))]
pub(crate) struct NotPinned {
    expected: Vec<CertificatePrint>,
    shown: CertificatePrint,
}

fn listed(prints: &[CertificatePrint]) -> String {
    let prints: Vec<String> = prints.iter().map(ToString::to_string).collect();
    prints.join(" or ")
}

/// Verifies as another verifier does, and then compares.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) verifier: Arc<dyn ServerCertVerifier>,
    pub(super) expected: Vec<CertificatePrint>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.verifier
                .verify_server_cert(certificate, intermediates, name, ocsp, now)?;
        let shown = CertificatePrint::of(certificate);
        if self.expected.contains(&shown) {
            return Ok(verified);
        }
        let why = NotPinned {
            expected: self.expected.clone(),
            shown,
        };
        let why = CertificateError::Other(OtherError(Arc::new(why)));
        Err(Error::InvalidCertificate(why))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_with_and_without_colons() {
        let plain = "00ffA1".to_owned() + &"b2".repeat(29);
        let print = CertificatePrint::parse(&plain).unwrap();
        let shown = print.to_string();
        assert!(shown.starts_with("00:FF:A1:B2:B2"), "{shown}");
        assert_eq!(CertificatePrint::parse(&shown), Some(print));
        assert_eq!(CertificatePrint::parse(&format!(" {plain}\n")), Some(print));
        for wrong in [
            "",
            "00",
            &plain[2..],
            &format!("{plain}00"),
            &plain.replace("00", "+0"),
            &plain.replace("00", "0:"),
            &"ä".repeat(32),
            &shown.replace(':', "-"),
        ] {
            assert_eq!(CertificatePrint::parse(wrong), None, "{wrong}");
        }
        let empty = "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55";
        assert_eq!(CertificatePrint::of(b"").to_string(), empty);
    }
}
