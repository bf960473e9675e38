//! Queries of all processes that share a control database: each tells there of its own that take long, and hears which of them are to be
//! stopped.

use super::{Queries, Query};
use crate::control::{Control, Cursor, Page, Refusal};
use crate::{Error, Result};
use pulse_engine::TenantId;
use std::time::Duration;
use tokio::time::sleep;

/// From when on a query is told of: most are over by then, and cost the database nothing.
const LONG: Duration = Duration::from_millis(500);
/// How often that is told, and looked which are to be stopped.
const TELLS: Duration = Duration::from_millis(500);
/// For how long whoever stops a query waits until it is over, and how often they look.
const WAITS: Duration = Duration::from_secs(5);
const LOOKS: Duration = Duration::from_millis(50);

impl Queries {
    /// Tells other processes of the queries that take long here, and stops those that somebody stops there, and those of whoever may not
    /// ask any more. It goes on forever. However long it takes to look who may ask still, what is stopped is stopped at once.
    pub async fn tell(&self, control: &Control) {
        tokio::join!(self.hears_of_stops(control), self.looks_who_may_ask(control));
    }

    async fn hears_of_stops(&self, control: &Control) {
        let mut told = false;
        loop {
            sleep(TELLS).await;
            let long = self.0.known.longer_than(LONG);
            if long.is_empty() && !told {
                continue;
            }
            match control.tell_queries(&self.0.process, &long).await {
                Ok(stops) => {
                    told = !long.is_empty();
                    for (tenant, id) in stops {
                        // One that is over by now is over.
                        self.stop(&tenant, &id, None).ok();
                    }
                }
                Err(error) => tracing::debug!(%error, "other processes are not told of queries now"),
            }
        }
    }

    /// Ends the queries that whoever asked may not ask any more, wherever and by whatever way that was decided.
    async fn looks_who_may_ask(&self, control: &Control) {
        loop {
            sleep(TELLS).await;
            for (tenant, known_by) in self.0.known.known_by(LONG) {
                let admitted = match control.admitted(&tenant, &known_by).await {
                    Ok(admitted) => admitted,
                    // A database that is away says nothing about who they are, and what is wrong with one nothing about the others.
                    Err(error) => {
                        tracing::debug!(%error, %tenant, "it is not known now who may ask still");
                        continue;
                    }
                };
                let theirs = self.0.known.of_whoever_is(&tenant, &known_by);
                theirs.iter().filter(|live| !live.is_within(&admitted)).for_each(|live| live.shuts_out());
            }
        }
    }

    /// As [`Queries::list`], with those that take long in other processes, a page at a time: all that are under way stand on the first,
    /// before those that are over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_everywhere(
        &self,
        control: &Control,
        tenant: &TenantId,
        asker: Option<&str>,
        cursor: &Cursor,
    ) -> Result<Page<Query>> {
        let all = self.list(tenant, asker).into_iter();
        let (over, mut live): (Vec<Query>, Vec<Query>) = all.partition(|query| query.ended_at.is_some());
        let mut page = cursor.cut(over, |query: &Query| (-query.asked_at, &query.id));
        if cursor.is_first() {
            for mut query in control.queries_elsewhere(tenant, &self.0.process, asker).await? {
                query.milliseconds = (control.now() - query.asked_at) / 1000;
                live.push(query);
            }
            live.sort_by(|a, b| (b.asked_at, &a.id).cmp(&(a.asked_at, &b.id)));
            live.append(&mut page.items);
            page.items = live;
        }
        Ok(page)
    }

    /// As [`Queries::take_back`], wherever they run.
    ///
    /// # Errors
    /// As [`Queries::stop_everywhere`], of one that runs.
    pub async fn take_back_everywhere(
        &self,
        control: &Control,
        tenant: &TenantId,
        ticket: &str,
        asker: &str,
    ) -> Result<bool> {
        let mut stopped = self.take_back(tenant, ticket, asker);
        let elsewhere = control.queries_elsewhere(tenant, &self.0.process, Some(asker)).await?;
        for query in elsewhere.iter().filter(|query| query.ticket.as_deref() == Some(ticket)) {
            match self.stop_everywhere(control, tenant, &query.id, Some(asker)).await {
                Ok(()) => stopped = true,
                // It is over by now.
                Err(Error::Refused(Refusal::Unknown { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(stopped)
    }

    /// Ends all queries of a tenant that are under way: those of this process at once, and those of others within a second.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_all(&self, control: &Control, tenant: &TenantId) -> Result<()> {
        self.0.known.under_way(tenant).iter().for_each(|live| live.stop());
        for query in control.queries_elsewhere(tenant, &self.0.process, None).await? {
            control.stop_query(tenant, &query.id, None).await?;
        }
        Ok(())
    }

    /// As [`Queries::stop`], wherever it runs.
    ///
    /// # Errors
    /// As there, and [`pulse_engine::Error::Busy`] when the other process does not say that it is over.
    pub async fn stop_everywhere(
        &self,
        control: &Control,
        tenant: &TenantId,
        id: &str,
        asker: Option<&str>,
    ) -> Result<()> {
        let here = self.stop(tenant, id, asker);
        if !matches!(here, Err(Error::Refused(Refusal::Unknown { .. })))
            || !control.stop_query(tenant, id, asker).await?
        {
            return here;
        }
        let gone = async {
            while control.is_query_running(id).await? {
                sleep(LOOKS).await;
            }
            Ok(())
        };
        tokio::time::timeout(WAITS, gone).await.unwrap_or_else(|_| {
            let why = "the process that answers this query does not say that it is over: look again in a moment";
            Err(Error::Engine(pulse_engine::Error::Busy(why.to_owned())))
        })
    }
}
