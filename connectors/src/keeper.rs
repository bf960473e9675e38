//! Who keeps a credential that a vendor gives in place of the last.

use crate::Result;
use async_trait::async_trait;
use std::fmt;

/// Keeps the credential of one connection. Vendors whose tokens are renewed give a new credential with each, and take the last
/// for a few minutes more: what is not kept by then is lost.
#[async_trait]
pub trait Keeper: fmt::Debug + Send + Sync {
    /// The credential as it is kept now: somebody else may have renewed it meanwhile. None where there is none any more.
    ///
    /// # Errors
    /// [`Error::Unkept`](crate::Error::Unkept) when that cannot be told.
    async fn newest(&self) -> Result<Option<String>>;

    /// Keeps `new` where `old` is kept; where another is by now, that one stays. `new` is not used before this is done.
    ///
    /// # Errors
    /// [`Error::Unkept`](crate::Error::Unkept) when it is not kept.
    async fn keep(&self, old: &str, new: &str) -> Result<()>;
}
