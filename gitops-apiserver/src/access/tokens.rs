//! Bearer tokens.

use super::User;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Who has which bearer token.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<BTreeMap<String, User>>);

impl Tokens {
    /// Gives a user a token.
    pub(crate) fn add(&self, token: &str, user: User) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned(), user);
    }

    /// Who has this token.
    pub(crate) fn user(&self, token: &str) -> Option<User> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }
}

impl fmt::Debug for Tokens {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}
