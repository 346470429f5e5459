//! Many histories at once, and the report of what differs.

use super::{
    make::{self, Dice},
    play::{Difference, compare, play},
    shrink::shrink,
    step::History,
    target::Target,
};
use futures::{StreamExt as _, stream};
use gitops_core::env::Rng;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// How many histories are played at a time.
const AT_ONCE: usize = 16;

/// Two servers that are to agree.
pub(super) struct Pair<'a, A, B> {
    left: &'a A,
    right: &'a B,
    /// In the names of namespaces, which are never used twice.
    label: String,
    played: AtomicU64,
}

impl<'a, A: Target, B: Target> Pair<'a, A, B> {
    pub(super) fn new(left: &'a A, right: &'a B, label: String) -> Self {
        Pair { left, right, label, played: AtomicU64::new(0) }
    }

    /// Plays a history on both.
    async fn once(&self, history: &History, patience: u32) -> Option<Difference> {
        let number = self.played.fetch_add(1, Ordering::Relaxed);
        let names = ["l", "r"].map(|side| format!("h{side}{number}-{}", self.label));
        let (left, right) = futures::join!(
            play(self.left, history, &names[0], patience),
            play(self.right, history, &names[1], patience)
        );
        compare(&left, &right)
    }

    /// The first difference that is there again when the history is played again: the real server
    /// has caches and streams that may be late once.
    pub(super) async fn difference(&self, history: &History) -> Option<Difference> {
        self.once(history, 0).await?;
        self.once(history, 2).await
    }
}

/// Plays random histories.
///
/// # Panics
/// With the smallest history and both answers, if there is a difference.
pub(super) async fn random(left: &impl Target, right: &impl Target, label: &str, usual: usize) {
    let seed = variable("GITOPS_SEED").unwrap_or_else(|| Rng::from_entropy().next_u64());
    let number = |name: &str| variable(name).map(|number| number as usize);
    let count = number("GITOPS_HISTORIES").unwrap_or(usual);
    let indices = number("GITOPS_HISTORY").map_or(0..count, |one| one..one + 1);
    println!("{label}: GITOPS_SEED={seed}");
    let pair = Pair::new(left, right, format!("{label}-{:04x}", seed & 0xffff));
    let rng = Rng::from_seed(seed);
    let all = stream::iter(indices).map(|index| {
        let history = make::history(&mut Dice::new(rng.child(&index.to_string())));
        let pair = &pair;
        async move {
            let difference = pair.difference(&history).await;
            difference.map(|difference| (index, history, difference))
        }
    });
    let mut found: Vec<_> =
        all.buffer_unordered(AT_ONCE).filter_map(async |one| one).collect().await;
    found.sort_by_key(|(index, ..)| *index);
    println!("{label}: {count} histories, {} with a difference", found.len());
    if found.is_empty() {
        return;
    }
    print!("{}", summary(&found));
    if let Some(folder) = text("GITOPS_DIFFERENCES") {
        keep(&folder, &found);
        panic!("{label}, GITOPS_SEED={seed}: the differences are in {folder}");
    }
    // The shortest is the quickest to shrink.
    let (index, history, _) = found
        .into_iter()
        .min_by_key(|(_, history, found)| (found.step, history.steps.len()))
        .unwrap();
    let smallest =
        shrink(history, 300, async |history| pair.difference(history).await.is_some()).await;
    let difference = pair.difference(&smallest).await;
    let told = difference
        .map_or("(not again)".to_owned(), |found| format!("step {}\n{found}", found.step));
    let json = serde_json::to_string_pretty(&smallest).unwrap();
    panic!("{label}, GITOPS_SEED={seed}, history {index}:\n{json}\n{told}");
}

/// Plays histories that are kept.
///
/// # Panics
/// With every one that shows a difference.
pub(super) async fn kept(
    left: &impl Target,
    right: &impl Target,
    histories: Vec<(String, History)>,
) {
    let pair = Pair::new(left, right, format!("kept-{:04x}", Rng::from_entropy().below(0x10000)));
    let mut problems = Vec::new();
    for (name, history) in &histories {
        if let Some(found) = pair.difference(history).await {
            let step = &history.steps[found.step];
            problems.push(format!("{name}, step {} ({}):\n{found}", step.id, step.request));
        }
    }
    println!("{} kept histories", histories.len());
    assert!(!histories.is_empty() && problems.is_empty(), "{}", problems.join("\n\n"));
}

/// The differences, alike ones together.
fn summary(found: &[(usize, History, Difference)]) -> String {
    let mut groups: BTreeMap<String, (usize, usize, String)> = BTreeMap::new();
    for (index, history, difference) in found {
        let request = &history.steps[difference.step].request;
        let key = group(request, difference);
        let first = || (0, *index, format!("{request}\n        {}", difference.brief()));
        groups.entry(key).or_insert_with(first).0 += 1;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (count, ..))| std::cmp::Reverse(*count));
    let lines = groups.into_iter().map(|(key, (count, index, first))| {
        format!("{count:5} × {key} (history {index})\n        {first}\n")
    });
    lines.collect()
}

/// Verb, place and words, without names and numbers.
fn group(request: &str, difference: &Difference) -> String {
    let mut words: Vec<_> = request.split('/').collect();
    // Of a long path, the subresource says more than the name.
    words = words.split_off(words.len().saturating_sub(2));
    let method = request.split(' ').next().unwrap_or_default();
    let last = words.last().filter(|last| last.len() > 1).copied().unwrap_or("*");
    let pointer: Vec<_> = difference
        .pointer
        .split('/')
        .map(|part| if part.parse::<usize>().is_ok() { "*" } else { part })
        .collect();
    let brief: String = difference.brief().split(": ").skip(1).collect::<String>();
    let brief =
        brief.split(['"', '\\', ' ']).filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    let brief: String = brief.take(12).collect::<Vec<_>>().join(" ");
    format!("{method} {last} {} {brief}", pointer.join("/"))
}

/// Writes each history with its answers, for those who fix many at once.
fn keep(folder: &str, found: &[(usize, History, Difference)]) {
    std::fs::create_dir_all(folder).unwrap();
    for (index, history, difference) in found {
        let step = &history.steps[difference.step];
        let file = serde_json::json!({
            "at": difference.brief(), "step": step, "before": history.steps[..difference.step],
            "left": difference.left, "right": difference.right,
        });
        std::fs::write(format!("{folder}/{index}.json"), format!("{file:#}")).unwrap();
    }
}

fn variable(name: &str) -> Option<u64> {
    text(name)?.parse().ok()
}

#[allow(clippy::disallowed_methods, reason = "cargo hands a test nothing but the environment")]
fn text(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
