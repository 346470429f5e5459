//! What an object costs in memory.

use super::peer::{MAPS, Side, object};
use gitops_benches::Bench;
use tokio::runtime::Runtime;

const OBJECTS: usize = 100_000;

pub(crate) fn run(bench: &Bench, runtime: &Runtime) {
    if !bench.wants("memory") {
        return;
    }
    let Some(before) = resident() else {
        println!("memory: this system doesn't tell");
        return;
    };
    let side = Side::ours(runtime);
    for index in 0..OBJECTS {
        side.create(&format!("map-{index}"));
    }
    let each = resident().unwrap_or(before).saturating_sub(before) / OBJECTS;
    let sent = object("map-0", 0).to_string().len();
    let stored = side.get(&format!("{MAPS}/map-0"));
    println!(
        "{:<44} {each:>9} B  objects of {sent} B as they are sent, {stored} B as they are stored",
        "memory for each of 100000 objects"
    );
}

/// Bytes of this process in memory, on Linux.
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
