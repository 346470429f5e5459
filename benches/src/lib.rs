//! What the benchmarks share: the estate that they work on, and how they measure.
//!
//! Run them with `cargo bench`, some of them with `cargo bench -- WORD`. Every line is one workload;
//! where another program does the same work, it is measured in the same run, in turns with ours, and
//! the line ends with the ratio of the two medians (below 1: ours is faster).
//!
//! Medians of alternating rounds and not a statistics library: what we publish are ratios within one
//! run, which hold on a busy machine too, and slow workloads of I/O beside fast ones of memory.

mod estate;
mod measure;

pub use estate::Estate;
pub use measure::Bench;
