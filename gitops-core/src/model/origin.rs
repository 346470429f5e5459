//! Where in the repository an object comes from.

use std::{fmt, sync::Arc};

/// A file and a line (from 1), kept with every object to the end, so that plans and errors can
/// say where it came from. Printed as `path:line`, or `path:line:column` where a column is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Origin {
    path: Arc<str>,
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

impl Origin {
    /// A place in a file; line 0 means the file as a whole.
    pub fn new(path: impl Into<Arc<str>>, line: u32) -> Self {
        Origin { path: path.into(), line, column: None }
    }

    /// The same place with a column (from 1).
    #[must_use]
    pub fn column(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }

    /// The path, relative to the root of the snapshot.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Paths come from the repository: control characters must not reach a terminal.
        write!(f, "{}", crate::model::printable(&self.path))?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        Ok(())
    }
}
