//! Questions that give rows, whichever door they come by: each is a query, with an id, a turn, and an end that is known.
//!
//! What a query is and was ([`Query`]) is known in its process; of one that takes long the others know, too (`elsewhere`). It waits for
//! its turn in its tenant's own queue (`turns`), in front of the places that the engine has for all. What depends on
//! tables alone is kept and given again while those stand (`cache`). Pages and figures, which take several statements, are a query each
//! (`page`). Whatever becomes of it, its trail is told. What asks the engine and is no query is listed among them while it goes on (`look`).

mod answer;
mod aside;
mod cache;
mod declared;
mod elsewhere;
mod folder;
mod known;
mod life;
mod live;
mod look;
mod page;
mod parameters;
mod query;
mod results;
mod stored;
mod turns;

pub use answer::Answer;
pub use aside::Followed;
pub use declared::Declared;
pub use page::{Line, Page, Room};
pub use parameters::parameters;
pub use query::{Door, Query, State};
pub use results::Outcome;
pub use stored::{PAGE_ROWS, Reading, Stored};

use crate::audit::Asked;
use crate::control::Refusal;
use crate::{Error, Result};
use answer::Fill;
use cache::{Cache, Key};
use known::Known;
use life::{Life, Received};
use parking_lot::RwLock;
use pulse_engine::session::{Limits, Planned, Session, Statement, places};
use pulse_engine::{Clock, Policy, Tenant, TenantId};
use results::Results;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use turns::{Turn, Turns};
use uuid::Uuid;

/// What queries may take of the process.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How many run at once, over all tenants.
    pub places: usize,
    /// How many of one tenant run at once.
    pub of_a_tenant: usize,
    /// How many of one tenant wait for their turn.
    pub queue: usize,
    /// From when on a query is slow, which the log is told.
    pub slow: Duration,
    /// Whether its trace has its text, where that may be shown at all.
    pub trace_sql: bool,
    /// How many bytes of answers are kept.
    pub cache_bytes: usize,
    /// What each may use.
    pub limits: Limits,
    /// How long a query may take that nobody waits for, in seconds.
    pub aside_seconds: u64,
    /// How long its result is kept.
    pub kept: Duration,
    /// How many bytes of disk the results of one tenant may take.
    pub result_bytes: u64,
    /// How long nobody may read on in an answer while others wait for their turn.
    pub unread: Duration,
}

/// How often who waits for a turn looks whether somebody has one for an answer that they do not read.
const LOOK: Duration = Duration::from_secs(1);

impl Default for Manner {
    /// One tenant leaves a place to the others.
    fn default() -> Self {
        let places = places();
        Self {
            places,
            of_a_tenant: places - 1,
            queue: 32,
            slow: Duration::from_secs(10),
            trace_sql: false,
            cache_bytes: 64 << 20,
            limits: Limits::default(),
            aside_seconds: 1_800,
            kept: Duration::from_secs(3_600),
            result_bytes: 2 << 30,
            unread: Duration::from_secs(10),
        }
    }
}

/// A question that gives rows.
#[derive(Clone)]
pub struct Question {
    /// Whose data it asks, as whoever asks may see it.
    pub tenant: Tenant,
    /// Who asks: the key of a user, or of a service's token.
    pub asker: String,
    /// The key of what they are known by, which has to hold until the query is over: their session or token; of a session where nobody waits
    /// for it, the user.
    pub known_by: String,
    /// Which way it came.
    pub door: Door,
    /// What its client knows it by, where that is not its id: several may have been asked by one.
    pub ticket: Option<String>,
    /// What is asked.
    pub statement: Statement,
    /// The text as others may see it.
    pub shown: Option<String>,
    /// What it may use.
    pub limits: Limits,
}

/// Whose turn it is: a tenant's, an asker's there, a query's of theirs.
type Whose<'a> = (&'a TenantId, &'a str, &'a str);

/// A turn, and the one among queries that nobody waits for.
type Place = (Turn, Option<Turn>);

/// Whose alone an answer is that is kept: that of whoever sees some rows only, whom the time that an answer takes would tell what others
/// asked who see the same. Those who see every row share theirs, which is nobody's.
pub(crate) fn reader(policy: &Policy, asker: &str) -> Option<String> {
    (!policy.shows_all_rows()).then(|| asker.to_owned())
}

/// The queries of this process.
#[derive(Clone)]
pub struct Queries(Arc<Inner>);

struct Inner {
    clock: Clock,
    manner: RwLock<Manner>,
    /// What this process is called among those that share a control database.
    process: String,
    known: Known,
    turns: Turns,
    /// Those of queries that nobody waits for: they have half of all places at most, and half of their tenant's.
    asides: Turns,
    cache: Cache,
    results: Results,
}

impl Inner {
    fn manner(&self) -> Manner {
        *self.manner.read()
    }
}

impl fmt::Debug for Queries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queries").field("manner", &self.0.manner()).finish_non_exhaustive()
    }
}

impl Queries {
    /// No queries yet.
    pub fn new(clock: Clock, manner: Manner) -> Self {
        let turns = Turns::new(manner.places, manner.of_a_tenant, manner.queue);
        let asides = Turns::new(manner.places / 2, manner.of_a_tenant / 2, manner.queue);
        let cache = Cache::new(manner.cache_bytes);
        let results = Results::new(clock, manner.kept, manner.result_bytes);
        let (process, known, manner) = (Uuid::new_v4().to_string(), Known::default(), RwLock::new(manner));
        Self(Arc::new(Inner { clock, manner, process, known, turns, asides, cache, results }))
    }

    /// Takes other bounds from now on, but for how many run at once over all tenants. What is under way keeps those that it began with.
    pub fn changes(&self, manner: Manner) {
        let manner = Manner { places: self.0.manner().places, ..manner };
        *self.0.manner.write() = manner;
        self.0.turns.changes(manner.of_a_tenant, manner.queue);
        self.0.asides.changes(manner.of_a_tenant / 2, manner.queue);
        self.0.cache.changes(manner.cache_bytes);
        self.0.results.changes(manner.kept, manner.result_bytes);
    }

    /// What a query may use, unless whoever asks says less.
    pub fn limits(&self) -> Limits {
        self.0.manner().limits
    }

    /// Asks, and gives the rows as they come. `asked` tells the trail how it ends, also when this fails or is dropped.
    ///
    /// # Errors
    /// [`Error::TooManyQueries`] when the tenant's queue is full, [`Error::Stopped`] when somebody stops it before its first row,
    /// and what the engine refuses or fails at.
    pub async fn ask(&self, question: Question, asked: Asked) -> Result<Answer> {
        let life = Life::begin(&self.0, &question, asked)?;
        self.answer(life, question, false).await
    }

    /// How many queries are under way in this process, by whether they wait for their turn.
    pub(crate) fn under_way(&self) -> [(&'static str, u64); 2] {
        let all = self.0.known.longer_than(Duration::ZERO);
        let is_at = |query: &Query, stage: &str| query.state.stage() == stage && query.state != State::Stopped;
        let count = |stage: &str| all.iter().filter(|(_, query)| is_at(query, stage)).count() as u64;
        ["waiting", "running"].map(|stage| (stage, count(stage)))
    }

    /// What the kept answers take, and what they may, in bytes.
    pub(crate) fn kept_bytes(&self) -> (usize, usize) {
        self.0.cache.bytes()
    }

    /// What a question may use that nobody waits for.
    pub fn aside_limits(&self) -> Limits {
        Limits { seconds: self.0.manner().aside_seconds, ..self.limits() }
    }

    /// The rows of a query that has come; `aside` says that nobody waits for them.
    async fn answer(&self, life: Life<Received>, question: Question, aside: bool) -> Result<Answer> {
        let key = Key::of(&question);
        let (id, deadline) = (life.id(), life.deadline(question.limits));
        let (life, kept) = life.through(self.kept(&key, &question.tenant)).await?;
        if let Some(kept) = kept {
            return Ok(Answer::kept(life.answers_by(&kept.plan), kept));
        }
        let (life, session) = life.through(session(&question)).await?;
        // The hash of a large plan takes long to make: not on the threads that answer requests.
        let (life, session) = (life.waits(), session.hashing());
        let (tenant, asker) = (question.tenant.id(), question.asker.as_str());
        let (life, turn) = life.through(self.turn((tenant, asker, &id), deadline, aside)).await?;
        let (life, planned) = life.through(planned(&session, &question.statement, deadline)).await?;
        let keeps = planned.outline().repeatable && !question.tenant.is_past();
        let fill = keeps.then(|| Fill::new(key, planned.outline().hash().to_owned(), session));
        let life = life.planned(&planned);
        let rows = life.begins(|| planned.run());
        Ok(Answer::fresh(life.runs(rows, turn), fill, &self.0))
    }

    /// The queries of a tenant that are under way, and its last ones, the newest first: all, or those of one asker.
    pub fn list(&self, tenant: &TenantId, asker: Option<&str>) -> Vec<Query> {
        let mut queries = self.0.known.of(tenant, asker);
        for query in queries.iter_mut().filter(|query| query.state == State::Queued) {
            let place = |turns: &Turns| turns.position(tenant, &query.id);
            query.position = place(&self.0.asides).or_else(|| place(&self.0.turns));
        }
        queries
    }

    /// Stops a query of a tenant, of whomever or of one asker. It is over when this returns, but for a step that cannot be stopped.
    /// Of one that is over, the result is removed.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when none of that id is under way or has a result.
    pub fn stop(&self, tenant: &TenantId, id: &str, asker: Option<&str>) -> Result<()> {
        match self.0.known.live(tenant, id, asker) {
            Some(live) => {
                live.stop();
                Ok(())
            }
            None if self.0.results.remove(tenant, id, asker) => Ok(()),
            None => Err(Refusal::unknown("query that is under way", id).into()),
        }
    }

    /// Stops all queries that an asker asked by a ticket; whether there was one under way.
    pub fn take_back(&self, tenant: &TenantId, ticket: &str, asker: &str) -> bool {
        let live = self.0.known.of_ticket(tenant, ticket, asker);
        live.iter().for_each(|live| live.stop());
        !live.is_empty()
    }

    /// A kept answer. Of a tenant of the past none is kept: whether one holds is told by the tables of now.
    async fn kept(&self, key: &Key, tenant: &Tenant) -> Result<Option<Arc<cache::Kept>>> {
        if tenant.is_past() {
            return Ok(None);
        }
        Ok(self.0.cache.find(key, tenant).await)
    }

    async fn turn(&self, whose: Whose<'_>, deadline: Instant, aside: bool) -> Result<Place> {
        let turns = async {
            let (tenant, asker, id) = whose;
            let aside = if aside { Some(self.0.asides.turn(tenant, asker, id).await?) } else { None };
            Ok::<Place, Error>((self.next_turn(whose).await?, aside))
        };
        let waited = timeout_at(deadline, turns).await;
        waited.unwrap_or_else(|_| {
            let why =
                "as many queries run as are answered at once, and none of them ended in time: try again in a moment";
            Err(Error::Engine(pulse_engine::Error::Busy(why.to_owned())))
        })
    }

    /// Waits for a turn. An answer that nobody reads on in has one as well, and is ended where somebody waits for it.
    async fn next_turn(&self, (tenant, asker, id): Whose<'_>) -> Result<Turn> {
        let mut turn = pin!(self.0.turns.turn(tenant, asker, id));
        loop {
            if let Ok(turn) = timeout(LOOK, turn.as_mut()).await {
                return turn;
            }
            let whose = self.0.turns.is_full_of(tenant).then_some(tenant);
            if let Some(unread) = self.0.known.unread(whose, self.0.manner().unread) {
                unread.makes_room();
            }
        }
    }
}

async fn session(question: &Question) -> Result<Session> {
    Ok(question.tenant.session_within(question.limits).await?)
}

async fn planned(session: &Session, statement: &Statement, deadline: Instant) -> Result<Planned> {
    Ok(session.plan(statement, deadline).await?)
}
