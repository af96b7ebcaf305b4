//! Which servers are trusted, and by which certificate we are known: TLS and the proxy of a client.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use once_cell::sync::{Lazy, OnceCell};
use reqwest::blocking::ClientBuilder;
use reqwest::{Certificate, Identity, Proxy, Url};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::config::EwsConfig;
use crate::sync::error::{RemoteClass, RemoteError};

/// The cryptography of TLS, chosen once, when the first client is made.
static CRYPTOGRAPHY: Lazy<()> = Lazy::new(|| {
    // An error means that the process has a provider already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
});

/// TLS by the certificates of this machine. Reading them takes a while, so all clients of a process share them, and with them the
/// sessions that a server lets us resume.
static BY_THIS_MACHINE: OnceCell<ClientConfig> = OnceCell::new();

/// Lets a client use TLS and the proxy as the configuration says.
///
/// # Errors
/// When a file or the proxy cannot be used, naming the key.
pub(super) fn equip(
    builder: ClientBuilder,
    config: &EwsConfig,
    is_encrypted: bool,
) -> Result<ClientBuilder, RemoteError> {
    Lazy::force(&CRYPTOGRAPHY);
    let builder = through(builder, config)?;
    if !is_encrypted {
        // No certificates are needed, and a machine without any must do for it.
        return Ok(builder.tls_certs_only(std::iter::empty()));
    }
    if config.ca_file.is_none() && config.client_certificate.is_none() {
        let shared = BY_THIS_MACHINE.get_or_try_init(by_this_machine)?;
        return Ok(builder.tls_backend_preconfigured(shared.clone()));
    }
    let builder = match &config.ca_file {
        Some(file) => builder.tls_certs_only(authorities(file)?),
        None => builder,
    };
    match &config.client_certificate {
        Some(file) => Ok(builder.identity(identity(file)?)),
        None => Ok(builder),
    }
}

/// By way of the proxy that the configuration names, if any.
fn through(builder: ClientBuilder, config: &EwsConfig) -> Result<ClientBuilder, RemoteError> {
    Ok(match &config.proxy {
        Some(proxy) => builder.proxy(
            Proxy::all(proxy.reveal()).map_err(|_| wrong("exchange.proxy is no proxy's URL"))?,
        ),
        None => builder.no_proxy(),
    })
}

/// The same for an authority that gives tokens: what this machine trusts, and besides it the company's own authorities, which a proxy
/// that looks into TLS may have. Our own certificate is not shown there.
///
/// # Errors
/// As [`equip`].
pub(super) fn equip_for_authority(
    builder: ClientBuilder,
    config: &EwsConfig,
    endpoint: &Url,
) -> Result<ClientBuilder, RemoteError> {
    let config = EwsConfig {
        client_certificate: None,
        ..config.clone()
    };
    let proxied = config.proxy.as_ref();
    let proxied = proxied.is_some_and(|proxy| proxy.reveal().starts_with("https:"));
    let is_encrypted = endpoint.scheme() == "https" || proxied;
    let Some(file) = config.ca_file.as_deref().filter(|_| is_encrypted) else {
        return equip(builder, &config, is_encrypted);
    };
    let own = authorities(file)?;
    // Not the shared set of certificates: it is not to be changed for others.
    Lazy::force(&CRYPTOGRAPHY);
    let builder = through(builder, &config)?;
    Ok(builder.tls_certs_merge(own))
}

fn by_this_machine() -> Result<ClientConfig, RemoteError> {
    let provider = rustls::crypto::CryptoProvider::get_default().map(Arc::clone);
    let provider = provider.ok_or_else(|| wrong("there is no cryptography for TLS"))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_platform_verifier())
        .map_err(|error| {
            wrong(&format!(
                "the certificates of this machine cannot be read ({error}); install the package ca-certificates, or set SSL_CERT_FILE"
            ))
        })?;
    Ok(config.with_no_client_auth())
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, RemoteError> {
    let pem = read("ca_file", file)?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(unusable("ca_file", file, "holds no certificate in PEM")),
    }
}

fn identity(file: &Path) -> Result<Identity, RemoteError> {
    let pem = read("client_certificate", file)?;
    Identity::from_pem(&pem).map_err(|_| {
        let what = "holds no certificate with its private key, unencrypted, in PEM";
        unusable("client_certificate", file, what)
    })
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
