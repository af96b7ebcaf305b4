//! What binds a log-in to the TLS connection that it goes over: tls-server-end-point (RFC 5929, section 4).

use picky_asn1_x509::{
    AlgorithmIdentifier, AlgorithmIdentifierParameters, Certificate, HashAlgorithm, oids,
};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The binding's name and the hash of the server's certificate, made with the hash of the certificate's own signature; SHA-256 stands in
/// for MD5 and SHA-1, and for a signature that has no hash of its own.
pub(in crate::ews) fn end_point(certificate: &[u8]) -> Vec<u8> {
    let mut token = b"tls-server-end-point:".to_vec();
    match size_of_hash(certificate) {
        48 => token.extend(Sha384::digest(certificate)),
        64 => token.extend(Sha512::digest(certificate)),
        _ => token.extend(Sha256::digest(certificate)),
    }
    token
}

/// In bytes. What cannot be read counts as signed with SHA-256, like nearly everything.
fn size_of_hash(certificate: &[u8]) -> usize {
    let read: Result<Certificate, _> = picky_asn1_der::from_bytes(certificate);
    read.map_or(32, |read| hash_of(&read.signature_algorithm))
}

fn hash_of(algorithm: &AlgorithmIdentifier) -> usize {
    if let AlgorithmIdentifierParameters::RsassaPss(parameters) = algorithm.parameters() {
        return match parameters.hash_algorithm {
            HashAlgorithm::SHA384 => 48,
            HashAlgorithm::SHA512 => 64,
            _ => 32,
        };
    }
    if algorithm.is_one_of([
        oids::sha384_with_rsa_encryption(),
        oids::ecdsa_with_sha384(),
    ]) {
        return 48;
    }
    if algorithm.is_one_of([
        oids::sha512_with_rsa_encryption(),
        oids::ecdsa_with_sha512(),
    ]) {
        return 64;
    }
    32
}
