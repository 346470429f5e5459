//! Lists of the indexes of a Job's pods: `1,3-5`.

use crate::status::quote;

/// An index, or a run of them: its first and its last.
fn interval(text: &str, completions: i64) -> Result<(i64, i64), String> {
    let mut bounds = text.split('-');
    let (first, last, more) = (bounds.next().unwrap_or_default(), bounds.next(), bounds.next());
    if more.is_some() {
        return Err(format!(
            "the fragment {} violates the requirement that an index interval can have at most two parts separated by '-'",
            quote(text)
        ));
    }
    let index = |text: &str| match text.parse::<i64>() {
        Ok(index) if index >= completions => Err(format!("too large index: {}", quote(text))),
        Ok(index) => Ok(index),
        Err(_) => Err(format!("cannot convert string to integer for index: {}", quote(text))),
    };
    let first = index(first)?;
    match last.map(index).transpose()? {
        None => Ok((first, first)),
        Some(last) if first >= last => Err(order(first, last)),
        Some(last) => Ok((first, last)),
    }
}

fn order(before: i64, after: i64) -> String {
    format!("non-increasing order, previous: {before}, current: {after}")
}

/// How many indexes a text names, of a Job with as many completions.
pub(super) fn count(text: &str, completions: i64) -> Result<i64, String> {
    let (mut total, mut before): (i64, Option<i64>) = (0, None);
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let (first, last) = interval(part, completions)?;
        if let Some(before) = before.filter(|before| *before >= first) {
            return Err(order(before, first));
        }
        total = total.saturating_add((last - first).saturating_add(1));
        before = Some(last);
    }
    Ok(total)
}

/// The first index that two lists have in common. Parts that are no indexes don't count.
pub(super) fn overlap(a: &str, b: &str, completions: i64) -> Option<i64> {
    let intervals = |text: &str| -> Vec<(i64, i64)> {
        text.split(',').filter_map(|part| interval(part, completions).ok()).collect()
    };
    let (a, b) = (intervals(a), intervals(b));
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some((from, to)), Some((start, end))) = (a.peek(), b.peek()) {
        if from <= end && start <= to {
            return Some(*from.max(start));
        }
        if from <= start {
            a.next();
        } else {
            b.next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_and_overlaps_found() {
        assert_eq!(count("1,3-5", 6), Ok(4));
        assert_eq!(count("", 6), Ok(0));
        assert_eq!(count("3-3", 6), Err("non-increasing order, previous: 3, current: 3".into()));
        assert_eq!(overlap("1,3-5", "0,4", 6), Some(4));
        assert_eq!(overlap("1,3-5", "0,2", 6), None);
    }
}
