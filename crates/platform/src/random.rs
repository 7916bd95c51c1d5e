//! Secret randomness from the operating system.

use rand::TryRng as _;
use rand::rngs::SysRng;

/// `N` random bytes.
///
/// # Panics
/// When the operating system has no randomness: no secret may be made then.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0_u8; N];
    #[expect(clippy::expect_used, reason = "without randomness no secret may be made")]
    SysRng.try_fill_bytes(&mut out).expect("the operating system gives random bytes");
    out
}

/// A random 256-bit token as 64 hexadecimal digits.
pub fn token() -> String {
    hex::encode(bytes::<32>())
}

/// A random number below `bound`, without bias worth mentioning (bound ≪ 2⁶⁴).
pub fn below(bound: u64) -> u64 {
    u64::from_be_bytes(bytes::<8>()) % bound.max(1)
}

/// A random id.
pub fn uuid() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(bytes::<16>()).into_uuid()
}
