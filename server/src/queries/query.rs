//! What is known of a query.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Which way a query came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// `POST /api/v1/sql`.
    Sql,
    /// The rows behind a metric.
    Evidence,
    /// Flight SQL.
    Flight,
    /// A page or a figure, which may be many statements.
    Page,
}

impl Door {
    /// Its word, as it is told.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Door::Sql => "sql",
            Door::Evidence => "evidence",
            Door::Flight => "flight",
            Door::Page => "page",
        }
    }
}

/// How far a query has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It has come.
    Received,
    /// It waits for its turn, or is being planned.
    Queued,
    /// It is planned.
    Planned,
    /// It gives rows.
    Running,
    /// It has given all of its rows.
    Finished,
    /// It was refused, or broke.
    Failed,
    /// It reached its time limit.
    TimedOut,
    /// Somebody stopped it, or nobody read on in its answer while others waited.
    Stopped,
    /// Whoever asked went before its end.
    Left,
}

impl State {
    /// Whether it waits for its turn, or is worked on, of one that is not over.
    pub(super) fn stage(self) -> &'static str {
        if matches!(self, State::Received | State::Queued) { "waiting" } else { "running" }
    }

    /// Its word in the audit trail, once it is over.
    pub(crate) fn outcome(self) -> &'static str {
        match self {
            State::Finished => "done",
            State::TimedOut => "timed-out",
            State::Stopped => "stopped",
            State::Received | State::Queued | State::Planned | State::Running | State::Left => "left",
            State::Failed => "failed",
        }
    }
}

/// A query.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Query {
    /// Its id, which the header `pulse-query` of an answer in rows has.
    pub id: String,
    /// Who asked: the key of a user, or of a service's token.
    pub asker: String,
    /// Which way it came.
    pub door: Door,
    /// What its client knows it by besides.
    #[serde(skip)]
    pub ticket: Option<String>,
    /// Whether whoever asked saw every row.
    #[serde(skip)]
    pub sees_all: bool,
    /// The beginning of its text, where the audit trail keeps texts; of a page, its address.
    pub statement: Option<String>,
    /// How far it has come.
    pub state: State,
    /// Its place in the tenant's queue, from 1, while it waits there.
    pub position: Option<usize>,
    /// When it came, in microseconds since 1970.
    pub asked_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// How long it took, or takes until now.
    pub milliseconds: i64,
    /// How many rows were given out.
    pub rows: i64,
    /// How many bytes were given out.
    pub bytes: i64,
    /// The most memory that its sorts, joins and groupings held at once, once it is planned; not told where `cached` is not.
    pub memory_bytes: Option<i64>,
    /// Whether it was answered by what an earlier one had computed, once that is known; not told of whoever sees some teams and projects
    /// only, whom it would tell of changes to what they do not see.
    pub cached: Option<bool>,
    /// The same for queries that are planned alike, whatever the values of their parameters.
    pub plan: Option<String>,
}

/// Tells no SQL.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}
