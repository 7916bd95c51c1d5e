//! Who a calling service is: a name and a 256-bit secret, of which we keep the hash (ADR 0004).

use std::collections::BTreeMap;

use common::fingerprint::sha256;
use subtle::ConstantTimeEq as _;

use crate::config::{ConfigError, Identity};

/// Header with the calling service's name.
pub const SERVICE_HEADER: &str = "bulkhead-service";
/// Header with the calling service's token.
pub const TOKEN_HEADER: &str = "bulkhead-token";

/// The services that may call us.
#[derive(Clone, Debug, Default)]
pub struct AccessTable {
    hashes: BTreeMap<String, [u8; 32]>,
}

impl AccessTable {
    /// The table of the configuration.
    pub fn new(identity: &Identity) -> Result<Self, ConfigError> {
        let mut hashes = BTreeMap::new();
        for (name, text) in &identity.callers {
            let hash = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            let hash = hash.ok_or_else(|| {
                let wanted = "the SHA-256 of its token as 64 hexadecimal digits";
                ConfigError::Inconsistent(format!("identity.callers.{name} must be {wanted}"))
            })?;
            hashes.insert(name.clone(), hash);
        }
        Ok(Self { hashes })
    }

    /// Is `name` a known service, and is this its token?
    pub fn proves(&self, name: &str, token: &str) -> bool {
        let presented = sha256(token.as_bytes());
        self.hashes.get(name).is_some_and(|known| known.ct_eq(&presented).into())
    }
}

/// What a callee keeps of a token.
pub fn token_hash(token: &str) -> String {
    hex::encode(sha256(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_needs_its_own_token() {
        let callers = BTreeMap::from([
            ("router".to_owned(), token_hash("r")),
            ("launcher".to_owned(), token_hash("l")),
        ]);
        let table = AccessTable::new(&Identity { token: String::new(), callers }).unwrap();
        assert!(table.proves("router", "r"));
        assert!(!table.proves("router", "l"));
        assert!(!table.proves("client-1", "r"));
        assert!(!table.proves("router", ""));
    }
}
