//! Wrappers that implement the stage traits they wrap.
//!
//! [`LayerExt`] puts them on with a word each. **The last call written is the outermost**: in
//!
//! ```
//! # use gitops_core::{env::Env, layer::{LayerExt, Retries}, stage::Source};
//! # use std::time::Duration;
//! # fn wrap(source: impl Source, env: &Env) -> impl Source {
//! source
//!     .timeout(Duration::from_secs(30), env)
//!     .retried("source", Retries::default(), env)
//!     .limited(4)
//!     .traced("source")
//! # }
//! ```
//!
//! each try has thirty seconds of its own, all tries together take one place of the four, and the
//! span covers the waiting too. Written the other way round, the timeout would cover all tries.
//!
//! A wrapper never changes what goes through it. [`Retried`] exists for reading stages only: a
//! write whose answer was lost is observed again by the next pass, never repeated blindly.

mod limited;
mod retried;
mod timeout;
mod traced;

pub use limited::{Limit, Limited};
pub use retried::{Retried, Retries};
pub use timeout::Timeout;
pub use traced::Traced;

use crate::env::Env;
use std::time::Duration;

/// Puts layers on stages. See the [module](self) for their order.
pub trait LayerExt: Sized {
    /// Gives every call this long, on the clock of `env`. See [`Timeout`].
    fn timeout(self, limit: Duration, env: &Env) -> Timeout<Self> {
        Timeout::new(self, limit, env)
    }

    /// Lets no more calls run at once than this: a number, or a [`Limit`] shared with others.
    /// See [`Limited`].
    fn limited(self, limit: impl Into<Limit>) -> Limited<Self> {
        Limited::new(self, limit.into())
    }

    /// Opens a span of [`tracing`] around every call, with this name in it. See [`Traced`].
    fn traced(self, name: impl Into<String>) -> Traced<Self> {
        Traced::new(self, name.into())
    }

    /// Tries reads again. The name, such as the app's, picks the jitter: two of one name would
    /// retry in step. See [`Retried`].
    fn retried(self, name: &str, retries: Retries, env: &Env) -> Retried<Self> {
        Retried::new(self, name, retries, env)
    }
}

impl<S> LayerExt for S {}
