//! A question as it comes through this door, and the one place where it is asked.

use super::status::no_transactions;
use crate::audit::Asked;
use crate::http::{App, Asker, Problem, Slot};
use crate::queries::{self, Answer, Door};
use crate::secret;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::common::ScalarValue;
use pulse_engine::session::{Described, Parameters, Statement};
use serde_json::Value;
use std::fmt;

/// A question, whole: whoever carries it needs nothing of ours beside it.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub(super) struct Question {
    /// What it is known by while it is answered.
    #[prost(string, tag = "1")]
    pub(super) id: String,
    /// The statement.
    #[prost(string, tag = "2")]
    pub(super) sql: String,
    /// The values of its parameters, as an Arrow IPC stream of one row; empty without any.
    #[prost(bytes = "vec", tag = "3")]
    pub(super) parameters: Vec<u8>,
    /// Until when it may be carried, in microseconds since 1970.
    #[prost(int64, tag = "4")]
    pub(super) until: i64,
}

impl Question {
    /// One that nobody asked yet. `transaction` is what the client wants it to be part of.
    pub(super) fn new(sql: String, transaction: Option<&[u8]>) -> Result<Self, Problem> {
        if transaction.is_some_and(|id| !id.is_empty()) {
            return Err(no_transactions());
        }
        Ok(Self { id: secret::id("question")?, sql, parameters: Vec::new(), until: 0 })
    }

    /// The same question, to be answered once more.
    pub(super) fn again(&self) -> Result<Self, Problem> {
        Ok(Self { id: secret::id("question")?, ..self.clone() })
    }

    /// The question with these values for its parameters.
    pub(super) fn with(&self, row: &RecordBatch) -> Result<Self, Problem> {
        // What cannot be bound is told now, and not when the answer is fetched.
        Parameters::of_row(row)?;
        let mut writer = StreamWriter::try_new(Vec::new(), &row.schema()).map_err(crate::Error::from)?;
        writer.write(row).map_err(crate::Error::from)?;
        Ok(Self { parameters: writer.into_inner().map_err(crate::Error::from)?, ..self.clone() })
    }

    fn values(&self) -> Result<Parameters, Problem> {
        if self.parameters.is_empty() {
            return Ok(Parameters::default());
        }
        let mut rows = StreamReader::try_new(self.parameters.as_slice(), None).map_err(crate::Error::from)?;
        match rows.next() {
            Some(row) => Ok(Parameters::of_row(&row.map_err(crate::Error::from)?)?),
            None => Ok(Parameters::default()),
        }
    }

    /// Its begin in the trail, and what is asked.
    fn begins(&self, app: &App, slot: &Slot) -> Result<(Asked, Statement), Problem> {
        let values = self.values()?;
        let told = match &values {
            Parameters::Numbered(values) if !values.is_empty() => {
                let told = |value: &ScalarValue| if value.is_null() { Value::Null } else { value.to_string().into() };
                Some(values.iter().map(told).collect::<Value>())
            }
            _ => None,
        };
        let asked = slot.asks(app, app.sql_text.detail(&self.sql, told.as_ref()));
        Ok((asked, Statement::new(self.sql.as_str()).with(values)))
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Asks, as the asker may see it.
pub(super) async fn ask(app: &App, asker: &Asker, slot: &Slot, question: &Question) -> Result<Answer, Problem> {
    let (asked, statement) = question.begins(app, slot)?;
    let seen = queries::Question { ticket: Some(question.id.clone()), ..seen_by(app, asker, question, statement)? };
    Ok(app.queries.ask(seen, asked).await?)
}

/// The columns that it will be answered with, which takes a turn as the answer does. The trail is told of one that cannot be.
pub(super) async fn look(app: &App, asker: &Asker, slot: &Slot, question: &Question) -> Result<SchemaRef, Problem> {
    let statement = Statement::new(question.sql.as_str()).with(question.values()?);
    let looked = app.queries.columns(&seen_by(app, asker, question, statement)?).await;
    if let Err(error) = &looked {
        // As one that was asked and failed.
        let (mut asked, _) = question.begins(app, slot)?;
        if matches!(error, crate::Error::Stopped | crate::Error::ShutOut) {
            "stopped".clone_into(&mut asked.event().outcome);
        }
        // Who is refused asks no faster than the trail is written.
        drop(asked.is_known().await);
    }
    Ok(looked?)
}

/// What is known of it before its parameters have values.
pub(super) async fn describe(app: &App, asker: &Asker, question: &Question) -> Result<Described, Problem> {
    let statement = Statement::new(question.sql.as_str());
    Ok(app.queries.described(&seen_by(app, asker, question, statement)?).await?)
}

/// The question as this asker may see its answer.
fn seen_by(app: &App, asker: &Asker, question: &Question, statement: Statement) -> Result<queries::Question, Problem> {
    Ok(queries::Question {
        tenant: asker.sql()?,
        asker: asker.key().to_owned(),
        known_by: asker.who.id().to_owned(),
        door: Door::Flight,
        ticket: None,
        statement,
        shown: app.sql_text.kept(&question.sql).map(str::to_owned),
        limits: app.queries.limits(),
    })
}
