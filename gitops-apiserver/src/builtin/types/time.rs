//! Times in RFC 3339 as Go reads and writes them: more than the standard allows, and refused in
//! words of its own.

use jiff::{SignedDuration, civil::DateTime};

/// A time to the second, in UTC; `None` for the year 1, which is no time. The error is Go's.
pub(super) fn seconds(text: &str) -> Result<Option<String>, String> {
    let time = parse(text, "2006-01-02T15:04:05Z07:00", "")?;
    Ok(time.written().map(|whole| format!("{whole}Z")))
}

/// A time to the microsecond, which has to be written out.
pub(super) fn micros(text: &str) -> Result<Option<String>, String> {
    let time = parse(text, "2006-01-02T15:04:05.000000Z07:00", ".000000")?;
    Ok(time.written().map(|whole| format!("{whole}.{:06}Z", time.nanos / 1000)))
}

/// A time in UTC.
struct Time {
    whole: DateTime,
    nanos: u32,
}

impl Time {
    fn written(&self) -> Option<String> {
        let (date, time) = (self.whole.date(), self.whole.time());
        if self.whole == NO_TIME && self.nanos == 0 {
            return None;
        }
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        let sign = if year < 0 { "-" } else { "" };
        let year = year.abs();
        Some(format!("{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
    }
}

/// What Go takes for no time.
const NO_TIME: DateTime = jiff::civil::datetime(1, 1, 1, 0, 0, 0, 0);

/// What Go says when a part of the value isn't what the layout has there.
struct Refusal<'a> {
    layout: &'static str,
    value: &'a str,
}

impl Refusal<'_> {
    fn part(&self, rest: &str, part: &str) -> String {
        let (value, layout) = (quote(self.value), quote(self.layout));
        format!("parsing time {value} as {layout}: cannot parse {} as {}", quote(rest), quote(part))
    }

    fn says(&self, message: &str) -> String {
        format!("parsing time {}: {message}", quote(self.value))
    }
}

/// Reads a layout of year, month, day, hour, minute, second, a fraction if `fraction` isn't empty,
/// and an offset.
fn parse(text: &str, layout: &'static str, fraction: &'static str) -> Result<Time, String> {
    let refusal = Refusal { layout, value: text };
    let mut rest = text;
    let year = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let year = year.and_then(|digits| digits.parse::<i16>().ok());
    let year = year.ok_or_else(|| refusal.part(rest, "2006"))?;
    rest = rest.get(4..).unwrap_or_default();
    let mut parts = [0_i8; 5];
    // Of an hour one digit is enough.
    let layouts = [
        ("-", "01", true, "month", 1..=12),
        ("-", "02", true, "", 0..=99),
        ("T", "15", false, "hour", 0..=23),
        (":", "04", true, "minute", 0..=59),
        (":", "05", true, "second", 0..=59),
    ];
    for ((before, part, fixed, name, range), slot) in layouts.into_iter().zip(&mut parts) {
        rest = rest.strip_prefix(before).ok_or_else(|| refusal.part(rest, before))?;
        let hold = rest;
        let number = two_digits(&mut rest, fixed).ok_or_else(|| refusal.part(hold, part))?;
        if !range.contains(&number) {
            return Err(refusal.says(&format!("{name} out of range")));
        }
        *slot = number;
    }
    let nanos = if fraction.is_empty() {
        any_fraction(&mut rest)
    } else {
        fixed_fraction(&mut rest, fraction.len()).ok_or_else(|| refusal.part(rest, fraction))?
    };
    let offset = match rest.strip_prefix('Z') {
        Some(after) => {
            rest = after;
            0
        }
        None => {
            let hold = rest;
            let (hours, minutes, sign) =
                offset(&mut rest).ok_or_else(|| refusal.part(hold, "Z07:00"))?;
            // As wide as Go takes it.
            if hours > 24 {
                return Err(refusal.says("time zone offset hour out of range"));
            }
            if minutes > 60 {
                return Err(refusal.says("time zone offset minute out of range"));
            }
            match sign {
                b'+' => (hours * 60 + minutes) * 60,
                b'-' => -(hours * 60 + minutes) * 60,
                _ => return Err(refusal.part(hold, "Z07:00")),
            }
        }
    };
    if !rest.is_empty() {
        return Err(refusal.says(&format!("extra text: {}", quote(rest))));
    }
    let [month, day, hour, minute, second] = parts;
    // All but the day are in range.
    let whole = DateTime::new(year, month, day, hour, minute, second, 0);
    let whole = whole.map_err(|_| refusal.says("day out of range"))?;
    // Go's years go on after 9999.
    Ok(Time { whole: whole.saturating_sub(SignedDuration::from_secs(offset)), nanos })
}

/// Two digits, or one if that is enough.
fn two_digits(rest: &mut &str, fixed: bool) -> Option<i8> {
    let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if digits == 0 || fixed && digits == 1 {
        return None;
    }
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    number.parse().ok()
}

/// A point or comma and digits, of which nine count. Nothing is 0.
fn any_fraction(rest: &mut &str) -> u32 {
    let Some(after) = rest.strip_prefix(['.', ',']) else { return 0 };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let Some((digits, after)) = after.split_at_checked(digits).filter(|_| digits > 0) else {
        return 0;
    };
    *rest = after;
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().unwrap_or(0)
}

/// A point or comma and as many digits as make up the length.
fn fixed_fraction(rest: &mut &str, length: usize) -> Option<u32> {
    let (fraction, after) = rest.split_at_checked(length)?;
    let digits = fraction.strip_prefix(['.', ','])?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = after;
    digits.parse::<u32>().ok()?.checked_mul(1000)
}

/// Hours, minutes and sign of an offset such as `+07:00`.
fn offset(rest: &mut &str) -> Option<(i64, i64, u8)> {
    let (text, after) = rest.split_at_checked(6)?;
    let (sign, text) = text.split_at_checked(1)?;
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok() } else { None }
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    *rest = after;
    Some((hours, minutes, sign.bytes().next()?))
}

/// As the messages about times quote: bytes beyond ASCII one by one.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' | 0x7f => out.push(char::from(byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_utc() {
        let cases = [
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
            ("2024-02-29T23:30:00-01:30", "2024-03-01T01:00:00Z"),
            ("2024-01-01T00:00:00.987654321+00:00", "2024-01-01T00:00:00Z"),
            ("2024-01-01T7:00:00Z", "2024-01-01T07:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text).unwrap().unwrap(), expected);
        }
        assert_eq!(seconds("0001-01-01T00:00:00Z"), Ok(None));
        let micro = micros("2024-01-01T00:00:00.123456+01:00").unwrap().unwrap();
        assert_eq!(micro, "2023-12-31T23:00:00.123456Z");
    }
}
