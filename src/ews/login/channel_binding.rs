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

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 5929, section 4.1; the fingerprints are openssl's (semantics 51).
    #[test]
    fn the_hash_is_the_one_of_the_certificates_signature() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/certificates");
        for (name, expected) in [
            (
                "rsa-md5",
                "479168d02dba09bf15bb01abdf7c5b778fa3b9a822536b398137b7f111116280",
            ),
            (
                "rsa-sha1",
                "f9da84b698d6feda14f9b98292bd7293581e1466400143f0228e491339cb65f9",
            ),
            (
                "rsa-sha256",
                "d14db38cc6b44069656d36f926aace93d3028067a02f6f35cc219cf3ac9ce338",
            ),
            (
                "rsa-sha512",
                "c36d613bd2697878aa73ef8969fc5110c0e3a45167f6ae4e1107aea41f3c0171f3005c0fc8192869fde36e19caf14d5bd5e580630294f7050109513436d3f885",
            ),
            (
                "rsa-pss-sha384",
                "719fc69398724ebd6febe87cdf9c22cb64c13ab6f78e7ae52ba151137d67c11711cd03a91b39454ef984aaff4fd39b7f",
            ),
            (
                "ecdsa-sha384",
                "71da2e4d3d647683a243934de8f61b5253459b26af648a4b6ac1b0fc981568057c55f87b5059585311f7ffbd03503286",
            ),
            (
                "ed25519",
                "9ce04212efd0614eea78354222251645b3038e9f30423615a0d07794520fc9ef",
            ),
        ] {
            let certificate = std::fs::read(format!("{folder}/{name}.der")).unwrap();
            let token = end_point(&certificate);
            let hash = token.strip_prefix(b"tls-server-end-point:").unwrap();
            assert_eq!(hex(hash), expected, "{name}");
        }
        assert_eq!(end_point(b"no certificate").len(), 21 + 32);
    }
}
