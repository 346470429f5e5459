//! Whatever arrives: an answer or a clean close, no panic, no hang, and the server still works.
//!
//! `GITOPS_FUZZ` sets how many requests are sent; the default is 2,000.

mod bodies;
mod paths;
mod requests;
mod sockets;

use proptest::test_runner::Config;

/// How many cases of so many requests each.
#[allow(clippy::disallowed_methods, reason = "the switch of long runs")]
fn cases(requests: u32) -> Config {
    let all = std::env::var("GITOPS_FUZZ").ok().and_then(|text| text.parse().ok());
    Config {
        cases: all.unwrap_or(2_000_u32).div_ceil(requests),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    }
}
