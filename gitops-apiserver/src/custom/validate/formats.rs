//! String formats, as go-openapi's `strfmt` knows them.

use crate::custom::pattern;
use regex::Regex;
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::LazyLock,
};

/// Whether schemas may use the format; dashes don't count. Others are ignored.
pub(crate) fn is_known(format: &str) -> bool {
    check(format).is_some()
}

/// Whether the text is of the format. Unknown formats take any text.
pub(super) fn is_of(format: &str, text: &str) -> bool {
    check(format).is_none_or(|check| check(text))
}

fn check(format: &str) -> Option<fn(&str) -> bool> {
    Some(match &*format.replace('-', "") {
        "bsonobjectid" => |text| text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()),
        "uri" => is_request_uri,
        "email" => is_email,
        "hostname" => is_hostname,
        "ipv4" => |text| text.contains('.') && ip(text).is_some(),
        "ipv6" => |text| text.contains(':') && text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr,
        "mac" => is_mac,
        "uuid" => |text| UUID.is_match(text),
        "uuid3" => |text| UUID3.is_match(text),
        "uuid4" => |text| UUID4.is_match(text),
        "uuid5" => |text| UUID5.is_match(text),
        "isbn" => |text| is_isbn10(text) || is_isbn13(text),
        "isbn10" => is_isbn10,
        "isbn13" => is_isbn13,
        "creditcard" => is_credit_card,
        "ssn" => |text| text.len() == 11 && SSN.is_match(text),
        "hexcolor" => |text| HEX_COLOR.is_match(text),
        "rgbcolor" => |text| RGB_COLOR.is_match(text),
        "byte" => |text| BASE64.is_match(text),
        "password" => |_| true,
        "date" => is_date,
        "duration" => is_duration,
        "datetime" => is_date_time,
        "k8sshortname" => |text| text.len() <= 63 && SHORT_NAME.is_match(text),
        "k8slongname" => |text| text.len() <= 253 && LONG_NAME.is_match(text),
        _ => return None,
    })
}

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {$(
        static $name: LazyLock<Regex> = LazyLock::new(|| {
            pattern::compile($pattern).expect("the pattern is checked by a test")
        });
    )*
        #[cfg(test)]
        fn force_patterns() {
            $(LazyLock::force(&$name);)*
        }
    };
}

patterns! {
    UUID = "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$";
    UUID3 = "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$";
    UUID4 = "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$";
    UUID5 = "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$";
    SSN = r"^\d{3}[- ]?\d{2}[- ]?\d{4}$";
    HEX_COLOR = "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$";
    RGB_COLOR = r"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$";
    BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$";
    CARD = r"^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$";
    SHORT_NAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
    LONG_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
    HOSTNAME = r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$";
    TIME = r"^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$";
    SPAN = r"(\d+)\s*([A-Za-zµ]+)";
    GO_SPAN = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";
    // The parts of an address that tests meet; quoted and commented forms of RFC 5322 too.
    EMAIL = r#"^\s*(?:(?:"(?:[^"\\]|\\.)*"|[^<>@",;:\\\[\]()]*)\s*<\s*)?(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x{80}-\x{10ffff}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x{80}-\x{10ffff}-]+)*|"(?:[^"\\]|\\.)*")@(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x{80}-\x{10ffff}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x{80}-\x{10ffff}-]+)*|\[[^\[\]\\]*\])\s*>?\s*$"#;
}

fn is_email(text: &str) -> bool {
    EMAIL.is_match(text) && text.contains('<') == text.contains('>')
}

fn is_hostname(text: &str) -> bool {
    HOSTNAME.is_match(text) && text.len() <= 255 && text.split('.').all(|part| part.len() <= 63)
}

/// An address; of version 4 also with leading zeros.
fn ip(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let octets = parts.iter().map(|part| match part.bytes().all(|b| b.is_ascii_digit()) {
        true if !part.is_empty() => part
            .trim_start_matches('0')
            .parse::<u8>()
            .ok()
            .or_else(|| part.bytes().all(|b| b == b'0').then_some(0)),
        _ => None,
    });
    let octets: Option<Vec<u8>> = octets.collect();
    <[u8; 4]>::try_from(octets?).ok().map(IpAddr::from)
}

/// An address and a number of bits.
pub(crate) fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let max = match ip(address) {
        Some(IpAddr::V4(_)) => 32,
        Some(IpAddr::V6(_)) => 128,
        None => return false,
    };
    let digits = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
    digits && bits.parse::<u32>().is_ok_and(|bits| bits <= max)
}

/// 6, 8 or 20 bytes: `00:00:5e:00:53:01`, `00-00-…`, `0000.5e00.5301`.
fn is_mac(text: &str) -> bool {
    let of = |separator: char, digits: usize, counts: [usize; 3]| {
        let parts: Vec<&str> = text.split(separator).collect();
        let is_part =
            |part: &&str| part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit());
        counts.contains(&parts.len()) && parts.iter().all(is_part)
    };
    of(':', 2, [6, 8, 20]) || of('-', 2, [6, 8, 20]) || of('.', 4, [3, 4, 10])
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn is_isbn10(text: &str) -> bool {
    let text = text.replace(|c: char| c == '-' || c.is_ascii_whitespace(), "");
    let Some((first, last)) = text.split_at_checked(9) else { return false };
    let check = match last {
        "X" => 10,
        digit if digit.len() == 1 => match digits(digit).first() {
            Some(digit) => *digit,
            None => return false,
        },
        _ => return false,
    };
    let numbers = digits(first);
    let sum: u32 = (1..).zip(&numbers).map(|(weight, digit)| weight * digit).sum();
    numbers.len() == 9 && (sum + 10 * check).is_multiple_of(11)
}

fn is_isbn13(text: &str) -> bool {
    let text = text.replace(|c: char| c == '-' || c.is_ascii_whitespace(), "");
    let numbers = digits(&text);
    let Some((check, first)) = numbers.split_last() else { return false };
    let sum: u32 = [1, 3].iter().cycle().zip(first).map(|(weight, digit)| weight * digit).sum();
    text.len() == 13 && numbers.len() == 13 && *check == (10 - sum % 10) % 10
}

/// Any characters may stand between the digits; the last one is Luhn's check.
fn is_credit_card(text: &str) -> bool {
    let text: String = text.chars().filter(char::is_ascii_digit).collect();
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let numbers = digits(&text).into_iter().rev().enumerate();
    let sum: u32 =
        numbers.map(|(at, digit)| if at % 2 == 1 { doubled(digit) } else { digit }).sum();
    CARD.is_match(&text) && sum.is_multiple_of(10)
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    let number = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default()
    };
    if !shaped {
        return false;
    }
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts = text.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    let Some(found) = TIME.captures(time) else { return false };
    let at_most =
        |group: usize, max: &str| found.get(group).is_some_and(|part| part.as_str() <= max);
    is_date(date) && at_most(1, "23") && at_most(2, "59") && at_most(3, "59")
}

/// As Go reads durations, or as Scala writes them: `2 days`.
fn is_duration(text: &str) -> bool {
    const UNITS: [(&str, &[&str]); 8] = [
        ("nano", &["ns"]),
        ("micro", &["us", "µs"]),
        ("milli", &["ms"]),
        ("sec", &["s"]),
        ("min", &["m"]),
        ("hour", &["h", "hr"]),
        ("day", &["d"]),
        ("week", &["w", "wk"]),
    ];
    let is_unit = |unit: &str| {
        let unit = unit.to_lowercase();
        UNITS.iter().any(|(long, short)| unit.starts_with(long) || short.contains(&&*unit))
    };
    let mut known = false;
    for found in SPAN.captures_iter(text) {
        let part = |group: usize| found.get(group).map_or("", |part| part.as_str());
        if part(1).parse::<i64>().is_err() {
            return GO_SPAN.is_match(text);
        }
        known = known || is_unit(part(2));
    }
    known || GO_SPAN.is_match(text)
}

/// What Go's `url.ParseRequestURI` takes: an absolute URI or path, without a control character.
pub(crate) fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.chars().any(|c| c.is_ascii_control()) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let scheme_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let (scheme, rest) = match scheme_end {
        Some(end) if text.get(end..).is_some_and(|rest| rest.starts_with(':')) => {
            let (scheme, rest) = text.split_at(end);
            (scheme, rest.get(1..).unwrap_or_default())
        }
        _ => ("", text),
    };
    let letter = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    if (scheme.is_empty() && text.starts_with(':')) || (!scheme.is_empty() && !letter) {
        return false;
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let _ = query;
    if !rest.starts_with('/') {
        // `mailto:someone`: opaque, with any text.
        return !scheme.is_empty();
    }
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) if !scheme.is_empty() || !rest.starts_with('/') => {
            let end = rest.find('/').unwrap_or(rest.len());
            rest.split_at(end)
        }
        _ => ("", rest),
    };
    is_authority(authority) && escapes_are_whole(path)
}

/// Whether the text is a URI with a scheme and a host.
pub(crate) fn is_absolute_url(text: &str) -> bool {
    let host = text.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next());
    is_request_uri(text) && host.flatten().is_some_and(|host| !host.is_empty())
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        rest.get(..2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

fn is_authority(text: &str) -> bool {
    let host = match text.rsplit_once('@') {
        Some((user, host)) => {
            let fine = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
            if !user.chars().all(fine) || !escapes_are_whole(user) {
                return false;
            }
            host
        }
        None => text,
    };
    let port = if host.starts_with('[') {
        match host.rsplit_once(']') {
            Some((_, port)) => port,
            None => return false,
        }
    } else {
        host.find(':').map_or("", |at| &host[at..])
    };
    let port_fine = match port.strip_prefix(':') {
        Some(port) => port.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    let fine = |c: char| {
        c.is_ascii_alphanumeric() || !c.is_ascii() || "-._~!$&'()*+,;=:[]<>\"%".contains(c)
    };
    port_fine && host.chars().all(fine) && escapes_are_whole(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        force_patterns();
    }

    /// Each format takes and refuses what go-openapi's tests say.
    #[test]
    fn formats_tell_texts_apart() {
        for (format, good, bad) in [
            ("date", "2024-02-29", "2023-02-29"),
            ("date-time", "2014-12-15T19:30:20.000Z", "2014-12-15T24:30:20Z"),
            ("duration", "22 ns", "22 x"),
            ("duration", "1h30m", "h"),
            ("ipv4", "010.0.0.1", "1.2.3"),
            ("ipv6", "::1", "1.2.3.4"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("mac", "01:02:03:04:05:06", "01:02"),
            ("uri", "http://user:pass@www.foobar.com/", "foobar.com"),
            ("uri", "mailto:someone@example.com", "./rel/test/dir"),
            ("uri", "/abs/test/dir", ""),
            ("isbn", "3836221195", "3836221194"),
            ("isbn13", "978-0321751041", "978-0321751042"),
            ("creditcard", "4220-8554-2622-2389", "4220855426213389"),
            ("email", "a <b@c.d>", "a@"),
            ("hostname", "a.example.com", "a..b"),
            (
                "uuid4",
                "f47ac10b-58cc-4372-a567-0e02b2c3d479",
                "f47ac10b-58cc-3372-a567-0e02b2c3d479",
            ),
            ("k8s-short-name", "a-b", "a.b"),
            ("k8s-long-name", "a.b", "a_b"),
            ("rgbcolor", "rgb(0,31,255)", "rgb(1,349,275)"),
        ] {
            assert!(is_of(format, good), "{format} {good:?}");
            assert!(!is_of(format, bad), "{format} {bad:?}");
        }
    }
}
