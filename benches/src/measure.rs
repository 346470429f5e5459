//! Rounds, medians, ratios.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Runs the workloads whose names hold one of the words of the command line, and prints a line each.
#[derive(Debug)]
pub struct Bench {
    words: Vec<String>,
}

/// The times of one side of a workload.
struct Sample(Vec<Duration>);

impl Sample {
    fn median(&self) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn fastest(&self) -> Duration {
        self.0.iter().min().copied().unwrap_or_default()
    }
}

/// A workload takes this long, or as many rounds as it takes to have a median.
const BUDGET: Duration = Duration::from_secs(3);
const ROUNDS: std::ops::RangeInclusive<usize> = 7..=1000;

impl Bench {
    /// Reads the words from the command line, as `cargo bench -- WORD` hands them over.
    pub fn from_args() -> Self {
        let words: Vec<String> =
            std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
        println!("{:<44} {:>11} {:>11}  {:<24}", "workload", "median", "fastest", "");
        Self { words }
    }

    /// Whether a workload is wanted, so that its set-up is worth the time.
    pub fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word))
    }

    /// Measures `ours` alone. `work` says how much was done, for reading the line.
    pub fn alone<T>(&self, name: &str, work: &str, mut ours: impl FnMut() -> T) {
        if self.wants(name) {
            let (sample, _) = rounds(&mut || (), &mut ours, &mut || ());
            line(name, &sample, work);
        }
    }

    /// Measures `ours` and another way to do the same work, in turns.
    pub fn beside<T, U>(
        &self,
        name: &str,
        work: &str,
        ours: impl FnMut() -> T,
        peer: &str,
        theirs: impl FnMut() -> U,
    ) {
        self.beside_after(name, work, || (), ours, peer, theirs);
    }

    /// The same with something to prepare before each of the two, which is not measured.
    pub fn beside_after<T, U>(
        &self,
        name: &str,
        work: &str,
        mut prepare: impl FnMut(),
        mut ours: impl FnMut() -> T,
        peer: &str,
        mut theirs: impl FnMut() -> U,
    ) {
        if self.wants(name) {
            let (our, their) = rounds(&mut prepare, &mut ours, &mut theirs);
            line(name, &our, work);
            let ratio = our.median().as_secs_f64() / their.median().as_secs_f64();
            line(&format!("  {peer}"), &their, &format!("ratio {ratio:.2}"));
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "measuring real time is the purpose")]
fn rounds<T, U>(
    prepare: &mut impl FnMut(),
    ours: &mut impl FnMut() -> T,
    theirs: &mut impl FnMut() -> U,
) -> (Sample, Sample) {
    let mut time = |work: &mut dyn FnMut()| {
        prepare();
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let mut ours = || drop(black_box(ours()));
    let mut theirs = || drop(black_box(theirs()));
    // One round to warm up: caches, allocator, page cache.
    time(&mut ours);
    time(&mut theirs);
    let (mut our, mut their) = (Vec::new(), Vec::new());
    let mut spent = Duration::ZERO;
    while our.len() < *ROUNDS.start() || (spent < BUDGET && our.len() < *ROUNDS.end()) {
        our.push(time(&mut ours));
        their.push(time(&mut theirs));
        spent += our[our.len() - 1] + their[their.len() - 1];
    }
    (Sample(our), Sample(their))
}

fn line(name: &str, sample: &Sample, note: &str) {
    let (median, fastest) = (sample.median(), sample.fastest());
    println!("{name:<44} {:>11} {:>11}  {note}", format!("{median:.1?}"), format!("{fastest:.1?}"));
}
