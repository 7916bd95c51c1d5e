//! Sealing for the bank's staff: HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM. The
//! block holds only the public key: what it has sealed, it cannot read again.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};

const INFO: &[u8] = b"bulkhead application v1";
const ENCAPPED: usize = 32;

/// Why something cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Not 32 bytes in hexadecimal digits, or not a point of the curve.
    #[error("the staff's key is not an X25519 key in hexadecimal digits")]
    Key,
    /// Not sealed for this key, or altered.
    #[error("this was not sealed for this key")]
    Foreign,
}

/// A new pair of keys: private and public, in hexadecimal digits.
pub fn new_pair() -> (String, String) {
    let (private, public) = X25519HkdfSha256::gen_keypair();
    (hex::encode(private.to_bytes()), hex::encode(public.to_bytes()))
}

/// Seals `plain` for the holder of the private key; `about` is bound to it in clear.
pub fn seal(public: &str, plain: &[u8], about: &[u8]) -> Result<Vec<u8>, SealError> {
    let key = hex::decode(public).map_err(|_| SealError::Key)?;
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&key).map_err(|_| SealError::Key)?;
    let (encapped, sealed) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        INFO,
        plain,
        about,
    )
    .map_err(|_| SealError::Key)?;
    let mut out = encapped.to_bytes().to_vec();
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// Opens what was sealed.
pub fn open(private: &str, sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, SealError> {
    let key = hex::decode(private).map_err(|_| SealError::Key)?;
    let key =
        <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&key).map_err(|_| SealError::Key)?;
    let (encapped, body) = sealed.split_at_checked(ENCAPPED).ok_or(SealError::Foreign)?;
    let encapped = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped)
        .map_err(|_| SealError::Foreign)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &key,
        &encapped,
        INFO,
        body,
        about,
    )
    .map_err(|_| SealError::Foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_private_key_opens_it() {
        let (private, public) = new_pair();
        let (stranger, _) = new_pair();
        let sealed = seal(&public, b"hello", b"A-1").unwrap();
        assert_eq!(open(&private, &sealed, b"A-1").unwrap(), b"hello");
        assert!(open(&private, &sealed, b"A-2").is_err(), "bound to its reference");
        assert!(open(&stranger, &sealed, b"A-1").is_err());
        assert!(open(&private, &sealed[..40], b"A-1").is_err());
        assert!(seal("abc", b"hello", b"").is_err());
    }
}
