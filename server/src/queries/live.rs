//! A query that is under way, as others see it: what they are told of it, and how they end it.

use super::query::{Door, Query, State};
use super::{Inner, Place, Question};
use crate::auth::Permission;
use crate::control::Admitted;
use crate::{Error, Result, secret};
use datafusion::execution::SendableRecordBatchStream;
use parking_lot::Mutex;
use pulse_engine::session::Memory;
use pulse_engine::{Policy, TenantId};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How much of a statement is kept to be shown.
const SHOWN: usize = 4_000;

/// A query that is under way, as others see it.
pub(super) struct Live {
    pub(super) query: Mutex<Query>,
    pub(super) begun: Instant,
    pub(super) memory: OnceLock<Memory>,
    /// What whoever asked is known by.
    pub(super) known_by: String,
    /// What whoever asked saw of the rows when they asked.
    seen: Policy,
    halted: watch::Sender<Option<Halt>>,
    /// Since when nobody waits for its next rows, of one that gives some.
    unread_since: Mutex<Option<Instant>>,
    /// Where its rows come from, and its turn, for as long as it gives any. Whoever stops it takes both away, so that it ends
    /// though nobody reads.
    pub(super) work: Mutex<Option<(SendableRecordBatchStream, Place)>>,
}

impl Live {
    /// One that comes now.
    pub(super) fn new(query: Query, comes: &Comes<'_>) -> Arc<Self> {
        Arc::new(Self {
            query: Mutex::new(query),
            known_by: comes.known_by.to_owned(),
            seen: comes.seen.clone(),
            begun: Instant::now(),
            memory: OnceLock::new(),
            halted: watch::Sender::new(None),
            unread_since: Mutex::new(None),
            work: Mutex::new(None),
        })
    }

    /// What is told of it now.
    pub(super) fn told(&self) -> Query {
        Self::telling(self.query())
    }

    /// What of it may be told: of somebody who does not see every row not whether it was kept, nor what only one that was not has. That
    /// would tell them of changes to rows that they do not see.
    pub(super) fn telling(query: Query) -> Query {
        if query.sees_all { query } else { Query { cached: None, memory_bytes: None, ..query } }
    }

    /// What is known of it now.
    pub(super) fn query(&self) -> Query {
        let mut query = self.query.lock().clone();
        query.milliseconds = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        query.memory_bytes = self.memory.get().map(|memory| saturated(memory.peak_bytes()));
        query
    }

    /// How long it is under way.
    pub(super) fn since(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Ends it.
    pub(super) fn stop(&self) {
        self.halts(Halt::Stopped);
    }

    /// Whether whoever asked may ask it as what they are now: what they see now is all that it shows, or more.
    pub(super) fn is_within(&self, admitted: &Admitted) -> bool {
        let authority = match admitted {
            Admitted::Nowhere => return false,
            Admitted::Operator => return true,
            Admitted::Member(authority) => authority,
        };
        let asks = match self.query.lock().door {
            Door::Sql | Door::Flight => Some(Permission::SqlRun),
            Door::Evidence => Some(Permission::MetricsRead),
            // Each page has its own.
            Door::Page => None,
        };
        asks.is_none_or(|asks| authority.permissions.contains(&asks)) && self.seen.and(&authority.policy()) == self.seen
    }

    /// Ends it because whoever asked may not ask any more.
    pub(super) fn shuts_out(&self) {
        self.halts(Halt::ShutOut);
    }

    /// Ends it because nobody reads on, and gives its turn to who waits.
    pub(super) fn makes_room(&self) {
        self.halts(Halt::Unread);
    }

    /// What ended it first is what it is told to have ended with.
    fn halts(&self, halt: Halt) {
        self.halted.send_if_modified(|halted| {
            let is_first = halted.is_none();
            halted.get_or_insert(halt);
            is_first
        });
        // What gave rows has none any more, whether anybody reads on and hears of it or not.
        if self.rests() {
            self.query.lock().state = State::Stopped;
        }
    }

    /// Whether it was ended from outside.
    pub(super) fn is_halted(&self) -> bool {
        self.halted.borrow().is_some()
    }

    /// What it ends with that was ended from outside.
    pub(super) fn halt(&self) -> Error {
        match *self.halted.borrow() {
            Some(Halt::Unread) => Error::LeftUnread,
            Some(Halt::ShutOut) => Error::ShutOut,
            Some(Halt::Stopped) | None => Error::Stopped,
        }
    }

    /// For how long nobody has read on in its rows by now, where a client has a turn for them. Those of a query that nobody waits for go to
    /// the disk.
    pub(super) fn unread(&self) -> Option<Duration> {
        let since = (*self.unread_since.lock())?;
        let is_for_a_client = self.work.lock().as_ref().is_some_and(|(_, (_, aside))| aside.is_none());
        is_for_a_client.then(|| since.elapsed())
    }

    fn is_left_unread(&self) {
        *self.unread_since.lock() = Some(Instant::now());
    }

    /// It gives rows from now on, for as long as it has its turn.
    pub(super) fn runs(&self, rows: SendableRecordBatchStream, turn: Place) {
        self.is_left_unread();
        let mut work = self.work.lock();
        // Who stopped it meanwhile found nothing to take.
        if !self.is_halted() {
            *work = Some((rows, turn));
        }
    }

    /// Somebody waits for its next rows.
    pub(super) fn reads(&self) -> Reads<'_> {
        *self.unread_since.lock() = None;
        Reads(self)
    }

    /// Lets go of what it computes with, where it does.
    pub(super) fn rests(&self) -> bool {
        let work = self.work.lock().take();
        work.is_some()
    }

    /// Notes how far a page has come, which takes its turn on its way; then it was not kept.
    pub(super) fn comes(&self, state: State) {
        let mut query = self.query.lock();
        (query.state, query.cached) = (state, Some(false));
    }

    /// Until somebody stops it.
    pub(super) async fn is_stopped(&self) {
        drop(self.halted.subscribe().wait_for(Option::is_some).await);
    }
}

/// What comes, and from whom.
pub(super) struct Comes<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) asker: &'a str,
    pub(super) known_by: &'a str,
    /// What they see of the rows.
    pub(super) seen: &'a Policy,
    pub(super) door: Door,
    pub(super) ticket: Option<&'a str>,
    pub(super) shown: Option<&'a str>,
}

impl<'a> From<&'a Question> for Comes<'a> {
    fn from(question: &'a Question) -> Self {
        let Question { tenant, asker, known_by, door, ticket, shown, .. } = question;
        let (ticket, shown) = (ticket.as_deref(), shown.as_deref());
        Self { tenant: tenant.id(), asker, known_by, seen: tenant.policy(), door: *door, ticket, shown }
    }
}

/// What is known of a query that comes.
pub(super) fn received(inner: &Inner, comes: &Comes<'_>) -> Result<Query> {
    Ok(Query {
        id: secret::id("query")?,
        asker: comes.asker.to_owned(),
        door: comes.door,
        ticket: comes.ticket.map(str::to_owned),
        sees_all: comes.seen.shows_all_rows(),
        statement: comes.shown.map(|text| text.chars().take(SHOWN).collect()),
        state: State::Received,
        position: None,
        asked_at: inner.clock.now(),
        ended_at: None,
        milliseconds: 0,
        rows: 0,
        bytes: 0,
        memory_bytes: None,
        cached: None,
        plan: None,
    })
}

/// Why a query is ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Halt {
    /// Somebody stopped it.
    Stopped,
    /// Whoever asked may not ask any more.
    ShutOut,
    /// Nobody reads on in its answer, and others wait for their turn.
    Unread,
}

/// Somebody waits for the next rows of a query, until this is dropped.
pub(super) struct Reads<'a>(&'a Live);

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        self.0.is_left_unread();
    }
}

/// A count as it is told.
pub(super) fn saturated(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
