//! What of a connection could not be mapped.

use crate::control::Connection;
use crate::{Result, report};
use pulse_engine::session::Session;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many kinds are listed, the most frequent first.
const KINDS: usize = 50;

/// What could not be mapped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Rejects {
    /// How many payloads, those of all kinds.
    pub total: u64,
    /// The fifty most frequent kinds, the most frequent first.
    pub kinds: Vec<Kind>,
    #[serde(skip)]
    by_stream: Vec<(String, u64)>,
}

/// Payloads of one stream that could not be mapped for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Kind {
    /// The stream; `problems` is what could not even be read.
    pub stream: String,
    /// The field at fault, when one is.
    pub field: Option<String>,
    /// What is wrong, and what to do.
    pub reason: String,
    /// How many.
    pub n: u64,
    /// Keys of one or two of them.
    pub examples: Vec<String>,
}

impl Rejects {
    /// Those of a connection; `None` for whoever does not see everything.
    pub(super) async fn of(session: &Session, connection: &Connection) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Row {
            connection: String,
            stream: String,
            field: Option<String>,
            reason: String,
            n: u64,
            first_key: Option<String>,
            last_key: Option<String>,
        }
        if !session.has_table("core", "rejects") {
            return Ok(None);
        }
        let rows: Vec<Row> = report::rows(session, include_str!("../../../sql/connections/rejects.sql")).await?;
        let mut all = Self::default();
        for row in rows.into_iter().filter(|row| row.connection == connection.id()) {
            all.total += row.n;
            match all.by_stream.iter_mut().find(|(stream, _)| *stream == row.stream) {
                Some((_, n)) => *n += row.n,
                None => all.by_stream.push((row.stream.clone(), row.n)),
            }
            if all.kinds.len() < KINDS {
                let mut examples: Vec<String> = row.first_key.into_iter().chain(row.last_key).collect();
                examples.dedup();
                all.kinds.push(Kind { stream: row.stream, field: row.field, reason: row.reason, n: row.n, examples });
            }
        }
        Ok(Some(all))
    }

    /// How many there are of a stream.
    pub(super) fn of_stream(&self, stream: &str) -> u64 {
        self.by_stream.iter().find(|(named, _)| named == stream).map_or(0, |(_, n)| *n)
    }
}
