//! No secret leaves through an error.

use super::credentials::Credential;
use crate::model::printable;
use base64::{Engine, engine::general_purpose::STANDARD};

/// The forms in which the secrets of one attempt could come back in a server's words.
#[derive(Clone, Default)]
pub(super) struct Scrub(Vec<String>);

/// A remote may talk a lot; a message is for a person.
const LONGEST: usize = 400;

impl Scrub {
    pub(super) fn new(credential: &Credential, proxy_password: Option<&str>) -> Self {
        let mut forms = Vec::new();
        let mut add = |secret: &str| {
            // A secret this short would blot out half of any message, and hides nothing.
            if secret.len() >= 3 {
                forms.push(secret.to_owned());
                forms.push(STANDARD.encode(secret));
                forms.push(url_encoded(secret));
                forms.push(serde_json::json!(secret).to_string().trim_matches('"').to_owned());
            }
        };
        match credential {
            Credential::Bearer(token) => add(token.expose()),
            Credential::Basic { username, password } => {
                add(password.expose());
                add(&format!("{username}:{}", password.expose()));
            }
            Credential::Anonymous | Credential::SshKey { .. } => {}
        }
        if let Some(password) = proxy_password {
            add(password);
        }
        // Longest first, so that a form which contains another goes as a whole.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Scrub(forms)
    }

    /// The text without secrets, on one line, printable and short.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in &self.0 {
            if text.contains(form) {
                text = text.replace(form, "***");
            }
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let line = words.join(" ");
        let line = match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        };
        printable(&line).into_owned()
    }
}

pub(super) fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_secret_is_blotted_out() {
        let secret = "p\"ä/ss wörd";
        let scrub = Scrub::new(&Credential::basic("me", secret), Some("proxy-pw"));
        for form in [
            secret.to_owned(),
            STANDARD.encode(secret),
            STANDARD.encode(format!("me:{secret}")),
            url_encoded(secret),
            "p\\\"ä/ss wörd".to_owned(),
            "proxy-pw".to_owned(),
        ] {
            assert_eq!(scrub.clean(&format!("say {form}!")), "say ***!");
        }
    }

    #[test]
    fn a_remote_cannot_steer_the_terminal_or_fill_the_screen() {
        let clean = Scrub::default().clean(&format!("a\u{1b}[2J\nb{}", "x".repeat(9999)));
        assert!(clean.starts_with("a\\u{1b}[2J b"), "{clean}");
        assert!(clean.chars().count() < 420);
    }
}
