//! Schedules of CronJobs: five fields, or a word that stands for them.

use std::ops::RangeInclusive;

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What each field may be, and the names that stand for numbers, counted from the lowest.
const FIELDS: &[(RangeInclusive<i64>, &[&str])] =
    &[(0..=59, &[]), (0..=23, &[]), (1..=31, &[]), (1..=12, MONTHS), (0..=6, DAYS)];

const WORDS: &[&str] =
    &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// What is wrong with a schedule, in the words of the server's parser.
pub(super) fn problem(schedule: &str) -> Option<String> {
    if schedule.is_empty() {
        return Some("empty spec string".to_owned());
    }
    let mut rest = schedule;
    if schedule.starts_with("TZ=") || schedule.starts_with("CRON_TZ=") {
        rest = schedule.split_once(' ').map_or("", |(_, rest)| rest).trim();
    }
    if rest.starts_with('@') {
        let known = WORDS.contains(&rest) || rest.starts_with("@every ");
        return (!known).then(|| format!("unrecognized descriptor: {rest}"));
    }
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let (count, fields) = (fields.len(), fields.join(" "));
        return Some(format!("expected exactly 5 fields, found {count}: [{fields}]"));
    }
    let check = |(field, (bounds, names)): (&&str, &(RangeInclusive<i64>, &[&str]))| {
        let mut parts = field.split(',').filter(|part| !part.is_empty());
        parts.find_map(|part| part_problem(part, bounds, names).err())
    };
    fields.iter().zip(FIELDS).find_map(check)
}

fn part_problem(part: &str, bounds: &RangeInclusive<i64>, names: &[&str]) -> Result<(), String> {
    let (low, high) = (*bounds.start(), *bounds.end());
    let halves: Vec<&str> = part.split('/').collect();
    let range: Vec<&str> = halves.first().copied().unwrap_or_default().split('-').collect();
    let named = |text: &str| {
        let text_low = text.to_lowercase();
        let index = names.iter().position(|name| *name == text_low);
        match index {
            Some(index) => Ok(low + i64::try_from(index).unwrap_or_default()),
            None => number(text),
        }
    };
    let (start, mut end) = match *range.as_slice() {
        ["*" | "?", ..] => (low, high),
        [one] => (named(one)?, named(one)?),
        [from, to] => (named(from)?, named(to)?),
        [from, ..] => {
            named(from)?;
            return Err(format!("too many hyphens: {part}"));
        }
        [] => return Ok(()),
    };
    let step = match *halves.as_slice() {
        [_] => 1,
        [_, step] => {
            if range.len() == 1 {
                end = high;
            }
            number(step)?
        }
        _ => return Err(format!("too many slashes: {part}")),
    };
    if start < low {
        return Err(format!("beginning of range ({start}) below minimum ({low}): {part}"));
    }
    if end > high {
        return Err(format!("end of range ({end}) above maximum ({high}): {part}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {part}"));
    }
    Ok(())
}

fn number(text: &str) -> Result<i64, String> {
    let digits = text.trim_start_matches(['+', '-']);
    let well_formed = text.len() - digits.len() <= 1
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let problem = match text.parse::<i64>() {
        Ok(number) if number < 0 => {
            return Err(format!("negative number ({number}) not allowed: {text}"));
        }
        Ok(number) => return Ok(number),
        Err(_) if well_formed => "value out of range",
        Err(_) => "invalid syntax",
    };
    let quoted = crate::status::quote(text);
    Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {quoted}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn schedules_are_read() {
        for right in
            ["* * * * *", "*/5 1-3 1,15 jan-MAR sun", "@daily", "0 0 ? * 1/2", "TZ=UTC 1 2 3 4 5"]
        {
            assert_eq!(problem(right), None, "{right}");
        }
        for wrong in [
            "",
            "x",
            "60 * * * *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "@often",
            "1-2-3 * * * *",
        ] {
            assert!(problem(wrong).is_some(), "{wrong}");
        }
    }
}
