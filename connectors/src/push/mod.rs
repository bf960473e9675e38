//! Rows of any core entity, pushed from a file or standard input: for what no connector reads yet.
//!
//! A file holds rows of one entity as NDJSON, CSV or Parquet; its columns are those of the entity in `docs/data-model.md`.
//!
//! - Times are RFC 3339 (`2026-11-23T10:00:00Z`), dates `2026-11-23`, booleans `true` and `false`. A list is a JSON array; in
//!   CSV it may also be parts between `;`. An empty CSV cell is no value.
//! - `id` and every column that ends in `_id` is a whole key when it has the form `connector:connection:native`, with two
//!   colons or more; any other text is a native id and is put behind `push:<name>:`. Nothing else is looked at.
//!   The `id` itself must be of this connection: a connection writes its own rows alone.
//! - A row with `deleted` set to true says that the thing of that `id` is gone.
//! - Blank text in `id` and in a column that ends in `_id` is no value; in one that is required it is missing.
//! - Of two rows with one `id`, the later counts, within a file and over files.
//!
//! An unknown entity or column in a header is an error before anything is landed. A bad row is landed as it came, is
//! reported with line, column and reason, and becomes a reject when it is mapped; the good rows around it count. A bad row goes by its `id` where one can be read, and
//! else by file and line: such a reject stands until a file of the same name is pushed for the entity in which that line is not bad.

mod connector;
mod csv;
mod decision;
mod lines;
mod mapper;
mod nameless;
mod ndjson;
mod parquet;
mod row;
mod source;

pub(crate) use connector::ENTRY;
pub use decision::{DECISIONS, decision};
pub use mapper::PushMapper;
pub use row::whole;
pub use source::{Format, Input, Problem, Problems, PushSource};

/// The connector's name, as in `raw/push`.
pub const CONNECTOR: &str = "push";
/// The connection's name when none is given.
pub const DEFAULT_NAME: &str = "file";
