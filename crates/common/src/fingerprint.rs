//! SHA-256 in the two forms the protocol uses. `ring` brings it (ADR 0005).

use ring::digest;

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    finish(digest::digest(&digest::SHA256, bytes))
}

/// SHA-256 over parts, each preceded by its length (u64, big-endian), so that moving a byte from
/// one part to the next always changes the digest.
pub fn sha256_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    finish(context.finish())
}

fn finish(digest: digest::Digest) -> [u8; 32] {
    let mut out = [0_u8; 32];
    out.copy_from_slice(digest.as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(sha256_parts(&[b"ab", b"c"]), sha256_parts(&[b"a", b"bc"]));
        assert_ne!(sha256_parts(&[b"abc"]), sha256(b"abc"));
    }
}
