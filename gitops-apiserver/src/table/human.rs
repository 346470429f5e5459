//! Spans of time as apimachinery's `util/duration` words them.

use jiff::Timestamp;

/// How long before `now` (RFC 3339, as objects have it) a time was: `5m30s`, `3d`; `<unknown>` for
/// none, `<invalid>` for one that isn't a time or lies more than a second ahead.
pub fn age(time: Option<&str>, now: Timestamp) -> String {
    let Some(time) = time.filter(|time| !time.is_empty()) else { return "<unknown>".to_owned() };
    match time.parse::<Timestamp>() {
        Ok(time) => span(nanoseconds(time, now)),
        Err(_) => "<invalid>".to_owned(),
    }
}

/// How long it is from one time to another.
pub(super) fn between(from: &str, to: &str) -> Option<String> {
    Some(span(nanoseconds(from.parse().ok()?, to.parse().ok()?)))
}

/// A number of seconds.
pub(super) fn seconds(seconds: i64) -> String {
    span(i128::from(seconds) * 1_000_000_000)
}

fn nanoseconds(from: Timestamp, to: Timestamp) -> i128 {
    to.as_nanosecond() - from.as_nanosecond()
}

/// Two or three significant figures: the longer, the rougher. Clocks may differ by a second.
fn span(nanoseconds: i128) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let pair = |large: i128, unit: &str, small: i128, sub: &str| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{sub}"),
    };
    match () {
        () if seconds < -1 => "<invalid>".to_owned(),
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 24 * 8 => pair(days, "d", hours % 24, "h"),
        () if days < 365 * 2 => format!("{days}d"),
        () if days < 365 * 8 => pair(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_longer_the_rougher() {
        let (minute, hour, day) = (60, 3600, 86400);
        let cases = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (10 * minute - 1, "9m59s"),
            (10 * minute + 1, "10m"),
            (3 * hour - 1, "179m"),
            (3 * hour, "3h"),
            (3 * hour + 61, "3h1m"),
            (8 * hour + 61, "8h"),
            (2 * day - 1, "47h"),
            (2 * day, "2d"),
            (2 * day + hour, "2d1h"),
            (8 * day + hour, "8d"),
            (729 * day, "729d"),
            (730 * day, "2y"),
            (731 * day, "2y1d"),
            (8 * 365 * day + 5 * day, "8y"),
        ];
        for (seconds, text) in cases {
            assert_eq!(super::seconds(seconds), text, "{seconds}");
        }
    }
}
