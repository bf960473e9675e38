//! What can go wrong while a source is read, each with where, why and what to do next.

use std::path::PathBuf;
use std::time::Duration;

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
    /// A vendor's address that may not be asked.
    #[error("{url} cannot be asked: {reason}")]
    Address {
        /// The address, without what may be secret in it.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A vendor does not take a connection's credential.
    #[error("{vendor} does not take this connection's credential ({reason}): give it a new one")]
    Credential {
        /// Who.
        vendor: &'static str,
        /// What it said.
        reason: String,
    },
    /// A credential that a vendor gave in place of the last could not be kept, and is not used.
    #[error("the credential that {vendor} gave in place of the last could not be kept: {reason}; it is tried again")]
    Unkept {
        /// Who.
        vendor: &'static str,
        /// Why not.
        reason: String,
    },
    /// A hook was called by something else than its connection's vendor.
    #[error("this is no call of {connector}: {reason}")]
    Called {
        /// Whose call it should be.
        connector: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A vendor does not let this connection see what it is to read.
    #[error("{vendor} refuses: {reason}")]
    Refused {
        /// Who.
        vendor: &'static str,
        /// What it said, and what would help.
        reason: String,
    },
    /// A vendor lets nothing more be asked for a while. What was read by then is landed, and reading goes on from there.
    #[error("{vendor} asks to wait for {} seconds: {reason}", wait.as_secs())]
    Wait {
        /// Who.
        vendor: &'static str,
        /// For how long.
        wait: Duration,
        /// What it said.
        reason: String,
    },
    /// A vendor did not answer as it should, however often it was asked.
    #[error("{vendor} did not answer as it should: {reason}; it is tried again, and its status page may say more")]
    Vendor {
        /// Who.
        vendor: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// Some parts of a connection could not be read now; all others were.
    #[error("{connection}: {parts} could not be read, the first: {reason}; all else was, and these are tried again")]
    Incomplete {
        /// The connection.
        connection: String,
        /// How many.
        parts: usize,
        /// Why the first could not.
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
