//! Costs that must not grow with the number of objects.

use super::peer::{MAPS, Side};
use gitops_benches::Bench;
use std::cell::Cell;
use tokio::runtime::Runtime;

pub(crate) fn run(bench: &Bench, runtime: &Runtime) {
    if !bench.wants("among") {
        return;
    }
    let filled = |count: usize| {
        let side = Side::ours(runtime);
        for index in 0..count {
            side.create(&format!("map-{index}"));
        }
        side
    };
    let (few, many) = (filled(1_000), filled(100_000));
    let get = |side: &Side<'_>| side.get(&format!("{MAPS}/map-500"));
    bench.beside("get among 100000", "3 KB", || get(&many), "among 1000", || get(&few));
    let number = Cell::new(0);
    let apply = |side: &Side<'_>| {
        number.set(number.get() + 1);
        side.apply("map-500", number.get())
    };
    bench.beside("apply among 100000", "3 KB", || apply(&many), "among 1000", || apply(&few));
}
