//! What is planned to be told of, and gives no rows: the columns of a question before it is asked, the parameters of one that is prepared.
//!
//! A plan may take long, so it has its turn, its time and its place in the list as a query has, and is stopped like one. It is none, though:
//! the trail knows of the query that follows, and once it is over it is in no list.

use super::life::{Comes, Live, received};
use super::{Inner, Queries, Question, State, session};
use crate::{Error, Result};
use arrow::datatypes::SchemaRef;
use pulse_engine::TenantId;
use pulse_engine::session::{Described, Session};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// One in the list, until it is dropped.
struct Listed<'a> {
    inner: &'a Inner,
    tenant: &'a TenantId,
    id: String,
    live: Arc<Live>,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.inner.known.leaves(self.tenant, &self.id);
        if self.live.since() >= self.inner.manner().slow {
            let ms = self.live.query().milliseconds;
            tracing::warn!(query = self.id, tenant = %self.tenant, ms, "a statement was planned slowly");
        }
    }
}

impl Queries {
    /// The columns that a question will be answered with.
    ///
    /// # Errors
    /// [`Error::TooManyQueries`] when the tenant's queue is full, [`Error::Stopped`] when somebody stops it, and what the engine refuses
    /// or fails at.
    pub async fn columns(&self, question: &Question) -> Result<SchemaRef> {
        let statement = question.statement.clone();
        self.looks(question, |session: Session, deadline: Instant| async move {
            Ok::<_, Error>(session.plan(&statement, deadline).await?.schema())
        })
        .await
    }

    /// What is known of a question whose parameters have no values yet.
    ///
    /// # Errors
    /// As [`Queries::columns`].
    pub async fn described(&self, question: &Question) -> Result<Described> {
        let text = question.statement.text().to_owned();
        self.looks(
            question,
            |session: Session, _: Instant| async move { Ok::<_, Error>(session.describe(&text).await?) },
        )
        .await
    }

    async fn looks<T, F>(&self, question: &Question, plans: impl FnOnce(Session, Instant) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let (tenant, seconds) = (question.tenant.id(), question.limits.seconds);
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let comes = Comes::from(question);
        let query = received(&self.0, &comes)?;
        let id = query.id.clone();
        let listed = Listed { inner: &self.0, tenant, id, live: Live::new(query, comes.sees_all) };
        self.0.known.add(tenant, &listed.id, Arc::clone(&listed.live));
        listed.live.comes(State::Queued);
        let looks = async {
            let _turn = self.turn((tenant, &listed.id), deadline, false).await?;
            plans(session(question).await?, deadline).await
        };
        tokio::select! {
            biased;
            () = listed.live.is_stopped() => Err(Error::Stopped),
            done = timeout_at(deadline, looks) => {
                done.unwrap_or(Err(Error::Engine(pulse_engine::Error::TimedOut { seconds })))
            }
        }
    }
}
