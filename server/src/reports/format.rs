//! What files a report is written as.

use super::look::Look;
use super::paper::Paper;
use super::{html, pdf, rows, xlsx};
use crate::output;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::io::{Seek, Write};
use utoipa::ToSchema;

/// What a report is written as.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Pages.
    Pdf,
    /// A workbook.
    Xlsx,
    /// A page that mail programs show.
    Html,
    /// Plain text, which stands beside that.
    Text,
    /// Comma-separated values: one table, or an archive (ZIP) of all.
    Csv,
    /// A picture of its headline and its first figures, as chats and mails show one.
    Png,
    /// Everything, for programs.
    Json,
    /// Parquet: one table, or an archive (ZIP) of all.
    Parquet,
}

impl FileFormat {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            FileFormat::Pdf => "pdf",
            FileFormat::Xlsx => "xlsx",
            FileFormat::Html => "html",
            FileFormat::Text => "text",
            FileFormat::Csv => "csv",
            FileFormat::Png => "png",
            FileFormat::Json => "json",
            FileFormat::Parquet => "parquet",
        }
    }

    /// What the file's name ends with.
    pub fn ending(self, table: Option<&str>) -> &'static str {
        match self {
            _ if self.is_archive(table) => "zip",
            FileFormat::Text => "txt",
            other => other.name(),
        }
    }

    /// The file's media type.
    pub fn media_type(self, table: Option<&str>) -> &'static str {
        match self {
            _ if self.is_archive(table) => "application/zip",
            FileFormat::Pdf => "application/pdf",
            FileFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileFormat::Html => "text/html; charset=utf-8",
            FileFormat::Text => "text/plain; charset=utf-8",
            FileFormat::Png => "image/png",
            FileFormat::Csv => output::Format::Csv.media_type(),
            FileFormat::Json => output::Format::Json.media_type(),
            FileFormat::Parquet => output::Format::Parquet.media_type(),
        }
    }

    /// Whether it is written as several files in one.
    fn is_archive(self, table: Option<&str>) -> bool {
        matches!(self, FileFormat::Csv | FileFormat::Parquet) && table.is_none()
    }

    /// Writes a report; of the formats of rows, one table when it is named. It takes a processor for a while.
    ///
    /// # Errors
    /// [`Error::Usage`] when the report has no table of that name, or the format has no tables; when writing fails.
    pub fn write(
        self,
        paper: &Paper,
        look: &Look,
        table: Option<&str>,
        out: &mut (impl Write + Seek + Send),
    ) -> Result<()> {
        let of_rows = match self {
            FileFormat::Csv => Some(output::Format::Csv),
            FileFormat::Parquet => Some(output::Format::Parquet),
            _ => None,
        };
        let bytes = match (self, of_rows, table) {
            (_, Some(format), Some(table)) => return rows::one(paper, table, format, out),
            (_, Some(format), None) => return rows::archive(paper, format, out),
            (_, None, Some(_)) => return Err(Error::Usage("one table alone is for csv and parquet".to_owned())),
            (FileFormat::Xlsx, ..) => return xlsx::xlsx(paper, look, out),
            (FileFormat::Json, ..) => return Ok(serde_json::to_writer_pretty(out, paper)?),
            (FileFormat::Html, ..) => html::html(paper, look).into_bytes(),
            (FileFormat::Text, ..) => html::text(paper).into_bytes(),
            (FileFormat::Png, ..) => pdf::png(paper, look)?,
            (FileFormat::Pdf | FileFormat::Csv | FileFormat::Parquet, ..) => pdf::pdf(paper, look)?,
        };
        Ok(out.write_all(&bytes)?)
    }
}
