//! Bearer tokens.

use super::{
    User,
    accounts::{Claims, Key},
};
use crate::store::Store;
use gitops_core::env::Rng;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Who has which bearer token.
pub(crate) struct Tokens {
    users: Mutex<BTreeMap<String, User>>,
    /// What the tokens of service accounts are signed with.
    key: Key,
}

/// Who has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// Who.
    pub user: User,
    /// Those of the audiences that were asked for that the token is for.
    pub audiences: Vec<String>,
}

impl Tokens {
    /// Nobody has one.
    pub(crate) fn new(rng: Rng) -> Self {
        Tokens { users: Mutex::default(), key: Key::new(rng) }
    }

    /// Gives a user a token.
    pub(crate) fn add(&self, token: &str, user: User) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), user);
    }

    /// A token for a service account.
    ///
    /// # Errors
    /// As of [`Key::sign`].
    pub(crate) fn issue(&self, claims: &Claims) -> Result<String, serde_json::Error> {
        self.key.sign(claims)
    }

    /// Who has this token, for some audiences. `now`: time since 1970.
    ///
    /// # Errors
    /// Nobody, in the server's words.
    pub(crate) fn holder(
        &self,
        store: &Store,
        now: Duration,
        token: &str,
        audiences: &[String],
    ) -> Result<Authenticated, String> {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = users.get(token) {
            return Ok(Authenticated { user: user.clone(), audiences: audiences.to_vec() });
        }
        drop(users);
        let unknown = "invalid bearer token";
        let claims = self.key.open(token).ok_or(unknown)?;
        let holder = claims.and_then(|claims| claims.holder(store, now, audiences));
        holder.map_err(|why| format!("[{unknown}, {why}]"))
    }
}

impl fmt::Debug for Tokens {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}
