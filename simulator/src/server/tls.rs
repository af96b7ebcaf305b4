//! The same server by TLS.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{HandshakeKind, ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use super::stats::Stats;
use crate::options::Certificate;

/// Takes connections by TLS and lets clients resume their sessions.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads certificate and key.
    pub fn new(certificate: &Certificate) -> io::Result<Self> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate.chain)
            .and_then(Iterator::collect)
            .map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_file(&certificate.key).map_err(io::Error::other)?;
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(io::Error::other)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The handshake, counted.
    pub async fn accept(
        &self,
        stream: TcpStream,
        stats: &Stats,
    ) -> io::Result<TlsStream<TcpStream>> {
        let stream = self.0.accept(stream).await?;
        let kind = stream.get_ref().1.handshake_kind();
        stats.count_tls(kind == Some(HandshakeKind::Resumed));
        Ok(stream)
    }
}
