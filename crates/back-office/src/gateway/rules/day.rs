//! The bank's day, for daily limits: Moscow time, three hours ahead of UTC all year.

use common::Timestamp;
use time::{Date, OffsetDateTime, UtcOffset};

/// The bank's date at a moment.
pub fn of(at: Timestamp) -> Date {
    let moscow = UtcOffset::from_hms(3, 0, 0).unwrap_or(UtcOffset::UTC);
    OffsetDateTime::from(at).to_offset(moscow).date()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_day_begins_at_nine_in_the_evening_utc() {
        let at = |text: &str| -> Timestamp { serde_json::from_str(text).unwrap() };
        assert_eq!(of(at("\"2026-03-01T20:59:59Z\"")), date!(2026 - 03 - 01));
        assert_eq!(of(at("\"2026-03-01T21:00:00Z\"")), date!(2026 - 03 - 02));
    }
}
