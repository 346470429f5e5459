//! The query of a URL.

use crate::status::{Status, quote};

/// Parameters in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: &str) -> Query {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Query(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a parameter; empty if it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(have, _)| have == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(have, _)| have == name)
    }

    /// All values of a parameter.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(have, _)| have == name);
        values.map(|(_, value)| value.clone()).collect()
    }

    /// A switch, as apimachinery reads it: on if it is there, unless it says `false` or `0`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.has(name) && !matches!(&*self.get(name).to_lowercase(), "false" | "0")
    }

    /// A switch that can be left open.
    pub(crate) fn tri(&self, name: &str) -> Option<bool> {
        self.has(name).then(|| self.flag(name))
    }

    /// A number.
    ///
    /// # Errors
    /// It is none, worded as Go words it.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Status> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let numeric = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => {
                let why = if numeric { "value out of range" } else { "invalid syntax" };
                Err(Status::bad_request(format!(
                    "strconv.ParseInt: parsing {}: {why}",
                    quote(text)
                )))
            }
        }
    }
}
