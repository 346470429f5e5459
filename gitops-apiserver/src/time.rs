//! Times as the API writes them.

use jiff::{Timestamp, tz::TimeZone};
use std::time::Duration;

/// Time since 1970 as RFC 3339 in UTC and whole seconds, as `metav1.Time` is written.
pub(crate) fn seconds(unix: Duration) -> String {
    // Beyond the year 9999 the clock stands still.
    let time = Timestamp::from_duration(jiff::SignedDuration::try_from(unix).unwrap_or_default());
    let time = time.unwrap_or(Timestamp::MAX);
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Seconds since 1970 of an RFC 3339 time; `None` if it is none.
pub(crate) fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc() {
        let unix = Duration::from_secs(1_767_225_600);
        assert_eq!(seconds(unix), "2026-01-01T00:00:00Z");
        assert_eq!(parse("2026-01-01T01:00:00+01:00"), Some(1_767_225_600));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(seconds(Duration::MAX).len(), 20);
    }
}
