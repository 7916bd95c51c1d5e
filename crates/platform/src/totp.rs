//! Time-based one-time passwords (RFC 6238): six digits, a new one every thirty seconds, HMAC-SHA-1
//! as every authenticator application has it.

use ring::hmac;

/// Seconds for which a code is shown.
pub const STEP_S: i64 = 30;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A secret that a person shares with a service.
pub struct Secret(Vec<u8>);

/// A text that is no secret.
#[derive(Debug, thiserror::Error)]
#[error("a secret is at least 16 bytes in base 32, without padding")]
pub struct InvalidSecret;

impl Secret {
    /// A new one, as long as the hash.
    pub fn random() -> Self {
        Self(crate::random::bytes::<20>().to_vec())
    }

    /// Reads base 32 (RFC 4648), as authenticator applications show it.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
        for letter in text.trim_end_matches('=').bytes() {
            let letter = letter.to_ascii_uppercase();
            let value = ALPHABET.iter().position(|known| *known == letter).ok_or(InvalidSecret)?;
            bits = (bits << 5) | u32::try_from(value).unwrap_or(0);
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from((bits >> held) & 0xff).unwrap_or(0));
            }
        }
        if bytes.len() < 16 { Err(InvalidSecret) } else { Ok(Self(bytes)) }
    }

    /// In base 32.
    pub fn to_base32(&self) -> String {
        let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
        let letter = |bits: u32| char::from(ALPHABET[usize::try_from(bits & 31).unwrap_or(0)]);
        for byte in &self.0 {
            bits = (bits << 8) | u32::from(*byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                text.push(letter(bits >> held));
            }
        }
        if held > 0 {
            text.push(letter(bits << (5 - held)));
        }
        text
    }

    /// The code of a step.
    pub fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[tag.len() - 1] & 15);
        let mut word = [0; 4];
        word.copy_from_slice(&tag[at..at + 4]);
        format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000)
    }

    /// The step whose code this is, of the present one and its neighbours: clocks differ.
    pub fn step_of(&self, code: &str, unix_ms: i64) -> Option<i64> {
        let now = step(unix_ms);
        (now - 1..=now + 1).find(|step| {
            let right = self.code(*step);
            bool::from(subtle::ConstantTimeEq::ct_eq(right.as_bytes(), code.as_bytes()))
        })
    }
}

/// The step of a moment.
pub fn step(unix_ms: i64) -> i64 {
    unix_ms.div_euclid(1_000 * STEP_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = Secret(b"12345678901234567890".to_vec());
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(secret.code(step(seconds * 1_000)), code);
            assert_eq!(secret.step_of(code, seconds * 1_000 + 29_000), Some(step(seconds * 1_000)));
            assert_eq!(secret.step_of(code, seconds * 1_000 + 90_000), None);
        }
    }

    #[test]
    fn secrets_are_written_in_base_32() {
        let text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let secret = Secret::parse(text).unwrap();
        assert_eq!(
            (secret.0.as_slice(), secret.to_base32().as_str()),
            (&b"12345678901234567890"[..], text)
        );
        let random = Secret::random();
        assert_eq!(Secret::parse(&random.to_base32()).unwrap().0, random.0);
        for odd in ["", "GEZDGNBV", "0EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"] {
            assert!(Secret::parse(odd).is_err(), "{odd}");
        }
    }
}
