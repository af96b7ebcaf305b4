//! What an application proves itself by instead of a secret: a short-lived statement signed with its private key (RFC 7523).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::json;

use super::certificate::Certificate;
use crate::sync::error::{RemoteClass, RemoteError};

/// How long it is good for, and how far our clock may be ahead of the authority's, in seconds.
const GOOD_FOR: u64 = 300;
const AHEAD: u64 = 60;

/// Makes a statement for one request to an endpoint.
///
/// # Errors
/// When the machine gives no random numbers or the key cannot sign.
pub(super) fn make(
    certificate: &Certificate,
    client_id: &str,
    endpoint: &str,
) -> Result<String, RemoteError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    made_at(
        certificate,
        client_id,
        endpoint,
        now.map_or(0, |now| now.as_secs()),
    )
}

fn made_at(
    certificate: &Certificate,
    client_id: &str,
    endpoint: &str,
    now: u64,
) -> Result<String, RemoteError> {
    let failed = |what: &str| {
        let message = format!("exchange.oauth.certificate: {what}");
        RemoteError::new(RemoteClass::Config, message)
    };
    let random = SystemRandom::new();
    let mut id = [0; 16];
    random
        .fill(&mut id)
        .map_err(|_| failed("this machine gives no random numbers"))?;
    let [sha1, sha256] = certificate.fingerprints();
    let header = json!({ "alg": "RS256", "typ": "JWT", "x5t": sha1, "x5t#S256": sha256 });
    let claims = json!({
        "aud": endpoint,
        "iss": client_id,
        "sub": client_id,
        "jti": URL_SAFE_NO_PAD.encode(id),
        "nbf": now.saturating_sub(AHEAD),
        "iat": now.saturating_sub(AHEAD),
        "exp": now.saturating_add(GOOD_FOR),
    });
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let mut statement = format!("{}.{}", encode(&header), encode(&claims));
    let mut signature = vec![0; certificate.key.public().modulus_len()];
    certificate
        .key
        .sign(
            &RSA_PKCS1_SHA256,
            &random,
            statement.as_bytes(),
            &mut signature,
        )
        .map_err(|_| failed("its key cannot sign"))?;
    statement.push('.');
    statement.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    /// A certificate made for this test; `None` where openssl is not at hand.
    fn certificate(name: &str, algorithm: &[&str]) -> Option<PathBuf> {
        let file = std::env::temp_dir().join(format!("ecs-{}-{name}.pem", std::process::id()));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=app"])
            .args(algorithm)
            .args(["-keyout", "-", "-out", "-"])
            .output()
            .ok()?;
        std::fs::write(&file, made.stdout).unwrap();
        Some(file)
    }

    fn part(text: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    }

    #[test]
    fn a_statement_is_signed_names_the_certificate_and_is_made_once() {
        let Some(file) = certificate("rsa", &["-newkey", "rsa:2048"]) else {
            return;
        };
        let certificate = Certificate::read(&file).unwrap();
        let make = || made_at(&certificate, "app-1", "https://x.test/token", 1000).unwrap();
        let (one, other) = (make(), make());
        let parts: Vec<&str> = one.split('.').collect();
        assert_eq!(parts.len(), 3);
        let claims = part(parts[1]);
        assert_eq!(claims["aud"], "https://x.test/token");
        assert_eq!(
            (&claims["iss"], &claims["sub"]),
            (&json!("app-1"), &json!("app-1"))
        );
        assert_eq!(
            (&claims["nbf"], &claims["exp"]),
            (&json!(940), &json!(1300))
        );
        assert_ne!(claims["jti"], part(other.split('.').nth(1).unwrap())["jti"]);
        let header = part(parts[0]);
        assert_eq!(header["alg"], "RS256");
        let print = Command::new("openssl")
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(&file)
            .output()
            .unwrap();
        let print = String::from_utf8(print.stdout).unwrap();
        let (_, print) = print.trim().split_once('=').unwrap();
        let bytes: Vec<u8> = print
            .split(':')
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect();
        assert_eq!(header["x5t#S256"], URL_SAFE_NO_PAD.encode(bytes));
        let signed = format!("{}.{}", parts[0], parts[1]);
        let public = certificate.key.public();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref());
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let said = |file: &std::path::Path| Certificate::read(file).err().unwrap().message;
        assert!(said("/nowhere/app.pem".as_ref()).contains("/nowhere/app.pem cannot be read"));
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let Some(file) = certificate("ec", &curve) else {
            return;
        };
        assert!(said(&file).contains("RSA"), "{}", said(&file));
        std::fs::write(
            &file,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        assert!(said(&file).contains("holds no private key"));
        std::fs::remove_file(file).unwrap();
    }
}
