//! Reads a pushed file, lands its rows, and keeps count of the bad ones.

use super::csv::Csv;
use super::nameless::{Nameless, Ranges};
use super::ndjson::Ndjson;
use super::parquet::Parquet;
use super::row::check;
use super::{CONNECTOR, DEFAULT_NAME};
use crate::source::{Outlet, Pages, Stop, blocking};
use crate::{Error, Result, Source};
use pulse_engine::Clock;
use pulse_engine::entities::{Entity, core};
use pulse_engine::land::{self, CURSOR, Cursors, Page, Payload};
use pulse_engine::map::Reject;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How a pushed file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated with a header, as RFC 4180 has it.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The format that a file's name tells: `.ndjson`, `.jsonl`, `.json`, `.csv`, `.parquet`.
    pub fn of(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }
}

impl std::str::FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" | "json" => Ok(Self::Ndjson),
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            other => Err(Error::Setting(format!("`{other}` is not a format to push: use ndjson, csv or parquet"))),
        }
    }
}

/// Where the rows come from.
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Anything that can be read once. Parquet is kept in memory whole, since it is read from its end.
    Stream {
        /// What it is called in messages, such as `standard input`.
        name: String,
        /// The bytes.
        reader: Box<dyn BufRead + Send>,
    },
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Input").field(&self.name()).finish()
    }
}

impl Input {
    pub(super) fn name(&self) -> String {
        match self {
            Input::File(path) => path.display().to_string(),
            Input::Stream { name, .. } => name.clone(),
        }
    }

    pub(super) fn reader(self) -> Result<Box<dyn BufRead + Send>> {
        match self {
            Input::File(path) => {
                let file = std::fs::File::open(&path).map_err(|e| Error::Unreadable { path, reason: e.to_string() })?;
                Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
            }
            Input::Stream { reader, .. } => Ok(reader),
        }
    }
}

/// A row that was not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is counted: `line`, and for Parquet `row`.
    pub place: &'static str,
    /// Its number from 1.
    pub line: i64,
    /// The column at fault, when one is.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{} {}, column {column}: {}", self.place, self.line, self.reason),
            None => write!(f, "{} {}: {}", self.place, self.line, self.reason),
        }
    }
}

/// What was found while a file was pushed; filled as its pages are read.
#[derive(Clone, Debug, Default)]
pub struct Problems(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    rows: u64,
    bad: u64,
    first: Vec<Problem>,
}

impl Problems {
    /// How many problems are kept to be shown. All of them are in `core/rejects`.
    pub const SHOWN: usize = 100;

    /// How many rows were read, good and bad.
    pub fn rows(&self) -> u64 {
        self.found().rows
    }

    /// How many of them were bad.
    pub fn bad(&self) -> u64 {
        self.found().bad
    }

    /// The first of them.
    pub fn first(&self) -> Vec<Problem> {
        self.found().first.clone()
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, problem: Option<Problem>) {
        let mut found = self.found();
        found.rows += 1;
        if let Some(problem) = problem {
            found.bad += 1;
            if found.first.len() < Self::SHOWN {
                found.first.push(problem);
            }
        }
    }
}

/// A row as a format read it: an object, or the reason that there is none with what stood there.
pub(super) struct Candidate {
    pub(super) line: i64,
    pub(super) row: Result<Map<String, Json>, (Reject, String)>,
}

/// The body of a payload.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Body {
    pub(super) line: i64,
    /// The line was no row when a file of that name was pushed before, and is none of its bad lines now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) cleared: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<Map<String, Json>>,
    /// What stood on a line that is no row at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) raw: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// Rows of one entity, ready to be pushed.
pub struct PushSource {
    connection: String,
    entity: &'static Entity,
    format: Format,
    name: String,
    rows: Rows,
    problems: Problems,
}

impl std::fmt::Debug for PushSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushSource")
            .field("connection", &self.connection)
            .field("entity", &self.entity.name)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PushSource {
    /// Rows of `entity` under the connection `push:<name>`, `push:file` when no name is given.
    ///
    /// # Errors
    /// When there is no such entity, the name cannot be part of a key, or the file cannot be read or makes no sense from its
    /// head on.
    pub fn open(name: Option<&str>, entity: &str, format: Format, input: Input) -> Result<Self> {
        let name = name.unwrap_or(DEFAULT_NAME);
        if name.trim().is_empty() || name.contains(':') || name.chars().any(char::is_control) {
            return Err(Error::Setting(format!(
                "`{}` cannot be the name of a connection: use text without `:`",
                name.escape_default()
            )));
        }
        let entity = core(entity)?;
        if entity.name == "rejects" {
            return Err(Error::Setting("`rejects` are made by Pulse and cannot be pushed".to_owned()));
        }
        let (connection, problems) = (format!("{CONNECTOR}:{name}"), Problems::default());
        let name = input.name();
        Ok(Self { connection, entity, format, name, rows: Self::rows(entity, format, input)?, problems })
    }

    /// Where the bad rows are told while the pages are read.
    pub fn problems(&self) -> Problems {
        self.problems.clone()
    }

    fn rows(entity: &'static Entity, format: Format, input: Input) -> Result<Rows> {
        Ok(match format {
            Format::Ndjson => Box::new(Ndjson::new(input)?),
            Format::Csv => Box::new(Csv::new(entity, input)?),
            Format::Parquet => Box::new(Parquet::new(entity, input)?),
        })
    }
}

/// Rows as a format reads them. An error is one of the file, not of a row.
pub(super) type Rows = Box<dyn Iterator<Item = Result<Candidate>> + Send>;

/// Rows, and bytes of their bodies, on one page.
const ROWS: usize = 20_000;
const BYTES: usize = 8 * 1024 * 1024;

impl Source for PushSource {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn connection(&self) -> &str {
        &self.connection
    }

    fn settings(&self, _: &Cursors) -> Json {
        Json::Object(Map::new())
    }

    /// All rows, whatever the cursor: a file has no memory. Pushing one twice changes nothing. The cursor remembers only which
    /// lines were no rows, so that they are not held against a file that was repaired.
    fn pages(self: Box<Self>, cursors: Cursors, clock: Clock) -> Pages {
        blocking(move |outlet| {
            let old: Nameless = crate::source::cursor(&cursors, CURSOR, &self.connection)?;
            self.run(outlet, old, clock)
        })
    }
}

impl PushSource {
    fn run(self, outlet: &Outlet, old: Nameless, clock: Clock) -> Result<(), Stop> {
        let Self { entity, name, connection, rows, problems, .. } = self;
        let place = if self.format == Format::Parquet { "row" } else { "line" };
        let now = clock.now();
        let file = format!("{}/{name}", entity.name);
        let before = old.of(&file).to_vec();
        // Until the last page what was bad before counts beside what is now: a push that is killed forgets neither.
        let mut lines = Ranges::default();
        let mut page = Filling::default();
        let mut moment = now;
        for found in rows {
            let found = found?;
            let line = found.line;
            let (key, body, reject) = match found.row {
                Ok(row) => {
                    let reject = check(entity, &row, &connection).err();
                    let id = row.get("id").and_then(Json::as_str).filter(|id| !id.trim().is_empty()).map(str::to_owned);
                    (id, Body { line, row: Some(row), ..Body::default() }, reject)
                }
                Err((reject, raw)) => {
                    let (field, reason) = (reject.field.clone(), Some(reject.reason.clone()));
                    (None, Body { line, raw: Some(raw), field, reason, ..Body::default() }, Some(reject))
                }
            };
            problems.count(reject.map(|r| Problem { place, line, column: r.field, reason: r.reason }));
            let key = key.unwrap_or_else(|| {
                lines.add(line);
                format!("{name}#{line}")
            });
            // Every row is a moment later than the one before, so that of two rows with one id the later counts.
            if page.add(entity.name, key, moment, &body)? {
                let cursor = old.with(&file, before.iter().chain(lines.all()).copied());
                outlet.send(page.take(cursor.changed(&old)?))?;
            }
            moment += 1;
        }
        for line in before.iter().flat_map(|(first, last)| *first..=*last).filter(|line| !lines.has(*line)) {
            let body = Body { line, cleared: true, ..Body::default() };
            if page.add(entity.name, format!("{name}#{line}"), moment, &body)? {
                outlet.send(page.take(None))?;
            }
            moment += 1;
        }
        let cursor = old.with(&file, lines.all().iter().copied()).changed(&old)?;
        if page.is_empty() && cursor.is_none() { Ok(()) } else { outlet.send(page.take(cursor)) }
    }
}

/// A page that is being filled.
#[derive(Default)]
struct Filling {
    page: Page,
    bytes: usize,
}

impl Filling {
    /// Adds a row; true when the page is full.
    fn add(&mut self, stream: &str, key: String, observed_at: i64, body: &Body) -> Result<bool> {
        let body = serde_json::to_string(body)?;
        self.bytes += body.len();
        self.page.payloads.push(Payload { stream: stream.to_owned(), key, observed_at, body });
        Ok(self.page.payloads.len() >= ROWS || self.bytes >= BYTES)
    }

    fn is_empty(&self) -> bool {
        self.page.payloads.is_empty()
    }

    fn take(&mut self, cursor: Option<String>) -> Page {
        self.bytes = 0;
        Page { cursors: land::only(cursor), ..std::mem::take(&mut self.page) }
    }
}
