//! What is known of a metric's observations whenever they were.

use super::ask::instant;
use super::filter;
use super::measure::Measured;
use super::scope::Scope;
use crate::Result;
use crate::session::Session;
use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The metric that observes every deployment, in which those of its schema have their groups.
const DEPLOYMENTS: &str = "dora.deployment_frequency";

/// When the first and the newest of the observations that were asked for happened, in microseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The first of each key.
    pub(super) first: BTreeMap<Option<String>, i64>,
    /// The newest of all.
    pub(super) newest: Option<i64>,
}

/// What was looked up for questions of one session at one moment. What is known of a metric is so whatever span is asked for: it is looked
/// up once, by its statement.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<String, Arc<OnceCell<Arc<Known>>>>>);

impl Known {
    /// Of a metric's own observations.
    pub(super) async fn of(scope: &Scope<'_>, session: &Session, kept: &Kept) -> Result<Arc<Self>> {
        let (key, rows, upto) = (filter::key(scope.by), scope.rows(), instant(scope.now));
        let newest = |column: &str| format!("max({column}) FILTER (WHERE at <= {upto})");
        let newest = if scope.definition.kind.is_of_stays() {
            format!("greatest({}, {})", newest("at"), newest("left_at"))
        } else {
            newest("at")
        };
        let statement = format!(
            "SELECT {key} AS key, min(at) AS first, {newest} AS newest FROM {rows} WHERE at IS NOT NULL{} GROUP BY {key}",
            scope.filter
        );
        Self::kept(session, statement, scope.now, kept).await
    }

    /// What a statement tells: `key`, `first` and `newest`.
    pub(super) async fn kept(session: &Session, statement: String, now: i64, kept: &Kept) -> Result<Arc<Self>> {
        let cell = Arc::clone(kept.0.lock().entry(statement.clone()).or_default());
        let look_up = || async { Self::look_up(session, &statement, now).await.map(Arc::new) };
        cell.get_or_try_init(look_up).await.cloned()
    }

    async fn look_up(session: &Session, statement: &str, now: i64) -> Result<Self> {
        let mut known = Self::default();
        for batch in session.collect(statement).await? {
            let first = cast(batch.column(1), &DataType::Int64)?;
            let keys = batch.column(0).as_string::<i32>().iter();
            let found =
                keys.zip(first.as_primitive::<Int64Type>()).filter_map(|(key, at)| Some((key.map(str::to_owned), at?)));
            known.first.extend(found);
            let newest = cast(batch.column(2), &DataType::Int64)?;
            known.newest = newest.as_primitive::<Int64Type>().iter().flatten().max().max(known.newest);
        }
        known.newest = known.newest.map(|newest| newest.min(now));
        Ok(known)
    }

    /// What there is a group for.
    pub(super) fn keys(&self, scope: &Scope<'_>, measured: &Measured) -> BTreeSet<Option<String>> {
        if scope.by.is_none() {
            return BTreeSet::from([None]);
        }
        let (_, until) = scope.span();
        let before = self.first.iter().filter(|(_, first)| **first < until).map(|(key, _)| key);
        measured.now.keys().chain(measured.year.keys()).chain(before).cloned().collect()
    }
}

/// What there is a group for since it was ever deployed: of the metrics on delivery, told apart.
pub(super) async fn deployed(scope: &Scope<'_>, session: &Session) -> Result<BTreeSet<Option<String>>> {
    let mut keys = BTreeSet::new();
    if scope.by.is_some() && scope.definition.schema == "dora" && scope.definition.view() != DEPLOYMENTS {
        let (key, rows) = (filter::key(scope.by), filter::rows(DEPLOYMENTS, scope.by));
        let until = instant(scope.span().1);
        let statement = format!("SELECT DISTINCT {key} AS key FROM {rows} WHERE at < {until}{}", scope.filter);
        for batch in session.collect(&statement).await? {
            keys.extend(batch.column(0).as_string::<i32>().iter().map(|key| key.map(str::to_owned)));
        }
    }
    Ok(keys)
}
