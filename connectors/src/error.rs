//! What can go wrong while a source is read, each with where, why and what to do next.

use std::path::PathBuf;

/// The connectors' result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that a connector refuses or fails at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no repository at that place, nor above it.
    #[error(
        "{} is not a git repository, nor is any folder above it: name a folder that holds a clone, or a bare `*.git` folder",
        path.display()
    )]
    NotARepository {
        /// The path asked for.
        path: PathBuf,
    },
    /// A repository whose objects are named by SHA-256.
    #[error("{} uses SHA-256 object ids, which are not read yet: name a clone that uses SHA-1", path.display())]
    Sha256 {
        /// The path asked for.
        path: PathBuf,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}: {reason}; check that it exists and that this user may read it", path.display())]
    Unreadable {
        /// The path asked for.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A repository without a single commit.
    #[error("{} has no commits yet: there is nothing to measure until the first one is made", path.display())]
    Empty {
        /// The repository.
        path: PathBuf,
    },
    /// A clone whose history was cut off.
    #[error(
        "{} is a shallow clone, so the first deployments in it would seem to carry changes that they did not: fetch the rest with `git -C {} fetch --unshallow`, or accept the gap with `--allow-shallow`",
        path.display(),
        path.display()
    )]
    Shallow {
        /// The repository.
        path: PathBuf,
    },
    /// An object of the repository is missing or damaged.
    #[error(
        "{}: object {id} cannot be read: {reason}; `git -C {} fsck` lists what is damaged, a fresh clone repairs it",
        path.display(),
        path.display()
    )]
    Object {
        /// The repository.
        path: PathBuf,
        /// The object's id.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The references of a repository cannot be listed.
    #[error("{}: its branches and tags cannot be read: {reason}; `git -C {} fsck` may say more", path.display(), path.display())]
    References {
        /// The repository.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nothing in the repository stands for a deployment under the settings given.
    #[error("{}: {hint}", path.display())]
    NoDeployments {
        /// The repository.
        path: PathBuf,
        /// What there is, and how to define deployments.
        hint: String,
    },
    /// No branch has the name whose merges should be deployments.
    #[error("{}: no branch matches `{pattern}`; there are: {known}", path.display())]
    NoBranch {
        /// The repository.
        path: PathBuf,
        /// The pattern asked for.
        pattern: String,
        /// Some of the branches that there are.
        known: String,
    },
    /// A setting has a value that cannot be used.
    #[error("{0}")]
    Setting(String),
    /// What the last sync left behind is not what this connector writes.
    #[error(
        "{connection}: the cursor of the last sync cannot be read ({reason}): it was written by a newer version of Pulse"
    )]
    Cursor {
        /// The connection.
        connection: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The connection was read from another repository, which is still there.
    #[error(
        "{connection} was read from {} before, and {} is another repository: under the same name it would replace what was landed of the first; give it a name of its own with `--name` (setting `name`)",
        other.display(),
        path.display()
    )]
    AnotherRepository {
        /// The connection.
        connection: String,
        /// The repository asked for.
        path: PathBuf,
        /// The repository that the connection was read from.
        other: PathBuf,
    },
    /// The head of a pushed file makes the whole of it useless.
    #[error("{source_name}: {reason}")]
    Pushed {
        /// The file's name, or `standard input`.
        source_name: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] pulse_engine::Error),
    /// JSON that should be ours is not.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// A background task of ours died.
    #[error("reading stopped unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}
