//! An application's assertion: a JSON web token that it has signed with the key of its certificate.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;
use webpki::EndEntityCert;

/// The longest time that an assertion may be good for, in seconds.
const LONGEST: u64 = 3600;

/// One of its two objects.
struct Part(Value);

impl Part {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Checks an assertion and gives its id, or a code of Entra ID and why.
pub fn check(
    assertion: &str,
    file: &Path,
    client: &str,
    audiences: &[String],
) -> Result<String, (u64, String)> {
    let no = |code, why: &str| (code, format!("Client assertion: {why}."));
    let mut parts = assertion.split('.');
    let (Some(head), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(no(50_027, "it has not three parts"));
    };
    let read = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let object = |part: &str| serde_json::from_slice(&read(part)?).ok().map(Part);
    let (Some(header), Some(body), Some(signed)) = (object(head), object(claims), read(signature))
    else {
        return Err(no(50_027, "it cannot be read"));
    };
    let pem = fs::read(file).map_err(|_| no(50_027, "the simulator has no such certificate"))?;
    let der = CertificateDer::from_pem_slice(&pem)
        .map_err(|_| no(50_027, "the simulator's certificate cannot be read"))?;
    let print = |algorithm| URL_SAFE_NO_PAD.encode(digest::digest(algorithm, &der).as_ref());
    if header.text("alg") != "RS256" || header.text("typ") != "JWT" {
        return Err(no(50_027, "it is not RS256"));
    }
    if header.text("x5t") != print(&digest::SHA1_FOR_LEGACY_USE_ONLY)
        || header.text("x5t#S256") != print(&digest::SHA256)
    {
        return Err(no(
            700_027,
            "the key was not found; its certificate is not registered for the application",
        ));
    }
    let certificate = EndEntityCert::try_from(&der)
        .map_err(|_| no(50_027, "the simulator's certificate cannot be used"))?;
    let message = format!("{head}.{claims}");
    certificate
        .verify_signature(
            webpki::ring::RSA_PKCS1_2048_8192_SHA256,
            message.as_bytes(),
            &signed,
        )
        .map_err(|_| no(700_027, "failed signature validation"))?;
    if body.text("iss") != client || body.text("sub") != client {
        return Err(no(700_021, "issuer and subject are not the application"));
    }
    if !audiences
        .iter()
        .any(|audience| body.text("aud") == audience)
    {
        return Err(no(700_023, "audience claim does not match this endpoint"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_secs());
    let time = |name: &str| body.0.get(name).and_then(Value::as_u64);
    match (time("nbf"), time("exp")) {
        (Some(from), Some(until))
            if from <= now && now < until && until.saturating_sub(from) <= LONGEST => {}
        _ => return Err(no(700_024, "is not within its valid time range")),
    }
    match body.text("jti") {
        "" => Err(no(50_027, "it has no id")),
        id => Ok(id.to_owned()),
    }
}
