//! What is told of an event of the engine. Pure.

use gitops_core::{
    engine::Event,
    model::{AppId, Cause, ConditionKind, Effect, ObjectId, Outcome, Status, printable},
    reason,
};
use k8s_openapi::api::core::v1::ObjectReference;

/// The API takes messages of at most 1024 bytes.
const LONGEST: usize = 1024;

/// Something to tell; reports that differ in their lines only are told together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Report {
    pub(super) app: AppId,
    /// Whether somebody should look at it.
    pub(super) warning: bool,
    /// A word from [`reason`], or of an [`Effect`].
    pub(super) reason: &'static str,
    /// What was being done.
    pub(super) action: &'static str,
    /// What to say, with the object concerned.
    lines: Vec<(Option<ObjectId>, String)>,
    unheard: u64,
}

impl Report {
    fn new(
        app: &AppId,
        warning: bool,
        reason: &'static str,
        action: &'static str,
        line: (Option<&ObjectId>, String),
    ) -> Self {
        let (id, text) = line;
        let lines = vec![(id.cloned(), printable(&text).into_owned())];
        Report { app: app.clone(), warning, reason, action, lines, unheard: 0 }
    }

    /// Says that so many reports before this one were not heard.
    pub(super) fn unheard(&mut self, count: u64) {
        self.unheard = count;
    }

    /// The message: as many lines as fit, and how many there are beyond.
    pub(super) fn note(&self) -> String {
        let unheard = match self.unheard {
            0 => String::new(),
            count => format!(" ({count} earlier events were not published)"),
        };
        // Room for "; and N more".
        let room = LONGEST - unheard.len() - 32;
        let mut note = String::new();
        for (index, (_, line)) in self.lines.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let left = room.saturating_sub(note.len() + separator.len());
            if index > 0 && line.len() > left {
                note.push_str(&format!("; and {} more", self.lines.len() - index));
                break;
            }
            note.push_str(separator);
            note.push_str(cut(line, left));
        }
        note + &unheard
    }

    /// The object concerned, if it is one.
    pub(super) fn related(&self) -> Option<ObjectReference> {
        let [(Some(id), _)] = &self.lines[..] else { return None };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Some(ObjectReference {
            kind: some(id.kind()),
            namespace: some(id.namespace()),
            name: some(id.name()),
            ..ObjectReference::default()
        })
    }
}

/// At most so many bytes of a text, whole characters.
fn cut(text: &str, bytes: usize) -> &str {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= bytes).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// What is told of an event; `None` for what a cluster's users need not know.
pub(super) fn tell(event: &Event) -> Option<Report> {
    match event {
        Event::Changed { app, id, cause, outcome, .. } => changed(app, id, *cause, outcome),
        Event::Waiting { app, objects } => {
            let names: Vec<String> = objects.iter().take(20).map(ToString::to_string).collect();
            let text = format!("waiting for {}", names.join(", "));
            Some(Report::new(app, false, reason::PROGRESSING, "Wait", (None, text)))
        }
        Event::Failed { app, error } => {
            let text = error.to_string();
            Some(Report::new(app, true, error.reason(), "Reconcile", (error.object(), text)))
        }
        Event::StatusChanged(status) => ready(status),
        _ => None,
    }
}

fn changed(app: &AppId, id: &ObjectId, cause: Cause, outcome: &Outcome) -> Option<Report> {
    let action = if cause == Cause::Removed { "Prune" } else { "Apply" };
    let (warning, reason, text) = match outcome {
        Outcome::Done(Effect::Unchanged) => return None,
        Outcome::Done(effect) => {
            let why = match cause {
                Cause::Drift => " (drift repaired)",
                Cause::Adopt => " (taken over)",
                _ => "",
            };
            (false, word(*effect), format!("{id}{why}"))
        }
        Outcome::Skipped(reason) => (true, *reason, format!("{id} was skipped")),
        Outcome::Failed(error) if error.object().is_some() => {
            (true, error.reason(), error.to_string())
        }
        Outcome::Failed(error) => (true, error.reason(), format!("{id}: {error}")),
    };
    Some(Report::new(app, warning, reason, action, (Some(id), text)))
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Created => "Created",
        Effect::Configured => "Configured",
        Effect::Unchanged => "Unchanged",
        Effect::Pruned => "Pruned",
        Effect::Pruning => "Pruning",
    }
}

/// What is not ready has been told as a failure or as waiting.
fn ready(status: &Status) -> Option<Report> {
    let ready = status.condition(ConditionKind::Ready).filter(|ready| ready.status)?;
    // The message names the revision.
    let text = ready.message.clone();
    Some(Report::new(&status.app, false, ready.reason, "Reconcile", (None, text)))
}

/// Puts reports together that say the same of several objects, in the order of their first ones.
pub(super) fn fold(reports: impl Iterator<Item = Report>) -> Vec<Report> {
    let mut folded: Vec<Report> = Vec::new();
    for report in reports {
        let same = folded.iter_mut().find(|known| {
            known.app == report.app
                && (known.warning, known.reason, known.action)
                    == (report.warning, report.reason, report.action)
        });
        match same {
            Some(known) => {
                for line in report.lines {
                    if !known.lines.contains(&line) {
                        known.lines.push(line);
                    }
                }
            }
            None => folded.push(report),
        }
    }
    folded
}
