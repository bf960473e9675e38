//! What a tenant's tools call things and what that is taken for: what people decide about it, and what that would change, tried before it is
//! done.

mod proposal;
mod tries;

pub use proposal::{Decision, Landed, Proposal, Resettled};
pub(crate) use tries::TRIALS;
pub use tries::{Tries, told};

/// The kind of job that tries a proposal.
pub const TRIAL: &str = "trial";
