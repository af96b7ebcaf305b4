//! How servers are reached over HTTPS, whatever they speak.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::tls::CertificatePrint;

/// A text that appears in no output: `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    /// A file with certificates in PEM that are trusted in place of this machine's.
    pub ca_file: Option<PathBuf>,
    /// A file with our certificate and its private key in PEM, for servers that want to see one.
    pub client_certificate: Option<PathBuf>,
    /// The fingerprints of the certificates that the server may show; any that verifies when there are none.
    pub pinned_certificates: Vec<CertificatePrint>,
    /// The URL of a proxy, with its user and password if it wants them.
    pub proxy: Option<Secret>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long one request may take in all.
    pub request_timeout: Duration,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            ca_file: None,
            client_certificate: None,
            pinned_certificates: Vec::new(),
            proxy: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(120),
        }
    }
}

impl WebConfig {
    /// The proxy's host and port, without what is secret of its URL.
    pub(crate) fn proxy_host(&self) -> Option<String> {
        let url = self.proxy_url()?;
        let port = url.port_or_known_default().unwrap_or_default();
        Some(format!("{}:{port}", url.host_str()?))
    }

    /// The proxy's URL, with what is secret of it.
    pub(crate) fn proxy_url(&self) -> Option<Url> {
        Url::parse(self.proxy.as_ref()?.reveal()).ok()
    }

    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// Names the key at fault and what was expected.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let fail = |key, expected: &str| {
            Err(ConfigError {
                key,
                expected: expected.to_owned(),
            })
        };
        if self.proxy.is_some() && self.proxy_host().is_none() {
            return fail(
                "proxy",
                "a proxy's URL such as http://user:password@proxy.example.com:3128",
            );
        }
        if self.connect_timeout.is_zero() || self.request_timeout.is_zero() {
            return fail("timeout", "a time above zero");
        }
        Ok(())
    }
}

/// Whether an address means this very machine, so that nobody is on the way.
pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// A part of the configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("exchange.{key}: expected {expected}")]
pub struct ConfigError {
    /// The key at fault.
    pub key: &'static str,
    /// What was expected there.
    pub expected: String,
}
