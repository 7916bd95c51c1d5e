//! Sixteen passwords and their hashes, made beforehand with the parameters of the real ones
//! (argon2id, 19 MiB, two passes, one lane). Good for invented customers only.

/// Algorithm and parameters, as a PHC string begins.
const PARAMETERS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Password, and salt and hash as a PHC string ends.
const PASSWORDS: [(&str, &str); 16] = [
    ("amber-anchor-5417", "jP93PFJnzvpCtbAedxxFvQ$EK7p8UCNSuaZPbM1vpyP6FmDExhtqR12cymXcuZmV8k"),
    ("birch-beacon-4336", "WicmKxcZ5yP8TzemTJsIUQ$GKOJbLuPIjiMAc6SSWuXm6r5miTnv+oG0jNI9ZvrAQM"),
    ("cedar-compass-3255", "xDOljY9o1UG0TTbKOF6yqw$P2nlUqR3cJfTEa1xIfdXYiVM6rH1OiXOPLKonfmzikc"),
    ("dune-dinghy-2174", "MP9JX53v4xlFoDXAP8oJgg$fKzzRPTenRMA8XMMlGNGIaVFA76z9t1eqpScjbZFMGc"),
    ("ember-eagle-1093", "B8mMYew1jLDYw+MFHASQIQ$8CmRceY00fz/u5DIgkoazcKaLF7EkMvir8X4eoSvRzM"),
    ("fjord-ferry-9012", "qD0T3MLZHKd5/nljTW9PWQ$1ukCIL8Fz9HiaSx1l9q3phuR49dVcFpcUGw1TR1e8w8"),
    ("granite-gull-7931", "wdAZYVYWx7beZgnpA8RFKg$/1wzyWOIgRNUWcI7GK51QdpUQ2HOrGFY64HXqmMtIuw"),
    ("harbour-heron-6850", "dFVFyzvuvqA71bcCVG2n9Q$sxU41mQgd2raOu/xz9oACe1Vw0EIBGKUkHZiJfuuP60"),
    ("island-ibis-5769", "d6H2dtevsEbFX4A4gvQDMQ$1YHmz0u7/AvfNs4N2jZ09gNzNxfapu9OjqEQknEQMqc"),
    ("juniper-jetty-4688", "4OkyYPdkwV9Vz7UJpBFvrw$ToimeB+jsZ/u/06RwscxmcFNgEd2HbDaGaUyTU6nIgc"),
    ("kelp-keel-3607", "iRV2HRt266cnS3uBcNj0mg$6aO7oAzsioY0OZSYi4ic/3uTIQ2Kc4o1iJYaKbQ7IiI"),
    (
        "lantern-lighthouse-2526",
        "/8L0FKvnVDb7VRDr1DTvfQ$HmkDulfsaZ7Be4yDFHT26zHTrAimXVQnNAvYtDWr+Wk",
    ),
    ("maple-mast-1445", "7ma9GGstuyeT1a6c0QOQNw$3qekSo/0rkef+J4bLOeJnS53VJcvOgrVQgGYZ1yKMes"),
    ("north-narwhal-9364", "jfrqBXop2AJHcL57khgAyg$ez9YDNSeqi8gT2KTijuxK9KnNN+D5owqmM1m99Qm5pI"),
    ("ocean-otter-8283", "CMK61uUGHhPuO5j6T1CFOw$VZOp24XP81vzB45KxT4gAeVNf5UEm8eub5Us7YSmSk0"),
    ("pine-puffin-7202", "G3dHj0ypB0H3MxHOTSZ65Q$DbsySeIEXQs7GNpuNoiPub90I5ZUP80SYbD5HXm/EiQ"),
];

/// The password that a number chooses.
pub(super) fn password(number: u64) -> &'static str {
    chosen(number).0
}

/// Its hash, as a PHC string.
pub(super) fn hash(number: u64) -> String {
    format!("{PARAMETERS}{}", chosen(number).1)
}

fn chosen(number: u64) -> (&'static str, &'static str) {
    let count = u64::try_from(PASSWORDS.len()).unwrap_or(u64::MAX);
    PASSWORDS[usize::try_from(number % count).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;
    use argon2::{Argon2, PasswordVerifier};

    use super::*;

    #[test]
    fn every_hash_is_of_its_password() {
        for number in 0..16 {
            let text = hash(number);
            let parsed = PasswordHash::new(&text).unwrap();
            let verified = Argon2::default().verify_password(password(number).as_bytes(), &parsed);
            verified.unwrap();
            let other = Argon2::default().verify_password(b"another", &parsed);
            other.unwrap_err();
        }
    }
}
