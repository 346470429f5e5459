//! Who asks.

use crate::error::Result;
use async_trait::async_trait;
use std::{fmt, path::PathBuf, sync::Arc};

/// A password or token. Its `Debug` shows nothing of it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<Arc<str>>) -> Self {
        Secret(secret.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Secret::new(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Secret::new(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is shown to the server to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// Nothing.
    Anonymous,
    /// `Authorization: Bearer …` over https.
    Bearer(Secret),
    /// User name and password over https. Most forges take a token as the password.
    Basic {
        /// The user name; some forges want a fixed word such as `x-access-token` with a token.
        username: String,
        /// The password or token.
        password: Secret,
    },
    /// A private key file for ssh, without a passphrase (nobody is there to type it).
    SshKey {
        /// Absolute path of the key file; it must be readable by the owner only, or ssh refuses it.
        private_key: PathBuf,
    },
}

impl Credential {
    /// A bearer token.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Credential::Bearer(token.into())
    }

    /// User name and password.
    pub fn basic(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Credential::Basic { username: username.into(), password: password.into() }
    }

    /// A private key file.
    pub fn ssh_key(private_key: impl Into<PathBuf>) -> Self {
        Credential::SshKey { private_key: private_key.into() }
    }
}

/// Where credentials come from. Asked before every attempt, so that a short-lived token can be
/// renewed by whoever implements this.
///
/// **Cancellation.** The future is dropped when the attempt's deadline passes.
///
/// ```
/// use gitops_core::{error::Result, source::git::{Credential, Credentials}};
///
/// /// A token that somebody else keeps fresh in a file.
/// #[derive(Debug)]
/// struct TokenFile(std::path::PathBuf);
///
/// #[gitops_core::async_trait]
/// impl Credentials for TokenFile {
///     async fn credential(&self) -> Result<Credential> {
///         Ok(match std::fs::read_to_string(&self.0) {
///             Ok(token) => Credential::bearer(token.trim()),
///             Err(_) => Credential::Anonymous,
///         })
///     }
/// }
/// ```
#[async_trait]
pub trait Credentials: Send + Sync + 'static {
    /// The credential for the attempt that is about to start.
    ///
    /// # Errors
    /// Any; it ends the attempt and is passed on as it is, so keep secrets out of it.
    async fn credential(&self) -> Result<Credential>;
}

#[async_trait]
impl Credentials for Credential {
    async fn credential(&self) -> Result<Credential> {
        Ok(self.clone())
    }
}
