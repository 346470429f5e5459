//! Regular expressions in Go's syntax.
//!
//! Both Go's and Rust's engines descend from RE2. What differs is translated: `\d`, `\s`, `\w` and
//! `\b` mean ASCII in Go; a brace that starts no repetition, and brackets, `&` and `~` inside of
//! classes, are plain text; octal escapes and `\Q…\E` exist.

use regex::Regex;
use std::{fmt::Write, sync::OnceLock};

/// A pattern that is compiled when it is first needed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    /// No pattern, if the text is empty.
    pub(crate) const fn new(text: String) -> Self {
        Pattern { text, compiled: OnceLock::new() }
    }

    /// As written; empty for no pattern.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// # Errors
    /// As [`compile`].
    pub(crate) fn regex(&self) -> Result<&Regex, &str> {
        self.compiled.get_or_init(|| compile(&self.text)).as_ref().map_err(String::as_str)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Compiles a pattern.
///
/// # Errors
/// It is not valid: in Go's words, for what Go's parser finds by the same rule.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let mut translation = Translation { pattern, rest: pattern, out: String::new(), open: 0 };
    translation.run().map_err(|(what, at)| format!("error parsing regexp: {what}: `{at}`"))?;
    Regex::new(&translation.out)
        .map_err(|_| "error parsing regexp: expression nests too deeply or is too large".to_owned())
}

/// What is wrong, and the part that shows it.
type Problem = (&'static str, String);

struct Translation<'a> {
    pattern: &'a str,
    rest: &'a str,
    out: String,
    open: usize,
}

const DIGIT: &str = "0-9";
const SPACE: &str = "\\t\\n\\x0c\\r ";
const WORD: &str = "0-9A-Za-z_";

impl<'a> Translation<'a> {
    fn run(&mut self) -> Result<(), Problem> {
        // What stood before: whether it can be repeated, and the repetition if there is one.
        let (mut repeatable, mut repeated) = (false, "");
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            match c {
                '*' | '+' | '?' => {
                    let operator = self.take(1);
                    self.repeat(operator, repeatable, repeated)?;
                    repeated = self.since(before);
                    continue;
                }
                '{' => {
                    if let Some(length) = repetition(self.rest)? {
                        let operator = self.take(length);
                        self.repeat(operator, repeatable, repeated)?;
                        repeated = self.since(before);
                        continue;
                    }
                    self.literal();
                    repeatable = true;
                }
                '(' => {
                    self.open()?;
                    repeatable = false;
                }
                ')' => {
                    if self.open == 0 {
                        return Err(("unexpected )", self.pattern.to_owned()));
                    }
                    self.open -= 1;
                    self.copy(1);
                    repeatable = true;
                }
                '|' => {
                    self.copy(1);
                    repeatable = false;
                }
                '^' | '$' | '.' => {
                    self.copy(1);
                    repeatable = true;
                }
                '[' => {
                    self.class()?;
                    repeatable = true;
                }
                '\\' => {
                    self.escape()?;
                    repeatable = true;
                }
                _ => {
                    self.literal();
                    repeatable = true;
                }
            }
            repeated = "";
        }
        if self.open > 0 {
            return Err(("missing closing )", self.pattern.to_owned()));
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (part, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        part
    }

    fn take_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.take(c.len_utf8());
        Some(c)
    }

    fn copy(&mut self, bytes: usize) {
        let part = self.take(bytes);
        self.out.push_str(part);
    }

    fn literal(&mut self) {
        if let Some(c) = self.take_char() {
            self.code(c);
        }
    }

    /// A character that means itself.
    fn code(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || !c.is_ascii() {
            self.out.push(c);
        } else {
            // Writing to a string never fails.
            let _ = write!(self.out, "\\x{{{:x}}}", c as u32);
        }
    }

    fn since(&self, before: &'a str) -> &'a str {
        before.get(..before.len() - self.rest.len()).unwrap_or_default()
    }

    fn repeat(&mut self, operator: &'a str, possible: bool, before: &str) -> Result<(), Problem> {
        let lazy = if self.rest.starts_with('?') { self.take(1) } else { "" };
        if !possible {
            let what = "missing argument to repetition operator";
            return Err((what, operator.to_owned()));
        }
        if !before.is_empty() {
            let both = format!("{before}{operator}{lazy}");
            return Err(("invalid nested repetition operator", both));
        }
        self.out.push_str(operator);
        self.out.push_str(lazy);
        Ok(())
    }

    fn open(&mut self) -> Result<(), Problem> {
        if !self.rest.starts_with("(?") {
            self.open += 1;
            self.copy(1);
            return Ok(());
        }
        let named = self.rest.starts_with("(?P<") || self.rest.starts_with("(?<");
        if named {
            let Some(end) = self.rest.find('>') else {
                return Err(("invalid named capture", self.rest.to_owned()));
            };
            let group = self.rest.get(..=end).unwrap_or_default();
            let name = group.trim_start_matches(['(', '?', 'P', '<']).trim_end_matches('>');
            let fine = |c: char| c == '_' || c.is_ascii_alphanumeric();
            if name.is_empty() || !name.chars().all(fine) {
                return Err(("invalid named capture", group.to_owned()));
            }
            self.open += 1;
            // A name may begin with a digit in Go, and nobody asks for it here.
            self.take(end + 1);
            self.out.push('(');
            return Ok(());
        }
        let flags = self.rest.find([':', ')']).unwrap_or(self.rest.len());
        let text = self.rest.get(2..flags).unwrap_or_default();
        let fine = text.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
        if !fine
            || flags == self.rest.len()
            || (text.is_empty() && self.rest.get(2..3) == Some(")"))
        {
            let bad = text.find(|c| !matches!(c, 'i' | 'm' | 's' | 'U' | '-')).unwrap_or_default();
            let length =
                2 + bad + text.get(bad..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
            let shown = self.rest.get(..length).unwrap_or(self.rest);
            return Err(("invalid or unsupported Perl syntax", shown.to_owned()));
        }
        if self.rest.get(flags..=flags) == Some(":") {
            self.open += 1;
        }
        self.copy(flags + 1);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Problem> {
        let before = self.rest;
        if before.len() == 1 {
            return Err(("trailing backslash at end of expression", String::new()));
        }
        match before.chars().nth(1) {
            Some('Q') => {
                self.take(2);
                let end = self.rest.find("\\E").unwrap_or(self.rest.len());
                for c in self.take(end).chars() {
                    self.code(c);
                }
                self.take(2);
            }
            Some('b') => self.replace("(?-u:\\b)"),
            Some('B') => self.replace("(?-u:\\B)"),
            Some('A' | 'z') => self.copy(2),
            _ => match self.set()? {
                Some(set) => self.out.push_str(&format!("[{set}]")),
                None => {
                    let c = self.escaped()?;
                    self.code(c);
                }
            },
        }
        Ok(())
    }

    fn replace(&mut self, by: &str) {
        self.take(2);
        self.out.push_str(by);
    }

    /// A set of characters that an escape stands for, as the inside of a class.
    fn set(&mut self) -> Result<Option<String>, Problem> {
        let set = match self.rest.chars().nth(1) {
            Some('d') => DIGIT.to_owned(),
            Some('s') => SPACE.to_owned(),
            Some('w') => WORD.to_owned(),
            Some('D') => format!("[^{DIGIT}]"),
            Some('S') => format!("[^{SPACE}]"),
            Some('W') => format!("[^{WORD}]"),
            Some('p' | 'P') => {
                let length = match self.rest.get(2..3) {
                    Some("{") => self.rest.find('}').map_or(self.rest.len(), |end| end + 1),
                    _ => 3,
                };
                let class = self.rest.get(..length).unwrap_or(self.rest).to_owned();
                if Regex::new(&class).is_err() {
                    return Err(("invalid character class range", class));
                }
                self.take(length);
                return Ok(Some(class));
            }
            _ => return Ok(None),
        };
        self.take(2);
        Ok(Some(set))
    }

    /// The character that an escape stands for.
    fn escaped(&mut self) -> Result<char, Problem> {
        let before = self.rest;
        self.take(1);
        let shown =
            |rest: &str| before.get(..before.len() - rest.len()).unwrap_or(before).to_owned();
        let invalid = "invalid escape sequence";
        let Some(c) = self.take_char() else {
            return Err(("trailing backslash at end of expression", String::new()));
        };
        let code = match c {
            'a' => 7,
            'f' => 12,
            't' => 9,
            'n' => 10,
            'r' => 13,
            'v' => 11,
            '0'..='7' => {
                let more =
                    self.rest.chars().take(2).take_while(|c| ('0'..='7').contains(c)).count();
                if c != '0' && more == 0 {
                    return Err((invalid, shown(self.rest)));
                }
                let text = format!("{c}{}", self.take(more));
                u32::from_str_radix(&text, 8).unwrap_or_default()
            }
            'x' => {
                let digits = match self.rest.strip_prefix('{') {
                    Some(rest) => {
                        rest.split_once('}').map(|(digits, _)| (digits, digits.len() + 2))
                    }
                    None => self.rest.get(..2).map(|digits| (digits, 2)),
                };
                let code = digits.and_then(|(digits, _)| u32::from_str_radix(digits, 16).ok());
                match (digits, code) {
                    (Some((_, length)), Some(code)) => {
                        self.take(length);
                        code
                    }
                    _ => return Err((invalid, shown(self.rest))),
                }
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c as u32,
            _ => return Err((invalid, shown(self.rest))),
        };
        char::from_u32(code).ok_or_else(|| (invalid, shown(self.rest)))
    }

    fn class(&mut self) -> Result<(), Problem> {
        let whole = self.rest;
        let missing = || ("missing closing ]", whole.to_owned());
        self.copy(1);
        if self.rest.starts_with('^') {
            self.copy(1);
        }
        let mut first = true;
        loop {
            let before = self.rest;
            if before.is_empty() {
                return Err(missing());
            }
            if before.starts_with(']') && !first {
                self.copy(1);
                return Ok(());
            }
            first = false;
            if before.starts_with("[:")
                && let Some(end) = before.find(":]")
            {
                let name = before.get(..end + 2).unwrap_or_default();
                if Regex::new(&format!("[{name}]")).is_err() {
                    return Err(("invalid character class range", name.to_owned()));
                }
                self.copy(end + 2);
                continue;
            }
            if before.starts_with('\\')
                && let Some(set) = self.set()?
            {
                self.out.push_str(&set);
                continue;
            }
            let low = self.class_char().map_err(|problem| problem.unwrap_or_else(missing))?;
            let mut high = low;
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1 {
                self.take(1);
                high = self.class_char().map_err(|problem| problem.unwrap_or_else(missing))?;
                if high < low {
                    let range = self.since(before).to_owned();
                    return Err(("invalid character class range", range));
                }
            }
            self.code(low);
            if high != low {
                self.out.push('-');
                self.code(high);
            }
        }
    }

    fn class_char(&mut self) -> Result<char, Option<Problem>> {
        if self.rest.starts_with('\\') {
            return self.escaped().map_err(Some);
        }
        self.take_char().ok_or(None)
    }
}

/// The length of the repetition `{n}`, `{n,}` or `{n,m}` that the text starts with.
fn repetition(text: &str) -> Result<Option<usize>, Problem> {
    let Some(end) = text.find('}') else { return Ok(None) };
    let inner = text.get(1..end).unwrap_or_default();
    let (low, high) = match inner.split_once(',') {
        Some((low, "")) => (low, low),
        Some((low, high)) => (low, high),
        None => (inner, inner),
    };
    let is_number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        plain && (text == "0" || !text.starts_with('0'))
    };
    if !is_number(low) || !is_number(high) {
        return Ok(None);
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let shown = text.get(..=end).unwrap_or(text).to_owned();
    if number(low) > 1000 || number(high) > 1000 || number(low) > number(high) {
        return Err(("invalid repeat count", shown));
    }
    Ok(Some(end + 1))
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn go_meanings_are_kept() {
        for (pattern, good, bad) in [
            (r"^\d+$", "12", "\u{0661}"),
            (r"^\w$", "a", "é"),
            (r"^[\w.-]+$", "a.b-c", "a&b"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^[[&~]$", "[", "a"),
            (r"^[]a]$", "]", "b"),
            (r"^\Qa.b\E$", "a.b", "axb"),
            (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-b", "a-"),
            (r"^\101$", "A", "B"),
            (r"^(?i)x\_\-$", "X_-", "y_-"),
            (r"^[^\s/]+$", "ab", "a b"),
            (r"^(?P<1st>a|b)*?$", "ab", "c"),
        ] {
            let regex = compile(pattern).expect(pattern);
            assert!(regex.is_match(good), "{pattern} {good}");
            assert!(!regex.is_match(bad), "{pattern} {bad}");
        }
    }

    /// From Go's `regexp.Compile`.
    #[test]
    fn go_words_are_used() {
        for (pattern, problem) in [
            ("a**", "invalid nested repetition operator: `**`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("[a", "missing closing ]: `[a`"),
            ("x[b-a]", "invalid character class range: `b-a`"),
            (r"\y", r"invalid escape sequence: `\y`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
        ] {
            assert_eq!(compile(pattern).unwrap_err(), format!("error parsing regexp: {problem}"));
        }
    }
}
