//! One line of a script.

/// A command.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
    pub(crate) input: Option<String>,
    /// Played, but not compared.
    pub(crate) differs: bool,
    /// kubectl says it in any order.
    pub(crate) unordered: bool,
    /// The real server comes to it a moment later: asked until it is done.
    pub(crate) eventually: bool,
}

impl Line {
    /// Reads a line; `None` if it is empty or a comment.
    pub(crate) fn parse(text: &str, namespace: &str) -> Option<Line> {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let mut line = Line { text: text.to_owned(), ..Line::default() };
        line.differs = text.starts_with('~');
        let words = words(&text.trim_start_matches('~').replace("$NS", namespace));
        let mut words = words.into_iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| variable(word)) {
            line.unordered |= name == "UNORDERED";
            line.eventually |= name == "EVENTUALLY";
            line.environment.push((name.to_owned(), value.to_owned()));
            words.next();
        }
        while let Some(word) = words.next() {
            if word == "<" {
                line.input = words.next();
            } else {
                line.arguments.push(word);
            }
        }
        Some(line)
    }
}

fn variable(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let upper = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    upper.then_some((name, value))
}

/// Words between blanks; blanks between single quotes are part of a word.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in text.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn words_and_variables_are_told_apart() {
    let line = Line::parse("A=1 get 'a b' -o=jsonpath={.x} < file", "ns").unwrap();
    assert_eq!(line.environment, [("A".to_owned(), "1".to_owned())]);
    assert_eq!(line.arguments, ["get", "a b", "-o=jsonpath={.x}"]);
    assert_eq!(line.input.as_deref(), Some("file"));
    assert!(Line::parse("# nothing", "ns").is_none());
}
