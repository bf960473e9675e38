//! Queries that nobody waits for: each is worked on by itself, and its rows are put on the disk.

use super::life::{Life, Received};
use super::results::Outcome;
use super::stored::Stored;
use super::{Queries, Query, Question};
use crate::audit::Asked;
use crate::control::Refusal;
use crate::{Error, Result};
use pulse_engine::{Tenant, TenantId};

/// What is known of a query, and what became of it where nobody waited for it.
pub struct Followed {
    /// The query.
    pub query: Query,
    /// What became of it, for whoever asked; `None` for one whose rows went to its client.
    pub outcome: Option<Outcome>,
    /// Until when its rows are kept, in microseconds since 1970, once they are there.
    pub until: Option<i64>,
}

impl Queries {
    /// Begins a query that nobody waits for; its id. The trail knows of it when this returns.
    ///
    /// # Errors
    /// [`Error::TooManyResults`], and when the control database fails. What else it fails at is told by what it came to.
    pub async fn begin(&self, question: Question, mut asked: Asked) -> Result<String> {
        asked.is_known().await?;
        let life = Life::begin(&self.0, &question, asked)?;
        let id = life.id();
        let (life, ()) = life.through(self.enters(&question, &id)).await?;
        let (queries, known) = (self.clone(), id.clone());
        tokio::spawn(async move {
            let tenant = question.tenant.id().clone();
            let done = queries.stored(life, question, &known).await;
            let query = queries.known(&tenant, &known, None);
            queries.0.results.ends(&tenant, &known, done, query);
            // It goes when its time is over, whether anybody comes or not.
            tokio::time::sleep(queries.0.results.kept()).await;
            queries.0.results.expire();
        });
        Ok(id)
    }

    async fn enters(&self, question: &Question, id: &str) -> Result<()> {
        self.0.results.begin(&question.tenant, id, &question.asker)
    }

    /// Asks, and puts the rows on the disk as they come.
    async fn stored(&self, life: Life<Received>, question: Question, id: &str) -> Result<Stored> {
        let tenant = question.tenant.id().clone();
        let mut answer = self.answer(life, question, true).await?;
        let begun = self.0.results.storing(id, answer.schema());
        let mut storing = begun.inspect_err(|error| answer.breaks(error))?;
        let mut before = 0;
        while let Some(batch) = answer.next().await.transpose()? {
            let rows = batch.num_rows();
            let written = tokio::task::spawn_blocking(move || storing.write(&batch)).await?;
            let written = written.and_then(|(storing, bytes)| {
                self.0.results.takes(&tenant, id, bytes)?;
                Ok((storing, bytes))
            });
            let (more, bytes) = written.inspect_err(|error| answer.breaks(error))?;
            answer.gives(rows, usize::try_from(bytes - before).unwrap_or(usize::MAX));
            (storing, before) = (more, bytes);
        }
        tokio::task::spawn_blocking(move || storing.finish()).await?
    }

    /// A query of a tenant, of whomever or of one asker; what became of it only for whoever asked, as what they are now.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub fn find(&self, tenant: &Tenant, id: &str, asker: &str, all: bool) -> Result<Followed> {
        let result = self.0.results.find(tenant, id, asker);
        let known = self.known(tenant.id(), id, (!all).then_some(asker));
        let unknown = || Error::from(Refusal::unknown("query", id));
        let Some((outcome, until, ended)) = result else {
            return Ok(Followed { query: known.ok_or_else(unknown)?, outcome: None, until: None });
        };
        Ok(Followed { query: ended.or(known).ok_or_else(unknown)?, outcome: Some(outcome), until })
    }

    /// Removes what processes that live no more have left on the disk.
    pub fn clear(&self) {
        self.0.results.clear();
    }

    /// Lets the results of a tenant go, or of all. Of one, which is erased, nothing else stays either: what is under way ends, and what was is
    /// in no list.
    pub fn forget(&self, tenant: Option<&TenantId>) {
        if let Some(tenant) = tenant {
            self.0.known.forget(tenant);
            self.0.known.under_way(tenant).iter().for_each(|live| live.stop());
            self.0.cache.forget(tenant);
        }
        self.0.results.forget(tenant);
    }

    /// What is known of a query here and now.
    fn known(&self, tenant: &TenantId, id: &str, asker: Option<&str>) -> Option<Query> {
        self.list(tenant, asker).into_iter().find(|query| query.id == id)
    }
}
