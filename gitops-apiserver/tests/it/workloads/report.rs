//! How many objects are the same, and what is different.

use std::{collections::BTreeMap, fmt::Write as _};

/// The longest that is shown of a value: a difference is to be read, not to be searched.
const SHOWN: usize = 400;

#[derive(Debug, Default)]
struct Count {
    stored: usize,
    refused: usize,
    unknown: usize,
    different: usize,
}

/// What came of an object on both servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Stored,
    Refused,
    /// Of a kind that no server has.
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct Report {
    ways: BTreeMap<(&'static str, &'static str), Count>,
    differences: Vec<String>,
}

impl Report {
    /// Counts an object; `difference` is what differs, if anything.
    pub(super) fn count(
        &mut self,
        way: &'static str,
        workload: &'static str,
        outcome: Outcome,
        difference: Option<String>,
    ) {
        let count = self.ways.entry((way, workload)).or_default();
        match outcome {
            _ if difference.is_some() => count.different += 1,
            Outcome::Stored => count.stored += 1,
            Outcome::Refused => count.refused += 1,
            Outcome::Unknown => count.unknown += 1,
        }
        self.differences.extend(difference.map(|text| format!("{way}: {text}")));
    }

    /// A difference that is no single object's.
    pub(super) fn differs(&mut self, text: String) {
        self.differences.push(text);
    }

    /// The counts, a line for each way and workload.
    pub(super) fn table(&self) -> String {
        let mut table = String::new();
        let (mut same, mut different) = (0, 0);
        for ((way, workload), count) in &self.ways {
            let Count { stored, refused, unknown, different: differ } = count;
            same += stored + refused + unknown;
            different += differ;
            let _ = writeln!(
                table,
                "{way:8} {workload:30} {stored:4} stored alike, {refused:3} refused alike, \
                 {unknown:3} of unknown kinds, {differ:3} different"
            );
        }
        let _ = writeln!(table, "{same} same, {different} different");
        table
    }

    pub(super) fn differences(&self) -> &[String] {
        &self.differences
    }

    /// How many objects were stored alike by this way.
    pub(super) fn stored(&self, way: &str) -> usize {
        let counts = self.ways.iter().filter(|((of, _), _)| *of == way);
        counts.map(|(_, count)| count.stored).sum()
    }
}

/// Two long texts, from a little before where they part.
pub(super) fn parted(left: &str, right: &str) -> String {
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    let shown =
        |text: &str| -> String { text.chars().skip(same.saturating_sub(40)).take(SHOWN).collect() };
    format!("ours …{}\n    real …{}", shown(left), shown(right))
}
