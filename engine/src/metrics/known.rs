//! When what there is was first observed.

use super::ask::Extent;
use super::figures::Measured;
use super::gathered::{Gathered, Wanted};
use super::measure::{Spans, columns};
use super::places::Apart;
use super::scope::Scope;
use super::{Dimension, Kind, Question};
use crate::lake::Versions;
use crate::session::{Session, error};
use crate::{Error, Result};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The metric that observes every deployment, in which those of its schema have their groups.
const DEPLOYMENTS: &str = "dora.deployment_frequency";

/// When the first of each key was, in microseconds since 1970.
pub(super) type First = BTreeMap<Option<String>, i64>;

/// What was looked up once, and what was read for it.
type Cell<T> = Arc<OnceCell<(Arc<T>, Versions)>>;

/// What was looked up for questions of one session at one moment.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Each by its statement: it is so whatever span is asked for.
    first: Mutex<HashMap<String, Cell<First>>>,
    /// Of questions that differ in what is told apart alone, by the one that tells nothing apart, and how much of its answer is wanted.
    passes: Mutex<HashMap<(Question, Extent), Arc<Pass>>>,
}

/// What is measured in one pass for several questions, once the first of them is asked.
#[derive(Debug)]
struct Pass {
    by: Vec<Option<Dimension>>,
    measured: OnceCell<(Vec<Arc<Measured>>, Versions)>,
}

/// When the first of such rows was, each with its time `at`, of what they are told apart by.
async fn first(session: &Session, rows: &str, apart: Apart, filter: &str) -> Result<First> {
    let apart = vec![apart];
    let statement = format!("SELECT {}at FROM {rows} AS known WHERE at IS NOT NULL{filter}", columns(&apart));
    let spans = [Vec::new(), Vec::new(), Vec::new()];
    let wanted = Arc::new(Wanted { kind: Kind::Count, now: i64::MAX, apart, spans, overall: false });
    let measured = session.fold(&statement, move || Gathered::new(&wanted)).await?.map_err(error)?;
    Ok(measured.into_iter().next().unwrap_or_default().first)
}

impl Kept {
    /// When the first of such rows was, looked up once.
    pub(super) async fn first(&self, session: &Session, rows: &str, apart: Apart, filter: &str) -> Result<Arc<First>> {
        let cell = Arc::clone(self.first.lock().entry(format!("{:?} {rows}{filter}", apart.by)).or_default());
        let look_up = || async {
            let reads = session.reads();
            let first = first(session, rows, apart, filter).await?;
            Ok::<_, Error>((Arc::new(first), session.read_since(reads)))
        };
        let (first, read) = cell.get_or_try_init(look_up).await?;
        session.read_again(read);
        Ok(Arc::clone(first))
    }

    /// Has these questions, which differ in what is told apart alone, measured in one pass.
    pub(super) fn expect(&self, (question, extent): (&Question, Extent), by: Vec<Option<Dimension>>) {
        let pass = Arc::new(Pass { by, measured: OnceCell::new() });
        self.passes.lock().entry((Question { by: None, ..question.clone() }, extent)).or_insert(pass);
    }

    /// How many times it was looked up when the first of something was.
    #[cfg(test)]
    pub(super) fn firsts_looked_up(&self) -> usize {
        self.first.lock().len()
    }

    /// How many passes were measured.
    #[cfg(test)]
    pub(super) fn passes_measured(&self) -> usize {
        self.passes.lock().values().filter(|pass| pass.measured.initialized()).count()
    }

    /// What is measured for a question, in a pass with others where it was expected.
    pub(super) async fn measured(
        &self,
        session: &Session,
        (question, extent): (&Question, Extent),
        spans: &Spans<'_, '_>,
    ) -> Result<Arc<Measured>> {
        let key = (Question { by: None, ..question.clone() }, extent);
        let pass = self.passes.lock().get(&key).cloned();
        let place = |pass: &Pass| pass.by.iter().position(|by| *by == question.by);
        let Some((pass, place)) = pass.and_then(|pass| Some((Arc::clone(&pass), place(&pass)?))) else {
            return spans.measure(session).await.map(Arc::new);
        };
        let measure = || async {
            let reads = session.reads();
            let mut apart = Vec::with_capacity(pass.by.len());
            for by in &pass.by {
                apart.push(Apart::asked_for(session, *by, &question.filter).await?);
            }
            let measured = spans.measure_by(session, apart).await?;
            let measured: Vec<_> = measured.into_iter().map(Arc::new).collect();
            Ok::<_, Error>((measured, session.read_since(reads)))
        };
        let (measured, read) = match pass.measured.get_or_try_init(measure).await {
            // What is too much for one pass, or wrong with another, need not be so by itself.
            Err(Error::Question(_) | Error::Mistake(_)) => {
                self.passes.lock().remove(&key);
                return spans.measure(session).await.map(Arc::new);
            }
            found => found?,
        };
        session.read_again(read);
        Ok(measured.get(place).cloned().unwrap_or_default())
    }
}

/// What there is a group for since it was ever deployed: of the metrics on delivery, told apart.
pub(super) async fn deployed(scope: &Scope<'_>, session: &Session, kept: &Kept) -> Result<BTreeSet<Option<String>>> {
    if scope.by.is_none() || scope.definition.schema != "dora" || scope.definition.view() == DEPLOYMENTS {
        return Ok(BTreeSet::new());
    }
    let first = kept.first(session, DEPLOYMENTS, scope.apart.clone(), &scope.filter).await?;
    let (_, until) = scope.span();
    Ok(first.iter().filter(|(_, at)| **at < until).map(|(key, _)| key.clone()).collect())
}
