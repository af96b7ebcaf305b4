//! Certificates are verified against those of the machine, and one that does not verify is explained.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::scripted::{contacts_folder, ok, read_request};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ports::Remote;
use exchange_contact_sync::web::Secret;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const URL: &str = "ECS_TEST_TLS_URL";

fn ews(url: &str) -> Ews {
    Ews::new(EwsConfig::basic(url, "svc", Secret::new("hunter2"))).unwrap()
}

/// A certificate for `localhost`, signed by itself; `None` where openssl is not at hand.
fn certificate(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .ok()?;
    made.status.success().then_some((key, certificate))
}

fn serve(key: &Path, certificate: &Path) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut first = [0];
            if tls.read_exact(&mut first).is_ok() && read_request(&mut tls, first[0]).is_ok() {
                tls.write_all(&ok(&contacts_folder())).ok();
            }
        }
    });
    port
}

#[test]
fn an_unknown_issuer_is_refused_and_a_known_one_accepted() {
    let folder = std::env::temp_dir().join(format!("ews-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let Some((key, certificate)) = certificate(&folder) else {
        eprintln!("skipped: openssl is not at hand");
        return;
    };
    let port = serve(&key, &certificate);
    let url = format!("https://localhost:{port}/EWS/Exchange.asmx");

    let error = ews(&url).resolve_folder().unwrap_err();
    assert_eq!(error.class, RemoteClass::Config, "{error}");
    assert!(!error.outcome_unknown);
    for part in ["localhost", "certificate", "ca-certificates"] {
        assert!(error.message.contains(part), "{error}");
    }

    // The certificates of the machine are read once for each process, so a known issuer needs another one.
    let child = |url: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tls::reaches_the_server_that_it_is_told",
                "--nocapture",
            ])
            .env("SSL_CERT_FILE", &certificate)
            .env(URL, url)
            .output()
            .unwrap()
    };
    let trusted = child(&url);
    let wrong_name = child(&format!("https://127.0.0.1:{port}/EWS/Exchange.asmx"));
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&trusted.stderr);
    assert!(
        trusted.status.success() && said.contains("reached Contacts"),
        "{said}"
    );
    let said = String::from_utf8_lossy(&wrong_name.stderr);
    assert!(
        !wrong_name.status.success() && said.contains("127.0.0.1"),
        "{said}"
    );
}

/// Run by the test above in a process of its own.
#[test]
fn reaches_the_server_that_it_is_told() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    match ews(&url).resolve_folder() {
        Ok(folder) => eprintln!("reached {}", folder.name),
        Err(error) => panic!("{error}"),
    }
}
