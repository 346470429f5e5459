//! Warnings as headers.

use http::HeaderValue;

/// How many characters of text all headers have before they are cut.
const ALL: usize = 4096;
/// How many one has, once they are.
const ONE: usize = 256;

/// The values of the headers: each text once. Too many are cut short, and the last left out.
pub(super) fn headers(warnings: &[String]) -> Vec<HeaderValue> {
    let mut texts: Vec<&str> = Vec::new();
    for text in warnings.iter().map(String::as_str).filter(|text| !text.is_empty()) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    // Where the sum is first too large, all up to there are cut and sent in any case.
    let sums = texts.iter().filter(|text| fits(text)).scan(0, |sum, text| {
        *sum += text.chars().count();
        Some(*sum)
    });
    let many = sums.filter(|sum| *sum <= ALL).count();
    texts.retain(|text| fits(text));
    if many == texts.len() {
        return texts.into_iter().filter_map(value).collect();
    }
    let mut written = 0;
    let mut cut = Vec::new();
    for (nth, text) in texts.into_iter().enumerate() {
        if nth > many && written >= ALL {
            break;
        }
        let text: String = text.chars().take(ONE).collect();
        written += text.chars().count();
        cut.extend(value(&text));
    }
    cut
}

/// Whether the server sends a text at all.
fn fits(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_bytes(format!("299 - {}", quoted(text)).as_bytes()).ok()
}

/// A quoted string as RFC 7230 has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
