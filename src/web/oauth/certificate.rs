//! The application's certificate and private key, from one PEM file.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::signature::RsaKeyPair;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::sync::error::{RemoteClass, RemoteError};

/// A certificate with its key.
pub(super) struct Certificate {
    /// Signs.
    pub(super) key: RsaKeyPair,
    /// The key as it is in the file, without the armour; secret.
    pub(super) key_bytes: Vec<u8>,
    der: CertificateDer<'static>,
}

impl Certificate {
    /// Reads a file. It may be renewed at any time, so it is read when it is needed.
    ///
    /// # Errors
    /// When the file cannot be read or lacks something; it names the file and nothing of its content.
    pub(super) fn read(file: &Path) -> Result<Self, RemoteError> {
        let wrong = |what: &str| {
            RemoteError::new(
                RemoteClass::Config,
                format!("exchange.oauth.certificate: {} {what}", file.display()),
            )
        };
        let pem = fs::read(file).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
        let der = CertificateDer::from_pem_slice(&pem)
            .map_err(|_| wrong("holds no certificate in PEM"))?;
        let key = PrivateKeyDer::from_pem_slice(&pem)
            .map_err(|_| wrong("holds no private key, unencrypted, in PEM"))?;
        let made = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(wrong("holds a private key that is not RSA")),
        };
        Ok(Self {
            key: made.map_err(|_| wrong("holds no RSA key of 2048 to 4096 bits"))?,
            key_bytes: key.secret_der().to_vec(),
            der,
        })
    }

    /// The certificate's fingerprints as assertions name them: by SHA-1 and by SHA-256.
    pub(super) fn fingerprints(&self) -> [String; 2] {
        [&digest::SHA1_FOR_LEGACY_USE_ONLY, &digest::SHA256]
            .map(|hash| URL_SAFE_NO_PAD.encode(digest::digest(hash, &self.der).as_ref()))
    }
}
