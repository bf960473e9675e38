//! Who asks, and what they may do.
//!
//! A person signs in and gets an access token that lives for minutes, and a refresh token that renews it; a program sends an
//! API token. Either names a session or token of the control database, which says on each request whose it is and what they
//! may do: the token itself carries no authority that could grow old.

mod access;
mod gate;
pub(crate) mod password;
mod permission;
mod signer;
mod sso;
mod vault;

pub use access::{Access, Grant};
pub use gate::{Credential, Principal, Who};
pub use permission::{BUILT_IN, BuiltIn, OWNER, Permission, Permissions, built_in};
pub use signer::{Claims, Signer};
pub(crate) use sso::AWAY;
pub use sso::{Away, SingleSignOn};
pub use vault::Vault;
pub(crate) use vault::purpose;
