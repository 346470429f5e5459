//! Reading a live object leniently: what has the wrong type is absent.

use serde_json::Value;

/// A live object, to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a>(&'a Value);

/// One entry of `status.conditions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Which condition.
    pub kind: &'a str,
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// Why, in a word; may be empty.
    pub reason: &'a str,
    /// Why, in a sentence; may be empty.
    pub message: &'a str,
}

impl<'a> Reading<'a> {
    /// A reading of an object as the API server gives it.
    pub fn new(object: &'a Value) -> Self {
        Reading(object)
    }

    /// The value at a JSON pointer such as `/status/phase`.
    pub fn get(&self, pointer: &str) -> Option<&'a Value> {
        self.0.pointer(pointer)
    }

    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&'a str> {
        self.get(pointer)?.as_str()
    }

    /// The whole number at a JSON pointer.
    pub fn int(&self, pointer: &str) -> Option<i64> {
        self.get(pointer)?.as_i64()
    }

    /// Whether there is `true` at a JSON pointer.
    pub fn is_true(&self, pointer: &str) -> bool {
        self.get(pointer).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The list at a JSON pointer; empty where there is none.
    pub fn list(&self, pointer: &str) -> &'a [Value] {
        self.get(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The conditions of the object, in the order given.
    pub fn conditions(&self) -> impl Iterator<Item = Condition<'a>> + use<'a> {
        self.list("/status/conditions").iter().filter_map(Condition::read)
    }

    /// The first condition of a kind.
    pub fn condition(&self, kind: &str) -> Option<Condition<'a>> {
        self.conditions().find(|condition| condition.kind == kind)
    }
}

impl<'a> Condition<'a> {
    pub(super) fn read(value: &'a Value) -> Option<Self> {
        let text = |key| value.get(key).and_then(Value::as_str);
        Some(Condition {
            kind: text("type")?,
            status: text("status")?,
            reason: text("reason").unwrap_or_default(),
            message: text("message").unwrap_or_default(),
        })
    }

    /// Whether the condition holds.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether the condition is known not to hold.
    pub fn is_false(&self) -> bool {
        self.status == "False"
    }

    /// `reason: message`, or what there is of it, cut to 500 characters.
    pub fn why(&self) -> String {
        let text = match (self.reason, self.message) {
            ("", message) => message.to_owned(),
            (reason, "") => reason.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        };
        match text.char_indices().nth(500) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}
