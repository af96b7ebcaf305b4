//! Which servers are trusted, and by which certificate we are known: TLS and the proxy of a client.

mod pinned;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use once_cell::sync::Lazy;
use reqwest::{ClientBuilder, Proxy, Url};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::WebConfig;
use crate::sync::error::{RemoteClass, RemoteError};
pub use pinned::CertificatePrint;
pub(crate) use pinned::NotPinned;
use pinned::Pinned;

/// The cryptography of TLS, chosen once, when the first client is made.
static CRYPTOGRAPHY: Lazy<()> = Lazy::new(|| {
    // An error means that the process has a provider already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
});

/// What clients of this process have been made of. Reading the certificates of a machine takes a while, so all of them share it, and
/// with it the sessions that a server lets us resume.
static MADE: Mutex<Vec<(Terms, ClientConfig)>> = Mutex::new(Vec::new());

/// How many are remembered.
const REMEMBERED: usize = 16;

/// What TLS is made by. Files count by what they hold: one that was renewed makes another.
#[derive(Clone, PartialEq, Eq)]
struct Terms {
    authorities: Option<Vec<u8>>,
    /// Whether those are trusted besides this machine's, and not in place of them.
    besides: bool,
    client: Option<Vec<u8>>,
    pinned: Vec<CertificatePrint>,
}

/// Lets a client use TLS and the proxy as the configuration says.
///
/// # Errors
/// When a file or the proxy cannot be used, naming the key.
pub(crate) fn equip(
    builder: ClientBuilder,
    config: &WebConfig,
    is_encrypted: bool,
) -> Result<ClientBuilder, RemoteError> {
    equip_by(builder, config, is_encrypted, false)
}

/// The same for an authority that gives tokens: what this machine trusts, and besides it the company's own authorities, which a proxy
/// that looks into TLS may have. Our own certificate is not shown there, and its own is not the pinned one.
///
/// # Errors
/// As [`equip`].
pub(crate) fn equip_for_authority(
    builder: ClientBuilder,
    config: &WebConfig,
    endpoint: &Url,
) -> Result<ClientBuilder, RemoteError> {
    let config = WebConfig {
        client_certificate: None,
        pinned_certificates: Vec::new(),
        ..config.clone()
    };
    let proxied = config.proxy.as_ref();
    let proxied = proxied.is_some_and(|proxy| proxy.reveal().starts_with("https:"));
    let is_encrypted = endpoint.scheme() == "https" || proxied;
    equip_by(builder, &config, is_encrypted, true)
}

fn equip_by(
    builder: ClientBuilder,
    config: &WebConfig,
    is_encrypted: bool,
    besides: bool,
) -> Result<ClientBuilder, RemoteError> {
    Lazy::force(&CRYPTOGRAPHY);
    let builder = match &config.proxy {
        Some(proxy) => builder.proxy(
            Proxy::all(proxy.reveal()).map_err(|_| wrong("exchange.proxy is no proxy's URL"))?,
        ),
        None => builder.no_proxy(),
    };
    if !is_encrypted {
        // No certificates are needed, and a machine without any must do for it.
        return Ok(builder.tls_certs_only(std::iter::empty()));
    }
    Ok(builder.tls_backend_preconfigured(shared(config, besides)?))
}

/// What other clients of the same terms use as well.
fn shared(config: &WebConfig, besides: bool) -> Result<ClientConfig, RemoteError> {
    let read_if = |key, file: &Option<_>| file.as_deref().map(|file| read(key, file)).transpose();
    let terms = Terms {
        authorities: read_if("ca_file", &config.ca_file)?,
        besides: besides && config.ca_file.is_some(),
        client: read_if("client_certificate", &config.client_certificate)?,
        pinned: config.pinned_certificates.clone(),
    };
    let mut made = match MADE.lock() {
        Ok(made) => made,
        Err(poisoned) => poisoned.into_inner(),
    };
    if let Some((_, known)) = made.iter().find(|(known, _)| *known == terms) {
        return Ok(known.clone());
    }
    let new = make(config, &terms)?;
    if made.len() >= REMEMBERED {
        made.remove(0);
    }
    made.push((terms, new.clone()));
    Ok(new)
}

fn make(config: &WebConfig, terms: &Terms) -> Result<ClientConfig, RemoteError> {
    let provider = CryptoProvider::get_default().map(Arc::clone);
    let provider = provider.ok_or_else(|| wrong("there is no cryptography for TLS"))?;
    let verifier = match (&terms.authorities, &config.ca_file) {
        (Some(pem), Some(file)) => {
            let unfit = || unusable("ca_file", file, "holds no certificate in PEM");
            let own = certificates(pem).ok_or_else(unfit)?;
            if terms.besides {
                by_this_machine(&provider, own)?
            } else {
                by_authorities(&provider, own).ok_or_else(unfit)?
            }
        }
        _ => by_this_machine(&provider, Vec::new())?,
    };
    let verifier = if terms.pinned.is_empty() {
        verifier
    } else {
        Arc::new(Pinned {
            verifier,
            expected: terms.pinned.clone(),
        })
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&format!("TLS cannot be prepared ({error})")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match (&terms.client, &config.client_certificate) {
        (Some(pem), Some(file)) => {
            let what = "holds no certificate with its private key, unencrypted, in PEM";
            let unfit = || unusable("client_certificate", file, what);
            let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| unfit())?;
            let chain = certificates(pem).ok_or_else(unfit)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|_| unfit())
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn by_this_machine(
    provider: &Arc<CryptoProvider>,
    besides: Vec<CertificateDer<'static>>,
) -> Result<Arc<dyn ServerCertVerifier>, RemoteError> {
    let verifier = Verifier::new_with_extra_roots(besides, Arc::clone(provider));
    let verifier = verifier.map_err(|error| {
        wrong(&format!(
            "the certificates of this machine cannot be read ({error}); install the package ca-certificates, or set SSL_CERT_FILE"
        ))
    })?;
    Ok(Arc::new(verifier))
}

fn by_authorities(
    provider: &Arc<CryptoProvider>,
    own: Vec<CertificateDer<'static>>,
) -> Option<Arc<dyn ServerCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in own {
        roots.add(certificate).ok()?;
    }
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Some(verifier.ok()?)
}

/// The certificates of a file in PEM, at least one.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    all.ok().filter(|all| !all.is_empty())
}

fn read(key: &str, file: &Path) -> Result<Vec<u8>, RemoteError> {
    fs::read(file).map_err(|error| unusable(key, file, &format!("cannot be read ({error})")))
}

fn unusable(key: &str, file: &Path, what: &str) -> RemoteError {
    wrong(&format!("exchange.{key}: {} {what}", file.display()))
}

fn wrong(message: &str) -> RemoteError {
    RemoteError::new(RemoteClass::Config, message)
}
