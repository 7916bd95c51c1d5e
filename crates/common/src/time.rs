//! Points in time. No clock here: services read theirs and pass the time in (A9).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// A point in time, UTC, to the millisecond; RFC 3339 on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z; out-of-range values are clamped to the epoch.
    pub fn from_unix_ms(ms: i64) -> Self {
        let nanos = i128::from(ms) * 1_000_000;
        Self(OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_ms(self) -> i64 {
        i64::try_from(self.0.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
    }

    /// This time and `ms` milliseconds more (or fewer).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(Duration::milliseconds(ms)))
    }

    /// This time and `seconds` more (or fewer).
    #[must_use]
    pub fn plus_s(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(Duration::seconds(seconds)))
    }

    /// Milliseconds from `earlier` to this time; negative if this one is the earlier.
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.unix_ms() - earlier.unix_ms()
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        let ms = at.nanosecond() / 1_000_000 * 1_000_000;
        Self(at.replace_nanosecond(ms).unwrap_or(at))
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        OffsetDateTime::parse(&text, &Rfc3339).map(Self::from).map_err(|_| {
            serde::de::Error::custom("expected a time such as 2026-01-31T12:00:00Z (RFC 3339)")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_rfc3339_in_utc() {
        let at: Timestamp = serde_json::from_str("\"2026-03-01T12:00:00.123456+03:00\"").unwrap();
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-03-01T09:00:00.123Z\"");
        assert_eq!(Timestamp::from_unix_ms(at.unix_ms()), at);
        assert!(serde_json::from_str::<Timestamp>("\"yesterday\"").is_err());
    }
}
