//! The second step: new payloads of `raw/` become rows of `core/`.
//!
//! It reads the raw files that came since it last ran, maps them chunk by chunk, upserts what they became, and notes how
//! far it has come in `core/rejects`, last. Killed anywhere before that, it does the same work again to the same end: a
//! core row is decided by its payloads, not by when or how often they were mapped (see `lake::merge`).

mod aged;
mod chunk;
mod finished;
mod fold;
mod forgotten;
mod going;
mod items;
mod outlived;
mod run;

pub use aged::{Ends, forget_aged};
pub use forgotten::forget_connection;
pub use items::forget_items;
pub use outlived::forget;
pub use run::{MapReport, is_done, run};

use crate::entities::Entity;
use crate::lake::parts::MARK;
use crate::row::Row;
use std::any::Any;
use std::sync::{Arc, OnceLock};

/// What a mapper knows about the connection that a payload came through.
#[derive(Clone, Debug)]
pub struct Connection {
    /// `connector:name`, the first two parts of every key.
    pub id: String,
    settings: serde_json::Value,
    /// The settings in the mapper's own shape.
    read: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Connection {
    /// The connection of that id. Its settings are the newest, as the connector landed them; `Null` when it landed none.
    pub fn new(id: impl Into<String>, settings: serde_json::Value) -> Self {
        Self { id: id.into(), settings, read: OnceLock::new() }
    }

    /// The settings as they were landed.
    pub fn settings(&self) -> &serde_json::Value {
        &self.settings
    }

    /// The settings in the mapper's own shape, in which they are read once: every payload asks for them.
    ///
    /// # Errors
    /// What `read` says is wrong with them.
    pub fn settings_as<T: Any + Send + Sync, E>(
        &self,
        read: impl FnOnce(&serde_json::Value) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(known) = self.read.get().and_then(|known| known.clone().downcast::<T>().ok()) {
            return Ok(known);
        }
        let settings = Arc::new(read(&self.settings)?);
        self.read.get_or_init(|| settings.clone());
        Ok(settings)
    }
}

/// A payload as it stands in raw.
#[derive(Clone, Copy, Debug)]
pub struct RawPayload<'a> {
    /// The stream, in the connector's words.
    pub stream: &'a str,
    /// The vendor's id.
    pub key: &'a str,
    /// When it was read from the vendor, in microseconds since 1970.
    pub observed_at: i64,
    /// The payload, as JSON.
    pub body: &'a str,
}

/// Why a payload could not be mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// What is wrong, and what to do.
    pub reason: String,
    /// The field at fault, when one is.
    pub field: Option<String>,
    /// The line it came from, when it came from a file, from 1.
    pub line: Option<i64>,
}

impl Reject {
    /// A payload that is wrong as a whole.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), field: None, line: None }
    }

    /// A payload with one field at fault.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), field: Some(field.into()), line: None }
    }
}

/// Whether a row of that id is a connection's own. A connection writes no other: were two to write one row, a replay of
/// either would lose it or double it.
///
/// # Errors
/// A [`Reject`] that says how the ids of this connection begin.
pub fn owned(connection: &str, id: &str) -> Result<(), Reject> {
    if id.ends_with(MARK) {
        return Err(Reject::field("id", format!("{id:?} ends with {MARK:?}, which no id may: leave it out")));
    }
    if id.strip_prefix(connection).is_some_and(|rest| rest.starts_with(':')) {
        return Ok(());
    }
    let reason = format!(
        "`{id}` belongs to another connection: ids of this one begin with `{connection}:`; refer to rows of others in columns such as `repository_id`"
    );
    Err(Reject::field("id", reason))
}

/// What a payload became.
#[derive(Debug, Default)]
pub struct Mapped {
    pub(crate) rows: Vec<Row>,
    pub(crate) gone: Vec<(&'static Entity, String)>,
    pub(crate) whole: Vec<(&'static Entity, String)>,
}

impl Mapped {
    /// A row of core. `connection`, `observed_at` and `raw` are filled in by the step.
    ///
    /// # Errors
    /// A [`Reject`] when the row does not fit its entity.
    pub fn push(&mut self, row: Row) -> Result<(), Reject> {
        row.check()?;
        self.rows.push(row);
        Ok(())
    }

    /// The vendor no longer has the thing behind this row.
    pub fn gone(&mut self, entity: &'static Entity, id: String) {
        self.gone.push((entity, id));
    }

    /// This payload tells every part of the thing of this id: rows of `entity` whose ids begin with `id` and a `/`, and
    /// that no payload as new as this one names, are gone. Whatever names a part must say this too.
    pub fn parts(&mut self, entity: &'static Entity, id: String) {
        self.whole.push((entity, id));
    }

    /// Whether every row is one of the connection's own.
    ///
    /// # Errors
    /// A [`Reject`] that says how the ids of this connection begin.
    fn owned_by(&self, connection: &str) -> Result<(), Reject> {
        let rows = self.rows.iter().filter_map(|row| row.text("id"));
        let told = self.gone.iter().chain(&self.whole).map(|(_, id)| id.as_str());
        rows.chain(told).try_for_each(|id| owned(connection, id))
    }

    /// The rows so far.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// Turns one connector's payloads into rows. Pure: the same payload under the same settings gives the same rows.
pub trait Mapper: Send + Sync {
    /// The connector's name, as in `raw/<connector>`.
    fn connector(&self) -> &'static str;

    /// Which version of its rules it maps by: raised whenever payloads that landed before are to be mapped otherwise, so that they are
    /// mapped again.
    fn version(&self) -> u64 {
        1
    }

    /// Whether what a payload of a stream says is not said again by a newer one of its key, so that none of them is ever let go.
    fn stands_alone(&self, stream: &str) -> bool {
        let _ = stream;
        false
    }

    /// Maps one payload.
    ///
    /// # Errors
    /// A [`Reject`], which is kept in `core/rejects` with the payload's place in raw and never stops the rest.
    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject>;

    /// Whether a payload is of something that the connection's settings do not want read any more. What was mapped of that stays as it
    /// was, and what cannot be mapped of it is no reject: nobody need mend it.
    fn is_left(&self, connection: &Connection, payload: RawPayload<'_>) -> bool {
        let _ = (connection, payload);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn settings_are_read_once_in_a_mappers_shape_and_again_where_they_could_not_be() {
        let connection = Connection::new("git:a", json!({"depth": 3}));
        let depth = |settings: &Value| settings["depth"].as_u64().ok_or("no depth");
        assert_eq!(connection.settings_as(|_| Err::<u64, _>("unreadable")), Err("unreadable"));
        assert_eq!(connection.settings_as(depth), Ok(Arc::new(3)));
        assert_eq!(connection.settings_as(|_| Err::<u64, _>("read again")), Ok(Arc::new(3)));
        assert_eq!(
            connection.settings_as(|settings| Ok::<_, ()>(settings.to_string())),
            Ok(Arc::new("{\"depth\":3}".to_owned()))
        );
    }
}
