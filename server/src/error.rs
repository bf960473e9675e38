//! What can go wrong between a person and the engine, and how a shell and a REST client are told.

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
    #[error("cannot listen on {address}: {source}; another program may use that port: choose one with --port")]
    Listen {
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
    /// JSON of ours could not be written or read.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
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
            Error::Usage(_) | Error::Config { .. } => 2,
            Error::Engine(error) | Error::Connector(Connector::Engine(error)) => match error {
                Engine::Question(_) | Engine::Setting(_) | Engine::InvalidTenant { .. } => 2,
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
