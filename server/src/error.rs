//! What can go wrong between a person and the engine, and how a shell and a REST client are told.

use crate::control::Refusal;
use std::io;
use std::path::{Path, PathBuf};

/// The server's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that a command or a request fails at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] pulse_engine::Error),
    /// A connector refused or failed.
    #[error(transparent)]
    Connector(#[from] pulse_connectors::Error),
    /// What was asked for makes no sense as it stands.
    #[error("{0}")]
    Usage(String),
    /// The command did its work, and found the data wanting.
    #[error("{0}")]
    Data(String),
    /// A file cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// `read`, `write`, `create`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The settings file cannot be used.
    #[error("{}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and why, and what would be right.
        reason: String,
    },
    /// The server cannot listen where it should.
    #[error("cannot listen on {address}: {source}; another program may use that port: choose one with {option}")]
    Listen {
        /// What says which port.
        option: &'static str,
        /// The address.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Writing the answer failed.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
    /// The answer could not be put into the format asked for.
    #[error("cannot write the answer in this format: {0}")]
    Encode(#[from] arrow::error::ArrowError),
    /// The answer could not be put into Parquet.
    #[error("cannot write the answer as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The control database does not answer.
    #[error("the control database does not answer: {0}; Pulse goes on by itself when it does")]
    DatabaseAway(String),
    /// The process was asked to end, and wishes for no more requests.
    #[error("this process is to end: ask another")]
    Leaving,
    /// The control database refused a statement of ours, or holds what we did not put there.
    #[error("the control database: {0}")]
    Database(String),
    /// The control database's schema is not one that this version knows.
    #[error("the control database's schema cannot be brought up to date: {0}; was it made by a newer version?")]
    Schema(String),
    /// What was asked for is not done as things stand.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Address and password are not those of one person.
    #[error("this e-mail address and password do not match")]
    WrongPassword,
    /// Where a connection reads cannot be read.
    #[error("the connection cannot be read: {0}")]
    Unread(String),
    /// A hook was called without its secret.
    #[error(
        "this is no hook, or not called with its secret: sign the body in `X-Hub-Signature-256`, or send the secret as bearer token"
    )]
    WrongSecret,
    /// There were too many tries to sign in.
    #[error("there were too many tries to sign in: try again in {seconds} s")]
    TooManyTries {
        /// How long to wait.
        seconds: i64,
    },
    /// As many of a tenant's queries wait for their turn as may.
    #[error("{running} queries of this tenant run, and {waiting} wait for their turn, which is as many as may: yours would be number {}. Ask again in {seconds} s", .waiting + 1)]
    TooManyQueries {
        /// How many run.
        running: usize,
        /// How many wait.
        waiting: usize,
        /// How long it took somebody to come to the head of the queue.
        seconds: i64,
    },
    /// As much is kept of what a tenant's queries came to as may.
    #[error("{0}: remove one by `DELETE /api/v1/queries/{{id}}`, or wait until one has been kept for long enough")]
    TooManyResults(String),
    /// A query was stopped.
    #[error("the query was stopped, by whoever asked or by an admin")]
    Stopped,
    /// Whoever asked a query may not ask any more.
    #[error(
        "the query was ended, since whoever asked may not ask it any more: their session or token is over, they are no member of the tenant now, or they may do or see less than they did"
    )]
    ShutOut,
    /// Nobody read on in the answer of a query, whose turn others waited for.
    #[error(
        "nobody read on in the answer while others waited for their turn, so the query was ended: read it without long pauses, ask for fewer rows, or have them kept by `\"mode\": \"async\"` of `POST /api/v1/sql`"
    )]
    LeftUnread,
    /// As many follow a tenant's events as may.
    #[error("{most} follow this tenant's events here already: end some, or come back later")]
    TooManyFollowers {
        /// How many may.
        most: usize,
    },
    /// Somebody who is known belongs nowhere, or not there.
    #[error("you belong to no tenant of that name that is open: ask its admin for an invitation")]
    NoTenant,
    /// A session ended, or was never there.
    #[error("this session is over: sign in again")]
    SessionOver,
    /// An identity provider cannot be asked, or does not vouch for somebody.
    #[error("the identity provider `{name}` does not let you in: {why}")]
    Provider {
        /// The provider.
        name: String,
        /// What it said, or failed at.
        why: String,
    },
    /// A report cannot be set.
    #[error("the report cannot be set: {0}")]
    Unset(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes, so no secret can be made")]
    NoRandomness,
    /// What is sealed does not open.
    #[error(
        "a sealed secret does not open with the vault's key: put the key back that sealed it, as a further line of the key file"
    )]
    Sealed,
    /// A token cannot be signed.
    #[error("cannot sign: {0}")]
    Signing(String),
    /// Work of ours died.
    #[error("work that was begun died: {0}")]
    Died(#[from] tokio::task::JoinError),
    /// A server that this program asked refused or failed.
    #[error("{detail}")]
    Server {
        /// The kind of problem.
        code: String,
        /// What went wrong, and what to do.
        detail: String,
        /// Where in the statement: line and column, from 1.
        at: Option<(u64, u64)>,
    },
    /// A server that this program asked cannot be reached, or broke off.
    #[error("{0}")]
    Remote(String),
    /// JSON of ours could not be written or read.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}

/// An error with all that caused it, each said once: what transports say by themselves is that they failed.
pub(crate) fn whole(error: &dyn std::error::Error) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}

impl Error {
    pub(crate) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Error::File { doing, path: path.to_owned(), source }
    }

    /// The exit code of a command that ends with this error: 1 failed, 2 asked wrongly, 3 the data is wanting.
    pub fn exit_code(&self) -> u8 {
        use pulse_connectors::Error as Connector;
        use pulse_engine::Error as Engine;
        match self {
            Error::Usage(_) | Error::Config { .. } | Error::Refused(_) => 2,
            Error::Server { code, .. } => match code.as_str() {
                "no-data" => 3,
                "internal" | "busy" | "timed-out" | "stopped" | "database-away" | "too-many-queries" => 1,
                _ => 2,
            },
            Error::Engine(error) | Error::Connector(Connector::Engine(error)) => match error {
                Engine::Question(_) | Engine::Mistake(_) | Engine::Setting(_) | Engine::InvalidTenant { .. } => 2,
                Engine::InvalidLake { .. } | Engine::UnknownEntity { .. } => 2,
                Engine::UnknownTenant { .. } => 3,
                _ => 1,
            },
            Error::Connector(
                Connector::Setting(_) | Connector::NoBranch { .. } | Connector::AnotherRepository { .. },
            ) => 2,
            Error::Connector(
                Connector::NotARepository { .. }
                | Connector::Empty { .. }
                | Connector::Shallow { .. }
                | Connector::Object { .. }
                | Connector::References { .. }
                | Connector::NoDeployments { .. }
                | Connector::Pushed { .. },
            )
            | Error::Data(_) => 3,
            _ => 1,
        }
    }

    /// Whether whoever read our output has stopped reading: nothing to report, least of all to them.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        match self {
            Error::Output(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Error::Encode(arrow::error::ArrowError::IoError(_, error)) => error.kind() == io::ErrorKind::BrokenPipe,
            _ => false,
        }
    }
}
