//! What asks the engine and is no query: the columns of a question before it is asked, the parameters of one that is prepared, what views
//! there are, whether a statement of somebody's rule can be asked.
//!
//! It may take long, so it has its turn, its time and its place in the list as a query has, and is stopped like one. It is none, though:
//! the trail knows of what it is a part of, and once it is over it is in no list.

use super::live::{Comes, Live, received};
use super::{Door, Inner, Page, Queries, Question, State, session};
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
            tracing::warn!(query = self.id, tenant = %self.tenant, ms, "what is asked beside queries was slow");
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

    /// Does what is asked beside queries, of which nothing is kept and no rows are given: `asks` tells who asks for it, and by what address.
    ///
    /// # Errors
    /// [`Error::TooManyQueries`] when the tenant's queue is full, [`Error::Stopped`] when somebody stops it, a time-out of the engine's when
    /// it takes longer than a query may, and what `work` fails at.
    pub async fn step<T, E>(&self, door: Door, asks: &Page, work: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let Page { tenant, asker, known_by, address, seen } = asks;
        let comes = Comes { tenant, asker, known_by, seen, door, ticket: None, shown: Some(address.as_str()) };
        self.listed(&comes, self.limits().seconds, |_| work).await
    }

    async fn looks<T, F>(&self, question: &Question, plans: impl FnOnce(Session, Instant) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let work = |deadline| async move { plans(session(question).await?, deadline).await };
        self.listed(&Comes::from(question), question.limits.seconds, work).await
    }

    /// Does `work` in its turn, which is told until when it may take; it is in the list meanwhile.
    async fn listed<T, E, F>(&self, comes: &Comes<'_>, seconds: u64, work: impl FnOnce(Instant) -> F) -> Result<T, E>
    where
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let query = received(&self.0, comes)?;
        let id = query.id.clone();
        let live = Live::new(query, comes);
        let listed = Listed { inner: &self.0, tenant: comes.tenant, id, live };
        self.0.known.add(comes.tenant, &listed.id, Arc::clone(&listed.live));
        listed.live.comes(State::Queued);
        let done = async {
            let _turn = self.turn((comes.tenant, comes.asker, &listed.id), deadline, false).await?;
            work(deadline).await
        };
        tokio::select! {
            biased;
            () = listed.live.is_stopped() => Err(listed.live.halt().into()),
            done = timeout_at(deadline, done) => {
                done.unwrap_or_else(|_| Err(Error::Engine(pulse_engine::Error::TimedOut { seconds }).into()))
            }
        }
    }
}
