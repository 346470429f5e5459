//! What columns a kind has.
//!
//! The table of built-in kinds: first the descriptions, each as a JSON string on a line; then for each
//! kind a line `= API-VERSION KIND` and a line for each column: number of its description, priority,
//! type, format or `-`, name. The kind `* *` is of all that have no columns of their own.

use super::cells::{self, Cell, Row};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, sync::OnceLock};

static TABLE: &str = include_str!("../../data/columns.txt");

/// A column, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What stands above it.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Such as `name` or `date`; mostly empty.
    pub format: String,
    /// For people.
    pub description: String,
    /// 0 for columns that are always shown, more for those of wide output.
    pub priority: i64,
}

type CellFunction<'a> = Box<dyn Fn(&Value) -> Vec<Value> + Send + Sync + 'a>;

/// The columns of a kind and what stands in them.
pub struct Columns<'a> {
    columns: Vec<Column>,
    source: Source<'a>,
}

enum Source<'a> {
    BuiltIn { cells: &'static [Cell], kind: String },
    Default,
    Custom(CellFunction<'a>),
}

impl fmt::Debug for Columns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Columns").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl<'a> Columns<'a> {
    /// Those of a built-in kind at a version; name and time of creation for kinds that have none of
    /// their own.
    pub fn built_in(api_version: &str, kind: &str) -> Columns<'static> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let (columns, cells) = (recorded(api_version, kind), cells::of(group, kind));
        match (columns, cells) {
            (Some(columns), Some(cells)) => {
                Columns { columns, source: Source::BuiltIn { cells, kind: kind.to_owned() } }
            }
            _ => {
                Columns { columns: recorded("*", "*").unwrap_or_default(), source: Source::Default }
            }
        }
    }

    /// Those of a definition: the object's name, then `columns`, whose cells `cells` makes in their
    /// order.
    pub fn custom(
        columns: Vec<Column>,
        cells: impl Fn(&Value) -> Vec<Value> + Send + Sync + 'a,
    ) -> Columns<'a> {
        let name = recorded("*", "*").into_iter().flatten().take(1);
        Columns { columns: name.chain(columns).collect(), source: Source::Custom(Box::new(cells)) }
    }

    pub(super) fn definitions(&self) -> Value {
        json!(self.columns)
    }

    /// What stands for no rows; the server isn't of one mind about it.
    pub(super) fn no_rows(&self) -> Value {
        match &self.source {
            Source::Default => Value::Null,
            Source::BuiltIn { kind, .. } if kind == "CustomResourceDefinition" => Value::Null,
            _ => json!([]),
        }
    }

    pub(super) fn cells(&self, row: &Row<'_>) -> Vec<Value> {
        match &self.source {
            Source::BuiltIn { cells, .. } => cells.iter().map(|cell| cell.show(row)).collect(),
            Source::Default => {
                vec![row.name().into(), row.text("/metadata/creationTimestamp").into()]
            }
            Source::Custom(cells) => {
                let mut made = vec![row.name().into()];
                made.extend(cells(row.object));
                made
            }
        }
    }

    /// Some kinds show their lists in an order of their own.
    pub(super) fn sort(&self, objects: &mut [&Value]) {
        if let Source::BuiltIn { kind, .. } = &self.source {
            cells::sort(kind, objects);
        }
    }

    /// The name of the object of a list that is marked as the default.
    pub(super) fn default_of(&self, objects: &[&Value]) -> Option<String> {
        match &self.source {
            Source::BuiltIn { kind, .. } => cells::default_of(kind, objects),
            _ => None,
        }
    }

    /// What is said of a whole row.
    pub(super) fn condition(&self, object: &Value) -> Option<Value> {
        match &self.source {
            Source::BuiltIn { kind, .. } => cells::condition(kind, object),
            _ => None,
        }
    }
}

type Kinds = BTreeMap<(&'static str, &'static str), Vec<&'static str>>;

fn recorded(api_version: &str, kind: &str) -> Option<Vec<Column>> {
    static KINDS: OnceLock<(Vec<&'static str>, Kinds)> = OnceLock::new();
    let (descriptions, kinds) = KINDS.get_or_init(|| {
        let (mut descriptions, mut kinds) = (Vec::new(), Kinds::new());
        let mut current = ("", "");
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with('"') {
                descriptions.push(line);
            } else if let Some((version, kind)) =
                line.strip_prefix("= ").and_then(|line| line.split_once(' '))
            {
                current = (version, kind);
            } else {
                kinds.entry(current).or_default().push(line);
            }
        }
        (descriptions, kinds)
    });
    let lines = kinds.get(&(api_version, kind))?;
    Some(lines.iter().filter_map(|line| column(line, descriptions)).collect())
}

fn column(line: &str, descriptions: &[&str]) -> Option<Column> {
    let mut words = line.splitn(5, ' ');
    let description = descriptions.get(words.next()?.parse::<usize>().ok()?)?;
    let priority = words.next()?.parse().ok()?;
    let kind = words.next()?.to_owned();
    let format = words.next().filter(|format| *format != "-").unwrap_or_default().to_owned();
    let name = words.next()?.to_owned();
    Some(Column {
        name,
        kind,
        format,
        description: serde_json::from_str(description).ok()?,
        priority,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_with_columns_has_as_many_cells() {
        let kinds = TABLE.lines().filter_map(|line| line.strip_prefix("= ")?.split_once(' '));
        let mut count = 0;
        for (api_version, kind) in kinds.filter(|(version, _)| *version != "*") {
            let group = api_version.split_once('/').map_or("", |(group, _)| group);
            let columns = recorded(api_version, kind).unwrap();
            let cells = cells::of(group, kind).unwrap_or_default();
            // The server has no column for the age of addresses, but its cell.
            let extra = usize::from(kind == "IPAddress");
            assert_eq!(cells.len(), columns.len() + extra, "{api_version} {kind}");
            count += 1;
        }
        assert!(count > 45, "{count}");
        assert_eq!(recorded("*", "*").unwrap().len(), 2);
    }
}
