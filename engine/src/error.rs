//! What can go wrong, each with where, why and what to do next.

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that the engine refuses or fails at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tenant's name is not of the allowed form.
    #[error(
        "`{name}` is not a tenant name: use 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit"
    )]
    InvalidTenant {
        /// The name, escaped for printing.
        name: String,
    },
    /// The lake holds nothing for this tenant.
    #[error("no tenant `{tenant}` in this lake: sync a source into it first, for example `pulse sync PATH`")]
    UnknownTenant {
        /// The tenant asked for.
        tenant: String,
    },
    /// The lake's address cannot be used.
    #[error("cannot open the lake at {url}: {reason}")]
    InvalidLake {
        /// The address, without credentials.
        url: String,
        /// Why, and what an address looks like.
        reason: String,
    },
    /// A stored table is not what its declaration says.
    #[error("table {table}: {reason}")]
    Table {
        /// `core/commits`, for example.
        table: String,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// No entity of that name is declared.
    #[error("no entity `{name}`; there are: {known}")]
    UnknownEntity {
        /// The name asked for.
        name: String,
        /// The declared names.
        known: String,
    },
    /// Other writers won every race for the next version of a table.
    #[error(
        "table {table}: other writers kept committing first ({attempts} attempts); run the step again, it resumes where it stood"
    )]
    Contended {
        /// The table.
        table: String,
        /// How often it was tried.
        attempts: usize,
    },
    /// Another run of the same step committed first.
    #[error(
        "table {table}: another run of this step was first, and what this one worked out is out of date; run the step again"
    )]
    Overtaken {
        /// The table.
        table: String,
    },
    /// Whoever writes was given up, and somebody else does their work.
    #[error("table {table}: whoever does this was given up, as it showed no sign of life, and another does it")]
    ShutOut {
        /// The table.
        table: String,
    },
    /// A metric or query was asked for that cannot be answered as it stands.
    #[error("{0}")]
    Question(String),
    /// A statement has a mistake, and it is known where.
    #[error("{0}")]
    Mistake(Box<crate::session::Mistake>),
    /// A setting has a value that cannot be used.
    #[error("{0}")]
    Setting(String),
    /// A query ran longer than its time limit.
    #[error("the query was stopped after its time limit of {seconds} s: narrow the period, or ask for less at once")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The process has no memory, or no place, for one more query right now.
    #[error("{0}")]
    Busy(String),
    /// There is no room left where the lake is kept.
    #[error(
        "the disk is full: what was committed before stays, and nothing is half written. Free some room where the lake or temporary files are, and run this again ({0})"
    )]
    Full(String),
    /// The object store does not do what it is asked for.
    #[error("the lake's object store: {why}")]
    StoreAway {
        /// Why, in words of ours: what the store says may quote what it was asked with.
        why: &'static str,
    },
    /// The object store failed.
    #[error("object store: {0}")]
    Store(object_store::Error),
    /// The Delta log refused or failed.
    #[error("the log of a table: {}; where that stays so, `pulse lake verify` tells which table it is", without_frames(.0))]
    Delta(deltalake::DeltaTableError),
    /// Planning or running a query failed.
    #[error("query: {}", crate::session::bare(.0))]
    Query(datafusion::error::DataFusionError),
    /// Columns did not have the shape that they should.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A Parquet file could not be read or written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A frame operation failed.
    #[error("frame: {0}")]
    Frame(#[from] polars::error::PolarsError),
    /// JSON that should be ours is not.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// A background task of ours died.
    #[error("a background task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// What an error says, without the frames of the program that the Delta kernel puts behind it where `RUST_BACKTRACE` is set.
pub(crate) fn without_frames(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let is_frame = |line: &str| {
        let place = line.trim_start();
        let numbered = place.split_once(": ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
        place.len() < line.len() && (numbered || place.starts_with("at "))
    };
    text.lines().filter(|line| !is_frame(line)).collect::<Vec<_>>().join("\n")
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        if is_full(&error) { Error::Full(error.to_string()) } else { Error::Store(error) }
    }
}

impl From<deltalake::DeltaTableError> for Error {
    fn from(error: deltalake::DeltaTableError) -> Self {
        if is_full(&error) { Error::Full(error.to_string()) } else { Error::Delta(error) }
    }
}

impl From<datafusion::error::DataFusionError> for Error {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        if is_full(&error) { Error::Full(error.to_string()) } else { Error::Query(error) }
    }
}

/// Whether a full disk is at the bottom of it.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |e| e.source());
    causes
        .filter_map(|e| e.downcast_ref::<std::io::Error>())
        .any(|e| matches!(e.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_without_the_frames_of_the_program() {
        let text = "bad log\nof version 3: 7\n   0: std::backtrace::Backtrace::create\n             at /rustc/x.rs:331:13\n  12: main\nthe end";
        assert_eq!(without_frames(&text), "bad log\nof version 3: 7\nthe end");
    }

    #[test]
    fn a_full_disk_is_told_as_such_however_deep_it_lies() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let store = object_store::Error::Generic { store: "local", source: Box::new(full()) };
        assert!(matches!(Error::from(store), Error::Full(_)));
        let store = object_store::Error::Generic { store: "local", source: Box::new(full()) };
        assert!(matches!(Error::from(deltalake::DeltaTableError::ObjectStore { source: store }), Error::Full(_)));
        // As it comes through what writes an object piece by piece.
        let store = object_store::Error::Generic { store: "local", source: Box::new(full()) };
        let pieces = object_store::Error::Generic { store: "backup", source: Box::new(std::io::Error::from(store)) };
        assert!(matches!(Error::from(pieces), Error::Full(_)));
        let spill = datafusion::error::DataFusionError::IoError(full());
        assert!(matches!(Error::from(spill), Error::Full(_)));
        let other = object_store::Error::Generic { store: "local", source: "other".into() };
        assert!(matches!(Error::from(other), Error::Store(_)));
    }
}
