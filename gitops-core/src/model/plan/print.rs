//! Plans for people: a terminal and Markdown. Pure.

use super::{Plan, Wave};
use crate::model::{Action, Cause, Change, FieldChange, printable};
use std::fmt::{self, Write};

/// How many fields of one change are shown.
const FIELDS_SHOWN: usize = 20;

/// The text form, for a terminal:
///
/// ```text
/// Plan for shop at main@4d719f1d: 1 to create, 1 to change, 1 to prune, 40 unchanged
///   + Deployment.apps shop/web    deploy/web.yaml:1
///   ~ ConfigMap shop/settings     deploy/settings.yaml:3 (drift)
///       .data.color: "red" -> "blue"
///   - Service shop/old            no longer desired
/// ```
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan for {} at {}: {}", self.app, self.revision.short(), self.summary())?;
        let width = self.changes().map(|change| change.id.to_string().chars().count());
        let width = width.max().unwrap_or(0).min(60);
        let many = self.waves.iter().filter(|wave| !wave.changes.is_empty()).count() > 1;
        for (number, wave) in self.waves.iter().enumerate() {
            if many {
                write!(f, "\n  wave {}", number + 1)?;
            }
            for change in &wave.changes {
                let id = change.id.to_string();
                write!(f, "\n  {} {:width$}  {}", sign(change), printable(&id), place(change))?;
                for line in fields(&change.fields) {
                    write!(f, "\n      {line}")?;
                }
            }
        }
        for retained in &self.retained {
            let id = retained.id.to_string();
            write!(f, "\n  = {:width$}  kept: {}", printable(&id), printable(&retained.why))?;
        }
        Ok(())
    }
}

impl Plan {
    /// What it does in numbers: `2 to create, 1 to prune, 40 unchanged`.
    pub fn summary(&self) -> String {
        let count = |wanted: char| self.changes().filter(|change| sign(change) == wanted).count();
        let parts = [
            (count('+'), "to create"),
            (count('~'), "to change"),
            (count('±'), "to replace"),
            (count('-'), "to prune"),
            (self.retained.len(), "kept"),
        ];
        let mut words: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        words.push(format!("{} unchanged", self.unchanged));
        words.join(", ")
    }

    /// The plan as GitHub-flavoured Markdown, for a comment on a change request.
    pub fn markdown(&self) -> String {
        let mut out = format!(
            "### {} at `{}`\n\n{}\n",
            escape(self.app.as_str()),
            self.revision.short(),
            self.summary()
        );
        if !self.is_empty() {
            out.push_str("\n| | object | from |\n|---|---|---|\n");
        }
        for change in self.waves.iter().flat_map(|wave: &Wave| &wave.changes) {
            let (id, place) = (change.id.to_string(), place(change));
            // Writing to a string can't fail.
            let _ = writeln!(out, "| {} | {} | {} |", verb(change), escape(&id), escape(&place));
        }
        for retained in &self.retained {
            let id = retained.id.to_string();
            let _ = writeln!(out, "| kept | {} | {} |", escape(&id), escape(&retained.why));
        }
        for change in self.changes().filter(|change| !change.fields.is_empty()) {
            let id = change.id.to_string();
            let _ = write!(out, "\n<details><summary>{}</summary>\n\n```\n", escape(&id));
            for line in fields(&change.fields) {
                // A fence in a value would end the block.
                out.push_str(&line.replace("```", "'''"));
                out.push('\n');
            }
            out.push_str("```\n\n</details>\n");
        }
        let _ = write!(out, "\n`{}`\n", self.digest());
        out
    }
}

fn sign(change: &Change) -> char {
    match change.action {
        Action::Create { .. } => '+',
        Action::Update { .. } => '~',
        Action::Replace { .. } => '±',
        Action::Prune { .. } => '-',
    }
}

fn verb(change: &Change) -> &'static str {
    match change.action {
        Action::Create { .. } => "create",
        Action::Update { .. } => "change",
        Action::Replace { .. } => "**replace**",
        Action::Prune { .. } => "**prune**",
    }
}

fn place(change: &Change) -> String {
    let origin = change.origin.as_ref().map(ToString::to_string).unwrap_or_default();
    match (&change.action, change.cause) {
        (Action::Prune { permit }, _) => permit.grounds().to_owned(),
        (_, Cause::Drift) => format!("{origin} (drift)"),
        (_, Cause::Adopt) => format!("{origin} (taken over)"),
        _ => origin,
    }
}

fn fields(fields: &[FieldChange]) -> impl Iterator<Item = String> {
    let more = fields.len().saturating_sub(FIELDS_SHOWN);
    let shown = fields.iter().take(FIELDS_SHOWN).map(ToString::to_string);
    shown.chain((more > 0).then(|| format!("… and {more} more")))
}

/// Text that Markdown and HTML leave alone.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push(' '),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
