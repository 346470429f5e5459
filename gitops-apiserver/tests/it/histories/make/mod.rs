//! Random histories.
//!
//! Few kinds and few names, so that steps meet; most steps are such as clients send, a tenth is
//! nonsense.

pub(crate) mod bodies;
mod dice;
mod nonsense;
mod reads;
mod writes;

pub(super) use dice::Dice;

use super::{
    kinds::{self, Kind},
    step::{History, Step},
};

/// What the steps of one history have in common.
struct Maker<'a> {
    dice: &'a mut Dice,
    kinds: Vec<&'static Kind>,
    /// The ids of steps so far.
    ids: Vec<u32>,
    /// Steps whose answer has a version of the whole storage.
    lists: Vec<u32>,
    /// Steps that listed with a limit: path, the rest of the query, id.
    pages: Vec<(Step, u32)>,
}

/// A history.
pub(super) fn history(dice: &mut Dice) -> History {
    let all = kinds::all();
    assert!(!all.is_empty(), "no kind has what GITOPS_KINDS says in its path");
    let mut chosen = Vec::new();
    for _ in 0..=dice.below(3) {
        chosen.push(&all[dice.weighted(all.iter().map(|kind| kind.weight))]);
    }
    let length = 2 + dice.below(12);
    let mut maker =
        Maker { dice, kinds: chosen, ids: Vec::new(), lists: Vec::new(), pages: Vec::new() };
    let mut steps: Vec<Step> = (0..length).map(|_| maker.step()).collect();
    // Whatever the steps did, the stored objects tell.
    let mut ends: Vec<&Kind> = maker.kinds.clone();
    ends.sort_by_key(|kind| &kind.path);
    ends.dedup_by_key(|kind| &kind.path);
    for kind in ends {
        let id = maker.id();
        let step = Step::new(id, "GET", &kind.collection());
        steps.push(match kind.cluster {
            true => step.with("labelSelector", "history={{ns}}"),
            false => step,
        });
    }
    History { why: String::new(), steps }
}

impl Maker<'_> {
    fn id(&mut self) -> u32 {
        let id = u32::try_from(self.ids.len() + 1).unwrap_or(u32::MAX);
        self.ids.push(id);
        id
    }

    fn kind(&mut self) -> &'static Kind {
        let index = self.dice.below(self.kinds.len());
        self.kinds[index]
    }

    fn name(&mut self) -> &'static str {
        self.dice.one(&["a", "a", "a", "b", "b", "c"])
    }

    /// The id of an earlier step, or of none.
    fn earlier(&mut self) -> u32 {
        u32::try_from(1 + self.dice.below(self.ids.len().max(1))).unwrap_or(1)
    }

    fn step(&mut self) -> Step {
        type Make<'a> = fn(&mut Maker<'a>, u32, &'static Kind) -> Step;
        let table: [(u64, Make<'_>); 17] = [
            (16, Maker::create),
            (12, Maker::put),
            (15, Maker::apply),
            (7, Maker::merge_patch),
            (7, Maker::strategic_patch),
            (6, Maker::json_patch),
            (9, Maker::delete),
            (2, Maker::delete_collection),
            (6, Maker::get),
            (9, Maker::list),
            (6, Maker::watch),
            (7, Maker::status),
            (4, Maker::scale),
            (3, Maker::namespace),
            (2, Maker::subresource),
            (3, Maker::token),
            (8, Maker::nonsense),
        ];
        let index = self.dice.weighted(table.iter().map(|(weight, _)| *weight));
        let id = self.id();
        let kind = self.kind();
        (table[index].1)(self, id, kind)
    }
}
