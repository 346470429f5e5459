//! The order of versions.

use std::cmp::Ordering;

/// Compares names of API versions as discovery orders them, from its end: `v1alpha1` is less than
/// `v1beta1`, that less than `v1`, that less than `v2`; others are less than these, and among
/// themselves the later of the alphabet is less.
pub fn compare_versions(one: &str, other: &str) -> Ordering {
    match (parse(one), parse(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (None, None) => other.cmp(one),
    }
}

/// Stability, major and minor number.
fn parse(name: &str) -> Option<(u8, u64, u64)> {
    let rest = name.strip_prefix('v')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse().ok() } else { None }
    };
    for (stability, word) in [(0, "alpha"), (1, "beta")] {
        if let Some((major, minor)) = rest.split_once(word) {
            return Some((stability, number(major)?, number(minor)?));
        }
    }
    Some((2, number(rest)?, 0))
}

#[cfg(test)]
mod tests {
    use super::compare_versions;

    #[test]
    fn versions_are_ordered_by_stability_and_number() {
        let ordered = ["foo10", "foo1", "v1alpha1", "v3alpha2", "v1beta1", "v11beta2", "v1", "v10"];
        for pair in ordered.windows(2) {
            assert!(compare_versions(pair[0], pair[1]).is_lt(), "{pair:?}");
        }
    }
}
