//! YAML as Go's `yaml.v3` writes it, for values that protobuf holds as text.

use serde_json::Value;

/// The text of a value, with the end of its last line.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

/// `indent` is that of the lines that follow the first.
fn write(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            // To the next multiple of four: the items of a list stand by two.
            let deeper = indent / 4 * 4 + 4;
            for (at, (name, value)) in fields.iter().enumerate() {
                if at > 0 {
                    new_line(indent, text);
                }
                *text += &scalar(name);
                text.push(':');
                match value {
                    Value::Object(inner) if !inner.is_empty() => below(value, deeper, text),
                    Value::Array(inner) if !inner.is_empty() => below(value, deeper, text),
                    _ => {
                        text.push(' ');
                        write(value, deeper, text);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    new_line(indent, text);
                }
                *text += "- ";
                write(item, indent + 2, text);
            }
        }
        Value::Object(_) => *text += "{}",
        Value::Array(_) => *text += "[]",
        Value::String(one) => *text += &scalar(one),
        other => *text += &other.to_string(),
    }
}

fn below(value: &Value, indent: usize, text: &mut String) {
    new_line(indent, text);
    write(value, indent, text);
}

fn new_line(indent: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}

/// Plain where that is this string and nothing else; in single quotes where YAML's signs are in the
/// way; in double quotes, as JSON, where it would be read as something else or needs escapes.
fn scalar(text: &str) -> String {
    const OTHER_MEANING: [&str; 5] = ["", "true", "false", "null", "~"];
    let lower = text.to_ascii_lowercase();
    let number = text.parse::<f64>().is_ok() || text.starts_with(|one: char| one.is_ascii_digit());
    let escapes = text.chars().any(|one| one.is_control() || !one.is_ascii());
    if OTHER_MEANING.contains(&lower.as_str()) || number || escapes {
        return Value::from(text).to_string();
    }
    let indicator = text.starts_with(|first: char| "-?:,[]{}#&*!|>'\"%@` ".contains(first));
    let sign = [": ", " #"].iter().any(|sign| text.contains(sign));
    if !(indicator || sign || text.ends_with([' ', ':'])) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}
