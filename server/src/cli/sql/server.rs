//! A server that answers questions, as whoever the token is of.

use super::sink::{Rows, Sink};
use crate::error::whole;
use crate::output::Format;
use crate::secret::Secret;
use crate::{Error, Result};
use arrow::buffer::Buffer;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use parking_lot::Mutex;
use pulse_engine::session::{Listed, ListedColumn, ListedSchema};
use reqwest::header::ACCEPT;
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How long it may take to reach it. How long an answer takes is for the server to say.
const CONNECTS: Duration = Duration::from_secs(10);
/// How many bytes of something that is no answer of Pulse's are looked at.
const MOST_ELSE: usize = 64 << 10;

/// A server.
pub(super) struct Server {
    http: Client,
    url: Url,
    token: Secret,
    /// The query that it answers, once that is known.
    query: Mutex<Option<String>>,
}

impl Server {
    /// The one at that address, with the token in a file, or else in the environment's `PULSE_TOKEN`.
    pub(super) fn new(url: &Url, token_file: Option<&Path>) -> Result<Self> {
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || url.query().is_some() {
            return Err(Error::Usage(format!(
                "`{url}` is no address of a server: it should be like https://pulse.example.com"
            )));
        }
        let token = match token_file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| Error::file("read", path, error))?,
            None => std::env::var("PULSE_TOKEN").map_err(|_| {
                Error::Usage(
                    "a server asks who you are: put a token into PULSE_TOKEN, or its file into --token-file".into(),
                )
            })?,
        };
        // A token that is sent on to another host would be known there.
        let http = Client::builder().redirect(redirect::Policy::none()).connect_timeout(CONNECTS).build();
        let http = http.map_err(|error| unreached(url, &error))?;
        Ok(Self { http, url: url.clone(), token: Secret::kept(token.trim().to_owned()), query: Mutex::new(None) })
    }

    /// A request for an address of the API, such as `sql`.
    fn asks(&self, method: Method, parts: &[&str]) -> RequestBuilder {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1"]).extend(parts);
        }
        self.http.request(method, url).bearer_auth(self.token.tell())
    }

    async fn answered(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|error| unreached(&self.url, &error))?;
        if response.status().is_success() { Ok(response) } else { Err(refused(response).await) }
    }

    pub(super) async fn listing(&self) -> Result<Vec<ListedSchema>> {
        let mut response = self.answered(self.asks(Method::GET, &["catalog"])).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| broke(&error))? {
            bytes.extend(piece);
        }
        let catalog: Catalog = serde_json::from_slice(&bytes)?;
        Ok(catalog.schemas.into_iter().map(ListedSchema::from).collect())
    }

    /// Writes an answer. Of a table the rows come as Arrow, and are set here; every other format is written as it comes.
    pub(super) async fn answer(&self, sql: &str, params: Option<&Value>, format: Format, sink: Sink<'_>) -> Result<()> {
        let accept = if format == Format::Table { Format::Arrow } else { format };
        let shape: &[(&str, &str)] = if format == Format::JsonColumns { &[("shape", "columns")] } else { &[] };
        let request = self.asks(Method::POST, &["sql"]).query(shape).header(ACCEPT, accept.media_type());
        *self.query.lock() = None;
        let response = self.answered(request.json(&json!({ "sql": sql, "params": params }))).await?;
        let id = response.headers().get("pulse-query").and_then(|id| id.to_str().ok());
        *self.query.lock() = id.map(str::to_owned);
        let done = if format == Format::Table { table(response, sink).await } else { copied(response, sink).await };
        *self.query.lock() = None;
        done
    }

    /// Stops the query whose answer was coming. One that has not begun to answer ends with its connection.
    pub(super) async fn stop(&self) -> Result<()> {
        let Some(id) = self.query.lock().take() else { return Ok(()) };
        match self.answered(self.asks(Method::DELETE, &["queries", &id])).await {
            Ok(_) => Ok(()),
            // It came to its end just then.
            Err(Error::Server { code, .. }) if code == "not-found" => Ok(()),
            Err(error) => Err(error),
        }
    }
}

async fn copied(mut response: Response, mut sink: Sink<'_>) -> Result<()> {
    while let Some(piece) = response.chunk().await.map_err(|error| broke(&error))? {
        sink.write(&piece)?;
    }
    sink.end()
}

/// Sets a table of an Arrow stream, of which no more is read than it shows.
async fn table(mut response: Response, sink: Sink<'_>) -> Result<()> {
    let (mut decoder, mut sink, mut rows) = (StreamDecoder::new(), Some(sink), None);
    'pieces: while let Some(piece) = response.chunk().await.map_err(|error| broke(&error))? {
        let mut piece = Buffer::from(piece);
        while !piece.is_empty() {
            let batch = decoder.decode(&mut piece).map_err(|error| unread(&error))?;
            if let Some(schema) = decoder.schema()
                && let Some(sink) = sink.take()
            {
                rows = Some(Rows::new(sink, Format::Table, &schema)?);
            }
            if let (Some(batch), Some(rows)) = (batch, &mut rows)
                && rows.write(&batch)?
            {
                break 'pieces;
            }
        }
    }
    match rows {
        Some(rows) => rows.end(),
        None => Err(Error::Remote("the server's answer has no columns: is this its address?".to_owned())),
    }
}

fn unread(error: &ArrowError) -> Error {
    Error::Remote(format!("the server's answer cannot be read: {error}"))
}

fn unreached(url: &Url, error: &reqwest::Error) -> Error {
    Error::Remote(format!("{url} cannot be reached: {}", whole(error)))
}

fn broke(error: &reqwest::Error) -> Error {
    Error::Remote(format!("the answer broke off: {}; `pulse sql` can be run again", whole(error)))
}

/// Why a server did not answer.
async fn refused(mut response: Response) -> Error {
    let status = response.status();
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        bytes.extend(piece);
        if bytes.len() > MOST_ELSE {
            break;
        }
    }
    match serde_json::from_slice::<Told>(&bytes) {
        Ok(Told { code, detail, line, column, suggestion }) => {
            let meant = suggestion.map(|name| format!(" (was `{name}` meant?)")).unwrap_or_default();
            Error::Server { code, detail: detail + &meant, at: line.zip(column) }
        }
        Err(_) => Error::Remote(format!("the server answered {status}, and not as Pulse does: is this its address?")),
    }
}

/// A problem, as far as it is told on.
#[derive(Deserialize)]
struct Told {
    code: String,
    detail: String,
    line: Option<u64>,
    column: Option<u64>,
    suggestion: Option<String>,
}

#[derive(Deserialize)]
struct Catalog {
    schemas: Vec<Schema>,
}

#[derive(Deserialize)]
struct Schema {
    name: String,
    about: String,
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    name: String,
    kind: String,
    about: String,
    rows: Option<u64>,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    r#type: String,
    nullable: bool,
    about: String,
}

impl From<Schema> for ListedSchema {
    fn from(Schema { name, about, tables }: Schema) -> Self {
        Self { name, about, tables: tables.into_iter().map(Listed::from).collect() }
    }
}

impl From<Table> for Listed {
    fn from(Table { name, kind, about, rows, columns }: Table) -> Self {
        let column = |Column { name, r#type, nullable, about }| ListedColumn { name, kind: r#type, nullable, about };
        Self { name, is_view: kind == "view", about, rows, columns: columns.into_iter().map(column).collect() }
    }
}
