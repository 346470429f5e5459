//! Where a repository is.

use super::fault::Fault;
use crate::{error::Result, model::printable};
use gix::{bstr::ByteSlice, url::Scheme};
use std::fmt;

/// A checked URL, without credentials.
#[derive(Clone)]
pub(super) struct GitUrl {
    pub(super) url: gix::Url,
    shown: String,
}

/// How to get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Https,
    /// Unencrypted.
    Http,
    Ssh,
    File,
}

impl GitUrl {
    pub(super) fn parse(text: &str) -> Result<Self> {
        // Never repeat the text itself: it may hold a password.
        let refuse = |why: &str| Fault::invalid(format!("the repository's URL {why}"));
        let advice = "use https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH";
        if text.chars().any(char::is_control) || text.trim() != text || text.is_empty() {
            return Err(refuse("is empty or has blanks or control characters").advise(advice));
        }
        let url = gix::url::parse(text).map_err(|_| refuse("can't be read").advise(advice))?;
        if url.password().is_some() || (url.scheme != Scheme::Ssh && url.user().is_some()) {
            return Err(refuse("holds credentials")
                .advise("take them out of the URL and pass them as Credential"));
        }
        match url.scheme {
            Scheme::Https | Scheme::Http | Scheme::Ssh => {
                let host = url.host().unwrap_or_default();
                if host.is_empty() {
                    return Err(refuse("has no host").advise(advice));
                }
                let user = url.user().unwrap_or_default();
                if host.starts_with('-') || user.starts_with('-') || url.path.starts_with(b"-") {
                    return Err(refuse("has a part that could be taken for an option"));
                }
            }
            Scheme::File if url.path.starts_with(b"/") || cfg!(windows) => {}
            Scheme::File => {
                return Err(refuse("is a relative path").advise("write it as an absolute path"));
            }
            _ => return Err(refuse("has a scheme that is not supported").advise(advice)),
        }
        let shown = url.to_bstring().to_str_lossy().into_owned();
        // A query or fragment is where tokens hide.
        let shown = shown.split(['?', '#']).next().unwrap_or_default();
        let shown = printable(shown).into_owned();
        Ok(GitUrl { url, shown })
    }

    pub(super) fn way(&self) -> Way {
        match self.url.scheme {
            Scheme::Https => Way::Https,
            Scheme::Http => Way::Http,
            Scheme::Ssh => Way::Ssh,
            _ => Way::File,
        }
    }

    /// Whether the host is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_read() {
        for (text, way, shown) in [
            ("https://h/o/r.git", Way::Https, "https://h/o/r.git"),
            ("https://h/o/r?private_token=s3cret", Way::Https, "https://h/o/r"),
            ("http://127.0.0.1:80/r", Way::Http, "http://127.0.0.1:80/r"),
            ("ssh://git@h:2222/o/r", Way::Ssh, "ssh://git@h:2222/o/r"),
            ("git@h:o/r.git", Way::Ssh, "git@h:o/r.git"),
            ("file:///srv/r", Way::File, "file:///srv/r"),
            ("/srv/r", Way::File, "/srv/r"),
        ] {
            let url = GitUrl::parse(text).unwrap();
            assert_eq!((url.way(), url.to_string().as_str()), (way, shown));
        }
    }

    #[test]
    fn what_could_hurt_is_refused_and_not_repeated() {
        for text in [
            "https://me:s3cret@h/r",
            "https://s3cret@h/r",
            "ssh://git:s3cret@h/r",
            "ssh://-oProxyCommand=s3cret/r",
            "ssh://-s3cret@h/r",
            "git@h:-s3cret",
            "ext::sh -c s3cret",
            "git://h/s3cret",
            "ftp://h/s3cret",
            "s3cret/relative",
            "https:///s3cret",
            "https://h/s3cret\n",
            " https://h/s3cret",
            "",
        ] {
            let error = GitUrl::parse(text).unwrap_err();
            assert_eq!(error.reason(), crate::reason::INVALID_CONFIGURATION, "{text}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
