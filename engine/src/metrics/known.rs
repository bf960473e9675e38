//! When what there is was first observed.

use super::filter;
use super::gathered::{Gathered, Wanted};
use super::places::Projects;
use super::scope::Scope;
use super::{Dimension, Kind};
use crate::Result;
use crate::session::{Session, error};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The metric that observes every deployment, in which those of its schema have their groups.
const DEPLOYMENTS: &str = "dora.deployment_frequency";

/// When the first of each key was, in microseconds since 1970.
pub(super) type First = BTreeMap<Option<String>, i64>;

/// What was looked up for questions of one session at one moment, each by its statement: it is so whatever span is asked for.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<String, Arc<OnceCell<Arc<First>>>>>);

/// When the first of such rows was, each with its time `at`, of what they are told apart by.
pub(super) async fn first(
    session: &Session,
    rows: &str,
    by: Option<Dimension>,
    projects: Option<Arc<Projects>>,
    filter: &str,
) -> Result<First> {
    let statement = format!("SELECT {} at FROM {rows} AS known WHERE at IS NOT NULL{filter}", filter::says(by));
    let spans = [Vec::new(), Vec::new(), Vec::new()];
    let wanted = Arc::new(Wanted { kind: Kind::Count, now: i64::MAX, projects, spans, overall: false });
    let made = session.fold(&statement, move || Gathered::new(Arc::clone(&wanted))).await?;
    Ok(made.map_err(error)?.first)
}

impl Kept {
    /// The same, looked up once.
    pub(super) async fn first(
        &self,
        session: &Session,
        rows: &str,
        by: Option<Dimension>,
        projects: Option<Arc<Projects>>,
        filter: &str,
    ) -> Result<Arc<First>> {
        let cell = Arc::clone(self.0.lock().entry(format!("{by:?} {rows}{filter}")).or_default());
        let look_up = || async { first(session, rows, by, projects, filter).await.map(Arc::new) };
        cell.get_or_try_init(look_up).await.cloned()
    }
}

/// What there is a group for since it was ever deployed: of the metrics on delivery, told apart.
pub(super) async fn deployed(scope: &Scope<'_>, session: &Session) -> Result<BTreeSet<Option<String>>> {
    if scope.by.is_none() || scope.definition.schema != "dora" || scope.definition.view() == DEPLOYMENTS {
        return Ok(BTreeSet::new());
    }
    let first = first(session, DEPLOYMENTS, scope.by, scope.projects.clone(), &scope.filter).await?;
    let (_, until) = scope.span();
    Ok(first.into_iter().filter(|(_, at)| *at < until).map(|(key, _)| key).collect())
}
