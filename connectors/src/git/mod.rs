//! A git repository on disk: its commits, its tags, and the deployments that they stand for.
//!
//! Nothing is shelled out and no network is needed; objects are read through `gix`. What is landed, stream by stream:
//!
//! | stream | key | payload |
//! |---|---|---|
//! | `repository` | `repository` | its name, where people open it, its default branch and the commit that this stands at |
//! | `commits` | sha | parents, people after the mailmap, times with zones, title, and what the message names |
//! | `commit_files` | sha | the files changed against the first parent with line counts, when asked for |
//! | `identities` | address | one for each author and committer |
//! | `tags` | name | every tag, whatever the settings say: the mapper decides which are deployments |
//! | `branches` | reference | the commit that each local and remote branch stands at |
//! | `merges` | sha | the first-parent merges of one branch, when asked for |
//!
//! A tag, branch or merge that is gone is landed as `{"deleted":true}`.
//!
//! A second sync reads new objects only: commits are walked from the tips that there are to the heads that were landed.
//! Commits are landed after their parents, so what stands landed is closed under ancestry at every page, and the heads of
//! it are the cursor; a first sync that was killed goes on where it stood.

mod commit;
mod connector;
mod cursor;
mod files;
mod mapper;
mod merges;
mod payload;
mod read;
mod refs;
mod repository;
mod settings;
mod suggest;
mod walk;
mod worker;

pub(crate) use connector::ENTRY;
pub use mapper::GitMapper;
pub use pulse_engine::Pattern;
pub use repository::{GitSource, Repository};
pub use settings::{Deployments, GitSettings};
pub use suggest::{Candidate, Suggestion, no_deployments, suggest};

/// The connector's name, as in `raw/git`.
pub const CONNECTOR: &str = "git";
