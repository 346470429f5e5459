//! A value and where it stands: what a rule looks at.

use crate::status::{Bad, FieldError};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A rule: it looks at a value and says what is wrong with it.
pub(crate) type Check = fn(&Spot);

/// A line of a table: a path below the value at hand, and what must be true there.
///
/// The path is of field names, joined by dots; `[]` at its end stands for each item of a list, and
/// the empty path for the value itself.
pub(crate) type Rule = (&'static str, Check);

/// A value of an object, with its path, and the list of problems found so far.
///
/// A value that isn't there is a null: rules see what Go's would see, where the absent and the zero
/// are the same.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    value: &'a Value,
    path: Path<'a>,
    errors: &'a RefCell<Vec<FieldError>>,
}

#[derive(Clone, Copy)]
struct Path<'a> {
    above: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Key(&'a str),
    Index(usize),
}

impl Path<'_> {
    fn write(&self, out: &mut String) {
        if let Some(above) = self.above {
            above.write(out);
        }
        // Writing to a string never fails.
        let _ = match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if out.is_empty() => out.write_str(name),
            Step::Field(name) => write!(out, ".{name}"),
            Step::Key(key) => write!(out, "[{key}]"),
            Step::Index(index) => write!(out, "[{index}]"),
        };
    }
}

const NULL: &Value = &Value::Null;

/// The value below `value` at a path of field names joined by dots; null if there is none.
pub(crate) fn below<'a>(value: &'a Value, path: &str) -> &'a Value {
    if path.is_empty() {
        return value;
    }
    path.split('.').fold(value, |value, name| value.get(name).unwrap_or(NULL))
}

/// Sets the value at a path of field names joined by dots; takes it away if it is null.
pub(crate) fn put(object: &mut Value, path: &str, value: Value) {
    let Some((name, rest)) = path.split_once('.') else {
        if let Some(fields) = object.as_object_mut() {
            match value {
                Value::Null => drop(fields.remove(path)),
                value => drop(fields.insert(path.to_owned(), value)),
            }
        }
        return;
    };
    let Some(fields) = object.as_object_mut() else { return };
    if value.is_null() && !fields.contains_key(name) {
        return;
    }
    put(fields.entry(name).or_insert_with(|| Value::Object(serde_json::Map::new())), rest, value);
}

/// What `check` finds wrong with a value, in the order of finding.
pub(crate) fn problems(value: &Value, check: impl FnOnce(&Spot)) -> Vec<FieldError> {
    let errors = RefCell::new(Vec::new());
    check(&Spot { value, path: Path { above: None, step: Step::Root }, errors: &errors });
    errors.into_inner()
}

impl<'a> Spot<'a> {
    fn step<'s>(&'s self, step: Step<'s>, value: &'s Value) -> Spot<'s> {
        Spot { value, path: Path { above: Some(&self.path), step }, errors: self.errors }
    }

    /// A field, or a field of a field: names joined by dots.
    pub(crate) fn at<'s>(&'s self, path: &'s str) -> Spot<'s> {
        self.step(Step::Field(path), below(self.value, path))
    }

    /// A key of a map.
    pub(crate) fn key<'s>(&'s self, key: &'s str) -> Spot<'s> {
        self.step(Step::Key(key), self.value.get(key).unwrap_or(NULL))
    }

    /// An item of a list.
    pub(crate) fn index(&self, index: usize) -> Spot<'_> {
        self.step(Step::Index(index), self.value.get(index).unwrap_or(NULL))
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> impl Iterator<Item = Spot<'_>> {
        let items = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().enumerate().map(|(index, item)| self.step(Step::Index(index), item))
    }

    /// The entries of a map, with their keys, in the order of the keys.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Spot<'_>)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.step(Step::Key(key), value)))
    }

    /// The same place with another value.
    pub(crate) fn with<'s>(&'s self, value: &'s Value) -> Spot<'s>
    where
        'a: 's,
    {
        Spot { value, ..*self }
    }

    /// The nameless place that problems of the whole have.
    pub(crate) fn root(&self) -> Spot<'_> {
        Spot { path: Path { above: None, step: Step::Root }, ..*self }
    }

    /// Runs the lines of a table, in their order.
    pub(crate) fn check(&self, rules: &[Rule]) {
        for (path, check) in rules {
            match path.strip_suffix("[]") {
                Some(path) => self.at(path).each(*check),
                None if path.is_empty() => check(self),
                None => check(&self.at(path)),
            }
        }
    }

    /// Runs the lines of a table of declared rules: of a changed object, only where it has changed.
    pub(crate) fn declared(&self, rules: &[Rule], old: Option<&Value>) {
        for rule in rules {
            let path = rule.0.trim_end_matches("[]");
            let same = |old| super::rules::same(below(old, path), below(self.value, path));
            if !old.is_some_and(same) {
                self.check(std::slice::from_ref(rule));
            }
        }
    }

    /// Runs a rule for each item of a list.
    pub(crate) fn each(&self, mut check: impl FnMut(&Spot)) {
        self.items().for_each(|item| check(&item));
    }

    /// Runs a rule on a value that is there.
    pub(crate) fn given_then(&self, check: impl FnOnce(&Spot)) {
        if self.given() {
            check(self);
        }
    }

    /// The value; null if there is none.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// A string; empty if there is none.
    pub(crate) fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// A number; zero if there is none.
    pub(crate) fn number(&self) -> i64 {
        self.value.as_i64().unwrap_or_default()
    }

    /// A boolean; false if there is none.
    pub(crate) fn flag(&self) -> bool {
        self.value.as_bool().unwrap_or_default()
    }

    /// Whether there is a value at all.
    pub(crate) fn given(&self) -> bool {
        !self.value.is_null()
    }

    /// Whether there is no value, or one without content.
    pub(crate) fn empty(&self) -> bool {
        self.len() == 0 && !matches!(self.value, Value::Bool(_) | Value::Number(_))
    }

    /// How many bytes, items or entries there are.
    pub(crate) fn len(&self) -> usize {
        match self.value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.len(),
            Value::Object(entries) => entries.len(),
            _ => 0,
        }
    }

    /// How many problems were found so far, anywhere.
    pub(crate) fn found(&self) -> usize {
        self.errors.borrow().len()
    }

    /// The path, as messages show it.
    pub(crate) fn path(&self) -> String {
        let mut out = String::new();
        self.path.write(&mut out);
        out
    }

    /// Takes over problems that were found elsewhere.
    pub(crate) fn add(&self, errors: Vec<FieldError>) {
        self.errors.borrow_mut().extend(errors);
    }

    fn push(&self, error: FieldError) {
        self.errors.borrow_mut().push(error);
    }

    /// Takes away problems that were found before, word by word.
    pub(crate) fn once(&self) {
        let mut seen = BTreeSet::new();
        self.errors.borrow_mut().retain(|error| seen.insert(error.to_string()));
    }

    /// The value must be given.
    pub(crate) fn required(&self, detail: &str) {
        self.push(FieldError::required(&self.path(), detail));
    }

    /// The value breaks a rule.
    pub(crate) fn invalid(&self, detail: &str) {
        self.invalid_as(self.value.clone(), detail);
    }

    /// The value breaks a rule, and the message shows it as `bad`.
    pub(crate) fn invalid_as(&self, bad: impl Into<Bad>, detail: &str) {
        self.push(FieldError::invalid(&self.path(), bad, detail));
    }

    /// The value breaks a rule, and the message shows it as the server has it in memory.
    pub(crate) fn invalid_in_memory(&self, ty: &str, detail: &str) {
        self.invalid_as(super::internal::shown(self.value, ty), detail);
    }

    /// The value is not allowed here.
    pub(crate) fn forbidden(&self, detail: &str) {
        self.push(FieldError::forbidden(&self.path(), detail));
    }

    /// The value is there twice.
    pub(crate) fn duplicate(&self, bad: impl Into<Bad>) {
        self.push(FieldError::duplicate(&self.path(), bad));
    }

    /// The same, saying what makes it the same.
    pub(crate) fn duplicate_with(&self, bad: impl Into<Bad>, detail: &str) {
        let mut error = FieldError::duplicate(&self.path(), bad);
        error.detail = detail.to_owned();
        self.push(error);
    }

    /// The value refers to nothing.
    pub(crate) fn not_found(&self, bad: impl Into<Bad>) {
        self.push(FieldError::not_found(&self.path(), bad));
    }

    /// The same, saying what it might refer to.
    pub(crate) fn not_found_with(&self, bad: impl Into<Bad>, detail: &str) {
        let mut error = FieldError::not_found(&self.path(), bad);
        error.detail = detail.to_owned();
        self.push(error);
    }

    /// The value is none of those known.
    pub(crate) fn unsupported(&self, bad: impl Into<Bad>, supported: &[&str]) {
        self.push(FieldError::not_supported(&self.path(), bad, supported));
    }

    /// The server fails at the value.
    pub(crate) fn internal(&self, detail: &str) {
        self.push(FieldError::internal(&self.path(), detail));
    }

    /// The value has more than `max` bytes.
    pub(crate) fn too_long(&self, max: usize) {
        self.push(FieldError::too_long(&self.path(), max));
    }

    /// The same where the server says that it counts characters.
    pub(crate) fn too_many_characters(&self, max: usize) {
        let mut error = FieldError::too_long(&self.path(), max);
        error.detail = error.detail.replace("byte", "character");
        self.push(error);
    }

    /// There are more than `max` values.
    pub(crate) fn too_many(&self, max: usize) {
        self.push(FieldError::too_many(&self.path(), self.len(), max));
    }
}
