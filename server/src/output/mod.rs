//! Rows as people and programs want them: one encoder a format, fed batch by batch, the same for a file and for a response.

mod columns;
mod encoder;
mod guard;
mod plain;
mod table;
mod writable;

pub use encoder::Encoder;
pub use plain::plain;
pub use table::TABLE_ROWS;

use clap::ValueEnum;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table to read in a terminal
    Table,
    /// One JSON array of objects
    Json,
    /// One JSON object with an array for each column, in parts of some rows each
    JsonColumns,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// A Parquet file
    Parquet,
    /// An Arrow IPC stream
    Arrow,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Table => "text/plain; charset=utf-8",
            Format::Json | Format::JsonColumns => "application/json",
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv; charset=utf-8",
            Format::Parquet => "application/vnd.apache.parquet",
            Format::Arrow => "application/vnd.apache.arrow.stream",
        }
    }

    /// The format that an `Accept` header asks for: the one with the highest weight among those we write, the first of
    /// equals, JSON when anything goes. `None` when nothing that we write is acceptable.
    pub fn accepted(header: Option<&str>) -> Option<Self> {
        let Some(header) = header.filter(|h| !h.trim().is_empty()) else { return Some(Format::Json) };
        let mut best: Option<(f32, Format)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let format = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "*/*" | "application/*" | "application/json" => Format::Json,
                "application/x-ndjson" => Format::Ndjson,
                "text/csv" | "text/*" => Format::Csv,
                "application/vnd.apache.arrow.stream" => Format::Arrow,
                "application/vnd.apache.parquet" => Format::Parquet,
                _ => continue,
            };
            let weight = parts.find_map(|p| p.strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0);
            if weight > 0.0 && best.is_none_or(|(w, _)| weight > w) {
                best = Some((weight, format));
            }
        }
        best.map(|(_, format)| format)
    }

    /// Whether it is bytes that no terminal should be sent.
    pub fn is_binary(self) -> bool {
        matches!(self, Format::Parquet | Format::Arrow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_header_chooses_the_format() {
        assert_eq!(Format::accepted(None), Some(Format::Json));
        assert_eq!(Format::accepted(Some("*/*")), Some(Format::Json));
        assert_eq!(Format::accepted(Some("text/csv")), Some(Format::Csv));
        assert_eq!(Format::accepted(Some("text/html, application/x-ndjson;q=0.9, */*;q=0.1")), Some(Format::Ndjson));
        assert_eq!(Format::accepted(Some("Application/VND.apache.arrow.stream")), Some(Format::Arrow));
        assert_eq!(Format::accepted(Some("text/html")), None);
        assert_eq!(Format::accepted(Some("application/json;q=0")), None);
    }
}
