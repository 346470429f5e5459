//! Semver ranges over tags, read as Flux and Helm read them.

use super::fault::Fault;
use crate::{
    error::{Error, Result},
    model::printable,
};
use semver::{Prerelease, Version};
use std::{fmt, str::FromStr};

/// A range of versions.
///
/// | written | means |
/// |---|---|
/// | `1.2.3`, `=1.2.3`, `v1.2.3` | exactly that |
/// | `1.2`, `1.2.x`, `1.x`, `*` | any version that begins so |
/// | `^1.2` | no change of the left-most non-zero number |
/// | `~1.2.3` | patch releases only |
/// | `>1`, `>=1.2.0`, `<2`, `<=2.1`, `!=1.4.2` | bounds |
/// | `1.2 - 2.0` | from the first to the second, both included |
/// | `>=1.2.0 <2.0.0`, `>=1.2.0, <2.0.0` | both |
/// | `1.x \|\| >=3` | either |
///
/// Prereleases match only where the range (that alternative of it) names one: `>=1.0.0-0` takes
/// them all. Source of the rules: Masterminds/semver v3, which Flux and Helm use; and as in
/// Flux a tag must be a complete version, with or without a leading `v`.
///
/// ```
/// use gitops_core::source::git::SemverRange;
/// let range: SemverRange = ">=1.2 <2".parse().unwrap();
/// assert!(range.matches("v1.9.0"));
/// assert!(!range.matches("2.0.0") && !range.matches("1.9.0-rc.1") && !range.matches("1.9"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemverRange {
    text: String,
    any_of: Vec<All>,
}

/// Bounds that must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct All {
    bounds: Vec<Bound>,
    prereleases: bool,
}

/// Versions from `low` (included) to `high` (not included), or all but these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    low: Option<Version>,
    high: Option<Version>,
    outside: bool,
}

impl SemverRange {
    /// Whether a tag is a version in the range.
    pub fn matches(&self, tag: &str) -> bool {
        self.version_of(tag).is_some()
    }

    /// The version that a tag names, if it lies in the range.
    pub(super) fn version_of(&self, tag: &str) -> Option<Version> {
        let version = Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()?;
        self.any_of.iter().any(|all| all.holds(&version)).then_some(version)
    }
}

impl All {
    fn holds(&self, version: &Version) -> bool {
        (self.prereleases || version.pre.is_empty())
            && self.bounds.iter().all(|bound| {
                let above =
                    bound.low.as_ref().is_none_or(|low| !version.cmp_precedence(low).is_lt());
                let below =
                    bound.high.as_ref().is_none_or(|high| version.cmp_precedence(high).is_lt());
                (above && below) != bound.outside
            })
    }
}

impl FromStr for SemverRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || {
            Fault::invalid(format!("{:?} is no semver range", printable(text)))
                .advise("write it as in >=1.2.0 <2.0.0, 1.x, ~1.4 or ^2.1.0 || 3.x")
        };
        if text.len() > 256 {
            return Err(refuse());
        }
        let any_of: Option<Vec<All>> = text.split("||").map(all).collect();
        Ok(SemverRange { text: text.trim().to_owned(), any_of: any_of.ok_or_else(refuse)? })
    }
}

impl fmt::Display for SemverRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One alternative: `a - b`, or bounds separated by spaces or commas, with or without a space
/// after the operator.
fn all(text: &str) -> Option<All> {
    let mut bounds = Vec::new();
    let mut prereleases = false;
    if let Some((from, to)) = text.split_once(" - ") {
        for (operator, part) in [(">=", from), ("<=", to)] {
            let (bound, pre) = bound(operator, &Partial::parse(part.trim())?);
            bounds.push(bound);
            prereleases |= pre;
        }
        return Some(All { bounds, prereleases });
    }
    let mut operator = None;
    for word in text.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        let digits = word.find(|c: char| !"=<>!~^".contains(c)).unwrap_or(word.len());
        let (sign, version) = word.split_at(digits);
        let sign = match operator.take() {
            Some(before) if sign.is_empty() => before,
            Some(_) => return None,
            None => sign,
        };
        if version.is_empty() {
            operator = Some(sign);
            continue;
        }
        if !matches!(
            sign,
            "" | "=" | "!=" | ">" | ">=" | "=>" | "<" | "<=" | "=<" | "~" | "~>" | "^"
        ) {
            return None;
        }
        let (bound, pre) = bound(sign, &Partial::parse(version)?);
        bounds.push(bound);
        prereleases |= pre;
    }
    (operator.is_none() && !bounds.is_empty()).then_some(All { bounds, prereleases })
}

/// A version of which the end may be missing or a wildcard.
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    pre: Prerelease,
}

impl Partial {
    fn parse(text: &str) -> Option<Partial> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (numbers, pre) =
            text.split_once('-').map_or((text, ""), |(numbers, pre)| (numbers, pre));
        let mut parts = [None; 3];
        let mut open = false;
        for (index, part) in numbers.split('.').enumerate() {
            let slot = parts.get_mut(index)?;
            if matches!(part, "x" | "X" | "*") {
                open = true;
            } else if open || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            } else {
                *slot = Some(part.parse().ok()?);
            }
        }
        let [major, minor, patch] = parts;
        let pre = Prerelease::new(pre).ok()?;
        (pre.is_empty() || patch.is_some()).then_some(Partial { major, minor, patch, pre })
    }

    /// The lowest version that begins so.
    fn low(&self) -> Version {
        Version {
            pre: self.pre.clone(),
            ..Version::new(
                self.major.unwrap_or(0),
                self.minor.unwrap_or(0),
                self.patch.unwrap_or(0),
            )
        }
    }

    /// The lowest version above all that begin so.
    fn above(&self) -> Option<Version> {
        Some(match (self.major?, self.minor, self.patch) {
            (major, None, _) => floor(major.checked_add(1)?, 0, 0),
            (major, Some(minor), None) => floor(major, minor.checked_add(1)?, 0),
            // Exactly one version, but for build metadata: the next is its longest prerelease or patch.
            (major, Some(minor), Some(patch)) if self.pre.is_empty() => {
                floor(major, minor, patch.checked_add(1)?)
            }
            (major, Some(minor), Some(patch)) => Version {
                pre: Prerelease::new(&format!("{}.0", self.pre)).ok()?,
                ..Version::new(major, minor, patch)
            },
        })
    }
}

/// The lowest version of all with these numbers: its first prerelease.
fn floor(major: u64, minor: u64, patch: u64) -> Version {
    let pre = Prerelease::new("0").unwrap_or(Prerelease::EMPTY);
    Version { pre, ..Version::new(major, minor, patch) }
}

/// The bound of an operator, and whether it names a prerelease.
fn bound(operator: &str, partial: &Partial) -> (Bound, bool) {
    let within = |low, high| Bound { low, high, outside: false };
    let bound = match operator {
        ">" => within(partial.above(), None),
        ">=" | "=>" => within(Some(partial.low()), None),
        "<" => within(None, Some(partial.low())),
        "<=" | "=<" => within(None, partial.above()),
        "~" | "~>" => {
            let high = match (partial.major, partial.minor) {
                (Some(major), Some(minor)) => minor.checked_add(1).map(|n| floor(major, n, 0)),
                (Some(major), None) => major.checked_add(1).map(|n| floor(n, 0, 0)),
                (None, _) => None,
            };
            within(Some(partial.low()), high)
        }
        "^" => {
            let high = match (partial.major, partial.minor, partial.patch) {
                (None, ..) => None,
                (Some(0), Some(0), Some(patch)) => patch.checked_add(1).map(|n| floor(0, 0, n)),
                (Some(0), Some(minor), _) => minor.checked_add(1).map(|n| floor(0, n, 0)),
                (Some(major), ..) => major.checked_add(1).map(|n| floor(n, 0, 0)),
            };
            within(Some(partial.low()), high)
        }
        "!=" => Bound { low: Some(partial.low()), high: partial.above(), outside: true },
        _ => within(Some(partial.low()), partial.above()),
    };
    (bound, !partial.pre.is_empty())
}

#[cfg(test)]
mod tests;
