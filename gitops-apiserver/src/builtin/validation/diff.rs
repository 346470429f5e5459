//! Differences of texts, as the server's messages show them.
//!
//! The algorithm is that of Python's difflib, which Go's port has: the longest common run of lines
//! first, then what is before and after it. Lines that a long text repeats often start no run.
//! Another algorithm would find other differences, and the messages be others.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// A run of equal lines: where it starts in both texts, and its length.
#[derive(Debug, Clone, Copy)]
struct Run {
    old: usize,
    new: usize,
    length: usize,
}

/// A part of both texts.
#[derive(Debug, Clone)]
struct Part {
    equal: bool,
    old: Range<usize>,
    new: Range<usize>,
}

/// The unified form of the difference of two lists of lines; empty if there is none.
pub(super) fn unified(old: &[String], new: &[String]) -> String {
    let mut out = String::new();
    for group in groups(parts(old, new)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let before = place(first.old.start..last.old.end);
        let after = place(first.new.start..last.new.end);
        // Writing to a string never fails.
        let _ = writeln!(out, "@@ -{before} +{after} @@");
        for part in &group {
            let mut lines = |sign: char, lines: &[String], range: &Range<usize>| {
                for line in lines.get(range.clone()).unwrap_or_default() {
                    let _ = writeln!(out, "{sign}{line}");
                }
            };
            if part.equal {
                lines(' ', old, &part.old);
            } else {
                lines('-', old, &part.old);
                lines('+', new, &part.new);
            }
        }
    }
    out
}

fn place(range: Range<usize>) -> String {
    match range.len() {
        1 => (range.start + 1).to_string(),
        0 => format!("{},0", range.start),
        length => format!("{},{length}", range.start + 1),
    }
}

/// Where each line of a text stands, without lines that a long text repeats often.
fn places(lines: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if lines.len() >= 200 {
        let often = lines.len() / 100 + 1;
        places.retain(|_, found| found.len() <= often);
    }
    places
}

fn longest(
    old: &[String],
    new: &[String],
    places: &BTreeMap<&str, Vec<usize>>,
    within: (Range<usize>, Range<usize>),
) -> Run {
    let (in_old, in_new) = within;
    let mut best = Run { old: in_old.start, new: in_new.start, length: 0 };
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for index in in_old.clone() {
        let mut next = BTreeMap::new();
        let found = old.get(index).and_then(|line| places.get(line.as_str()));
        for &other in found.into_iter().flatten().filter(|other| in_new.contains(other)) {
            let before = other.checked_sub(1).and_then(|before| lengths.get(&before));
            let length = before.copied().unwrap_or(0) + 1;
            next.insert(other, length);
            if length > best.length {
                best = Run { old: index + 1 - length, new: other + 1 - length, length };
            }
        }
        lengths = next;
    }
    while best.old > in_old.start
        && best.new > in_new.start
        && old.get(best.old - 1) == new.get(best.new - 1)
    {
        best = Run { old: best.old - 1, new: best.new - 1, length: best.length + 1 };
    }
    while best.old + best.length < in_old.end
        && best.new + best.length < in_new.end
        && old.get(best.old + best.length) == new.get(best.new + best.length)
    {
        best.length += 1;
    }
    best
}

/// The runs of equal lines, in order.
fn runs(old: &[String], new: &[String]) -> Vec<Run> {
    let places = places(new);
    let mut runs = Vec::new();
    let mut open = vec![(0..old.len(), 0..new.len())];
    while let Some((in_old, in_new)) = open.pop() {
        let run = longest(old, new, &places, (in_old.clone(), in_new.clone()));
        if run.length == 0 {
            continue;
        }
        runs.push(run);
        for (old, new) in [
            (in_old.start..run.old, in_new.start..run.new),
            (run.old + run.length..in_old.end, run.new + run.length..in_new.end),
        ] {
            if !old.is_empty() && !new.is_empty() {
                open.push((old, new));
            }
        }
    }
    runs.sort_by_key(|run| run.old);
    runs
}

fn parts(old: &[String], new: &[String]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    let end = Run { old: old.len(), new: new.len(), length: 0 };
    for run in runs(old, new).into_iter().chain([end]) {
        if at_old < run.old || at_new < run.new {
            parts.push(Part { equal: false, old: at_old..run.old, new: at_new..run.new });
        }
        (at_old, at_new) = (run.old + run.length, run.new + run.length);
        match parts.last_mut() {
            // Runs that touch are one.
            Some(last) if last.equal && run.length > 0 => {
                (last.old.end, last.new.end) = (at_old, at_new);
            }
            _ if run.length > 0 => {
                parts.push(Part { equal: true, old: run.old..at_old, new: run.new..at_new });
            }
            _ => {}
        }
    }
    parts
}

/// The parts around each change, with a few lines of what is equal.
fn groups(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let last = parts.len().saturating_sub(1);
    let mut groups = Vec::new();
    let mut group: Vec<Part> = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if !part.equal {
            group.push(part);
            continue;
        }
        let head = |part: &Part| Part {
            equal: true,
            old: part.old.start..part.old.end.min(part.old.start + CONTEXT),
            new: part.new.start..part.new.end.min(part.new.start + CONTEXT),
        };
        let tail = |part: &Part| Part {
            equal: true,
            old: part.old.start.max(part.old.end.saturating_sub(CONTEXT))..part.old.end,
            new: part.new.start.max(part.new.end.saturating_sub(CONTEXT))..part.new.end,
        };
        if index == 0 {
            group.push(tail(&part));
        } else if index == last {
            group.push(head(&part));
        } else if part.old.len() > 2 * CONTEXT {
            group.push(head(&part));
            groups.push(std::mem::take(&mut group));
            group.push(tail(&part));
        } else {
            group.push(part);
        }
    }
    groups.push(group);
    groups.retain(|group| group.iter().any(|part| !part.equal));
    groups
}

#[cfg(test)]
mod tests {
    use super::unified;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn changes_come_with_the_lines_around_them() {
        let found = unified(&lines("abcdefghijklmnop"), &lines("abXdefghijklmnp"));
        let expected =
            "@@ -1,6 +1,6 @@\n a\n b\n-c\n+X\n d\n e\n f\n@@ -12,5 +12,4 @@\n l\n m\n n\n-o\n p\n";
        assert_eq!(found, expected);
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(unified(&lines("abc"), &lines("abc")), "");
    }
}
