//! What was told already, and how much an app may still tell. Pure: time is an argument.

use super::{BURST, REFILL, report::Report};
use gitops_core::model::AppId;
use std::{collections::BTreeMap, time::Duration};

/// Within this time the same event is counted, not told anew (client-go: ten minutes).
const SAME: Duration = Duration::from_secs(600);
/// How many events are remembered.
const MEMORY: usize = 512;

/// Remembers what was told.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    told: BTreeMap<Report, Told>,
    budgets: BTreeMap<AppId, Budget>,
}

#[derive(Debug)]
struct Told {
    name: String,
    count: i32,
    at: Duration,
}

#[derive(Debug)]
struct Budget {
    /// Up to when the budget is used, as if each event took [`REFILL`].
    used: Duration,
    unheard: u64,
}

/// What to do with a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Make an event; so many before it were dropped.
    New { unheard: u64 },
    /// The event of this name happened again.
    Again { name: String, count: i32 },
    /// The app has told too much.
    Drop,
}

impl Ledger {
    pub(super) fn judge(&mut self, report: &Report, now: Duration) -> Verdict {
        let budget = self
            .budgets
            .entry(report.app.clone())
            .or_insert(Budget { used: Duration::ZERO, unheard: 0 });
        let used = budget.used.max(now);
        if used.saturating_sub(now) > REFILL * (BURST - 1) {
            budget.unheard += 1;
            return Verdict::Drop;
        }
        budget.used = used + REFILL;
        if let Some(told) = self.told.get_mut(report)
            && now.saturating_sub(told.at) < SAME
        {
            told.count = told.count.saturating_add(1);
            told.at = now;
            return Verdict::Again { name: told.name.clone(), count: told.count };
        }
        Verdict::New { unheard: std::mem::take(&mut budget.unheard) }
    }

    /// Remembers under which name a report was told.
    pub(super) fn sent(&mut self, report: &Report, name: String, now: Duration) {
        if self.told.len() >= MEMORY {
            self.told.retain(|_, told| now.saturating_sub(told.at) < SAME);
        }
        if self.told.len() < MEMORY {
            self.told.insert(report.clone(), Told { name, count: 1, at: now });
        }
    }

    /// The event is not there any more.
    pub(super) fn forget(&mut self, report: &Report) {
        self.told.remove(report);
    }
}
