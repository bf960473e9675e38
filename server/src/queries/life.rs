//! A query's life, as types: it comes, waits, is planned, runs. Each step is made out of the one before, so none can be skipped,
//! and wherever it ends, the list, the trail and the log are told of it once.

use super::live::{Comes, Live, received, saturated};
use super::query::{Door, State};
use super::{Inner, Place};
use crate::audit::Asked;
use crate::observe::{METERS, traces};
use crate::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt as _;
use pulse_engine::TenantId;
use pulse_engine::session::{self, Limits, Planned};
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

/// A query that has come.
pub(super) enum Received {}
/// A query that waits for its turn.
pub(super) enum Waiting {}
/// A query that is planned.
pub(super) enum Ready {}
/// A query that gives rows.
pub(super) enum Running {}

/// A query in one of those states.
pub(super) struct Life<S> {
    guard: Guard,
    state: PhantomData<fn() -> S>,
}

/// Tells of the end, when it is dropped.
struct Guard {
    live: Arc<Live>,
    inner: Arc<Inner>,
    tenant: TenantId,
    asked: Asked,
    /// All that is done for it, from its coming to its last row.
    span: Span,
    /// What it came to, once that is known.
    outcome: Option<State>,
}

impl<S> Life<S> {
    fn becomes<T>(self, state: State) -> Life<T> {
        self.guard.live.query.lock().state = state;
        Life { guard: self.guard, state: PhantomData }
    }

    /// As others see it.
    pub(super) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.guard.live)
    }

    /// Its id.
    pub(super) fn id(&self) -> String {
        self.guard.live.query.lock().id.clone()
    }

    /// Until when it may run.
    pub(super) fn deadline(&self, limits: Limits) -> Instant {
        self.guard.live.begun + Duration::from_secs(limits.seconds)
    }

    /// Begins a piece of its work, which is followed as such.
    pub(super) fn begins<T>(&self, work: impl FnOnce() -> T) -> T {
        self.guard.span.in_scope(work)
    }

    /// Does a piece of its work, unless somebody stops it meanwhile. Where that fails, its life ends.
    pub(super) async fn through<T>(mut self, work: impl Future<Output = Result<T>>) -> Result<(Self, T)> {
        let (live, span) = (Arc::clone(&self.guard.live), self.guard.span.clone());
        let done = tokio::select! {
            biased;
            () = live.is_stopped() => Err(live.halt()),
            done = work.instrument(span) => done,
        };
        match done {
            Ok(done) => Ok((self, done)),
            Err(error) => {
                self.guard.fails(&error);
                // As an answer would: who asks again as soon as they are refused asks no faster than the trail is written, and what waits to
                // be written stays bounded by those who ask. What the trail fails at is told to the log when its event ends.
                drop(self.guard.asked.is_known().await);
                Err(error)
            }
        }
    }
}

impl Life<Received> {
    /// A query comes.
    pub(super) fn begin<'a>(inner: &Arc<Inner>, comes: impl Into<Comes<'a>>, asked: Asked) -> Result<Self> {
        let comes: Comes<'_> = comes.into();
        let query = received(inner, &comes)?;
        let (id, door, tenant) = (query.id.clone(), query.door.word(), comes.tenant.clone());
        let span = tracing::error_span!("query", query = id, %tenant, actor = query.asker, door);
        if inner.manner().trace_sql
            && query.door != Door::Page
            && let Some(text) = &query.statement
        {
            traces::text(&span, text);
        }
        let live = Live::new(query, &comes);
        inner.known.add(&tenant, &id, Arc::clone(&live));
        let guard = Guard { live, inner: Arc::clone(inner), tenant, asked, span, outcome: None };
        Ok(Self { guard, state: PhantomData })
    }

    /// Its answer is known from an earlier one.
    pub(super) fn answers_by(self, plan: &str) -> Life<Running> {
        {
            let mut query = self.guard.live.query.lock();
            (query.cached, query.plan) = (Some(true), Some(plan.to_owned()));
        }
        self.becomes(State::Running)
    }

    pub(super) fn waits(self) -> Life<Waiting> {
        self.becomes(State::Queued)
    }

    /// It is a page: what it is made of may be kept, and else it waits for its turn on its way.
    pub(super) fn is_made(self) -> Life<Running> {
        self.becomes(State::Running)
    }
}

impl Life<Waiting> {
    pub(super) fn planned(self, planned: &Planned) -> Life<Ready> {
        // Nobody else sets it.
        let _ = self.guard.live.memory.set(planned.memory());
        let plan = planned.outline().hash().to_owned();
        {
            let mut query = self.guard.live.query.lock();
            (query.cached, query.plan) = (Some(false), Some(plan));
        }
        self.becomes(State::Planned)
    }
}

impl Life<Ready> {
    pub(super) fn runs(self, rows: SendableRecordBatchStream, turn: Place) -> (Life<Running>, SchemaRef) {
        let schema = rows.schema();
        self.guard.live.runs(rows, turn);
        (self.becomes(State::Running), schema)
    }
}

impl Life<Running> {
    /// The next rows that are computed; nothing once all were given.
    pub(super) async fn next(&self) -> Option<Result<RecordBatch>> {
        let live = Arc::clone(&self.guard.live);
        let _reads = live.reads();
        let next = poll_fn(|cx| match live.work.lock().as_mut() {
            Some((rows, _)) => rows.poll_next_unpin(cx).map(|next| next.map(|next| Ok(next.map_err(session::error)?))),
            None => Poll::Ready(Some(Err(live.halt()))),
        });
        tokio::select! {
            biased;
            () = live.is_stopped() => Some(Err(live.halt())),
            next = next.instrument(self.guard.span.clone()) => next,
        }
    }

    /// What it ends with that was ended from outside, where it was.
    pub(super) fn halt(&self) -> Option<Error> {
        self.guard.live.is_halted().then(|| self.guard.live.halt())
    }

    /// Whether its rows are those of an earlier query, where that may be told.
    pub(super) fn was_cached(&self) -> Option<bool> {
        self.guard.live.told().cached
    }

    /// Until the trail knows of it.
    pub(super) async fn is_known(&mut self) -> Result<()> {
        self.guard.asked.is_known().await
    }

    /// Whether the trail was told of it.
    pub(super) fn is_told(&self) -> bool {
        self.guard.asked.is_told()
    }

    /// So many rows and bytes go out.
    pub(super) fn gives(&mut self, rows: usize, bytes: usize) {
        self.guard.asked.gives(rows, bytes);
        let mut query = self.guard.live.query.lock();
        query.rows = query.rows.saturating_add(saturated(rows));
        query.bytes = query.bytes.saturating_add(saturated(bytes));
    }

    /// All rows were given. A page that took no turn was kept.
    pub(super) fn finishes(&mut self) {
        self.guard.live.query.lock().cached.get_or_insert(true);
        self.guard.outcome.get_or_insert(State::Finished);
        self.guard.live.rests();
    }

    /// It broke.
    pub(super) fn fails(&mut self, error: &Error) {
        self.guard.fails(error);
        self.guard.live.rests();
    }
}

impl Guard {
    fn fails(&mut self, error: &Error) {
        let state = match error {
            Error::Stopped | Error::ShutOut | Error::LeftUnread => State::Stopped,
            Error::Engine(pulse_engine::Error::TimedOut { .. }) => State::TimedOut,
            _ => State::Failed,
        };
        // Rows that were all computed may still be none that can be sent.
        if self.outcome.is_none_or(|known| known == State::Finished) {
            self.outcome = Some(state);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.live.rests();
        let stopped = self.live.is_halted();
        let mut query = self.live.query();
        query.state = self.outcome.unwrap_or(if stopped { State::Stopped } else { State::Left });
        query.ended_at = Some(self.inner.clock.now());
        let event = self.asked.event();
        query.state.outcome().clone_into(&mut event.outcome);
        event.query = Some(query.id.clone());
        event.milliseconds = Some(query.milliseconds);
        (event.memory_bytes, event.cached, event.plan) = (query.memory_bytes, query.cached, query.plan.clone());
        METERS.query(&query, self.live.begun.elapsed());
        traces::query(&self.span, &query);
        if self.live.begun.elapsed() >= self.inner.manner().slow {
            tracing::warn!(
                query = query.id,
                tenant = %self.tenant,
                outcome = query.state.outcome(),
                ms = query.milliseconds,
                rows = query.rows,
                bytes = query.bytes,
                memory_bytes = query.memory_bytes,
                plan = query.plan,
                "a query was slow"
            );
        }
        self.inner.known.ends(&self.tenant, Live::telling(query));
    }
}
