//! A query's rows on their way.

use super::Inner;
use super::cache::{Filling, Kept, Key};
use super::life::{Life, Running};
use crate::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use pulse_engine::session::Session;
use std::fmt;
use std::sync::Arc;

/// The rows of a query, as they come. When it is dropped, the query ends, and its trail is told how far it came.
pub struct Answer {
    life: Life<Running>,
    schema: SchemaRef,
    rows: Rows,
}

enum Rows {
    /// They are computed.
    Fresh {
        /// What is gathered to be given again.
        fill: Option<Box<Fill>>,
        inner: Arc<Inner>,
    },
    /// They were computed for an earlier one; so many batches were given.
    Kept(Arc<Kept>, usize),
    /// All were given, or it broke.
    Over,
}

/// What is gathered to be given again.
pub(super) struct Fill {
    key: Key,
    plan: String,
    session: Session,
    rows: Filling,
}

impl Fill {
    pub(super) fn new(key: Key, plan: String, session: Session) -> Self {
        Self { key, plan, session, rows: Filling::default() }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("query", &self.life.id()).finish_non_exhaustive()
    }
}

impl Answer {
    pub(super) fn fresh((life, schema): (Life<Running>, SchemaRef), fill: Option<Fill>, inner: &Arc<Inner>) -> Self {
        let fill = fill.map(Box::new);
        Self { life, schema, rows: Rows::Fresh { fill, inner: Arc::clone(inner) } }
    }

    pub(super) fn kept(life: Life<Running>, kept: Arc<Kept>) -> Self {
        Self { life, schema: Arc::clone(&kept.schema), rows: Rows::Kept(kept, 0) }
    }

    /// The query's id.
    pub fn id(&self) -> String {
        self.life.id()
    }

    /// What its rows are.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether they were computed for an earlier query; `None` where that is not told, to whoever does not see every row.
    pub fn is_cached(&self) -> Option<bool> {
        self.life.was_cached()
    }

    /// Until the trail knows of the query: no answer goes out before.
    ///
    /// # Errors
    /// When the control database fails.
    pub async fn is_known(&mut self) -> Result<()> {
        self.life.is_known().await
    }

    /// Whether its rows are here and the trail does not know of the query yet.
    pub fn waits_for_its_trail(&self) -> bool {
        matches!(self.rows, Rows::Kept(..)) && !self.life.is_told()
    }

    /// The next rows; nothing once all were given.
    ///
    /// # Errors
    /// What ends the query: nothing comes after it.
    pub async fn next(&mut self) -> Option<Result<RecordBatch>> {
        let next = match &mut self.rows {
            Rows::Fresh { .. } => self.life.next().await,
            Rows::Over => return None,
            Rows::Kept(kept, given) => match self.life.halt() {
                Some(error) => Some(Err(error)),
                None => {
                    let batch = kept.batches.get(*given).cloned();
                    *given += 1;
                    batch.map(Ok)
                }
            },
        };
        match next {
            Some(Ok(batch)) => {
                if let Rows::Fresh { fill, inner, .. } = &mut self.rows
                    && fill.as_mut().is_some_and(|fill| !fill.rows.takes(&batch, inner.cache.most_of_one()))
                {
                    *fill = None;
                }
                Some(Ok(batch))
            }
            Some(Err(error)) => {
                self.breaks(&error);
                Some(Err(error))
            }
            None => {
                if let Rows::Fresh { fill, inner } = &mut self.rows
                    && let Some(fill) = fill.take()
                {
                    let Fill { key, plan, session, rows } = *fill;
                    inner.cache.keep(key, rows.whole(Arc::clone(&self.schema), plan, session.versions()));
                }
                self.rows = Rows::Over;
                self.life.finishes();
                None
            }
        }
    }

    /// So many rows and bytes go out.
    pub fn gives(&mut self, rows: usize, bytes: usize) {
        self.life.gives(rows, bytes);
    }

    /// The rows cannot be given in the form that they were asked for.
    pub fn breaks(&mut self, error: &Error) {
        self.life.fails(error);
        self.rows = Rows::Over;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Door, Manner, Queries, Question};
    use super::*;
    use crate::audit::{Asked, Event};
    use crate::control::Control;
    use arrow::array::{ArrayRef, Int64Array};
    use pulse_engine::lake::Versions;
    use pulse_engine::session::{Limits, Statement};
    use pulse_engine::{Clock, Engine, TenantId};

    #[tokio::test]
    async fn who_may_not_ask_any_more_is_told_so_of_a_kept_answer_too() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::System).await.unwrap();
        let acme = TenantId::new("acme").unwrap();
        control.create_tenant(&acme, "Acme", "UTC").await.unwrap();
        let queries = Queries::new(Clock::System, Manner::default());
        let question = Question {
            tenant: Engine::open("memory://").await.unwrap().tenant(&acme),
            asker: "ada".to_owned(),
            known_by: "ada".to_owned(),
            door: Door::Sql,
            ticket: None,
            statement: Statement::new("SELECT 1 AS n"),
            shown: None,
            limits: Limits::default(),
        };
        let column = Arc::new(Int64Array::from(vec![1])) as ArrayRef;
        let (rows, mut filling) = (RecordBatch::try_from_iter([("n", column)]).unwrap(), Filling::default());
        assert!(filling.takes(&rows, usize::MAX));
        let kept = filling.whole(rows.schema(), "plan".to_owned(), Versions::default());
        queries.0.cache.keep(Key::of(&question), kept);
        let asked = Asked::new(control.clone(), vec![acme.clone()], Event::default());
        let mut answer = queries.ask(question, asked).await.unwrap();
        assert_eq!(answer.is_cached(), Some(true));
        queries.0.known.of_whoever_is(&acme, "ada").iter().for_each(|live| live.shuts_out());
        assert!(matches!(answer.next().await, Some(Err(Error::ShutOut))));
    }
}
