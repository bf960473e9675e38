//! From a statement to a plan, on threads of its own.

use super::held::Place;
use super::{Parameters, Session, bound, error, parameters, parse, verify, weigh};
use crate::{Error, Result};
use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

/// What is known of a statement before it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its parameters, `$1` first; one whose type nothing tells is of type NULL.
    pub parameters: SchemaRef,
    /// The columns of its answer; `None` when they depend on the parameters' values.
    pub rows: Option<SchemaRef>,
}

impl Session {
    /// The columns that [`Session::sql_with`] answers with. The statement is planned for it as for that, and not run.
    ///
    /// # Errors
    /// As [`Session::sql_with`].
    pub async fn schema(&self, text: &str, given: &Parameters) -> Result<SchemaRef> {
        bound::text(text)?;
        let (text, given) = (text.to_owned(), given.clone());
        self.planned(self.deadline(), async move |state, _place| {
            Ok(physical(&state, given.bind(logical(&state, &text).await?)?).await?.schema())
        })
        .await
    }

    /// What is known of a statement before its parameters have values.
    ///
    /// # Errors
    /// As [`Session::sql`].
    pub async fn describe(&self, text: &str) -> Result<Described> {
        bound::text(text)?;
        let text = text.to_owned();
        self.planned(self.deadline(), async move |state, _place| {
            let plan = logical(&state, &text).await?;
            let parameters = parameters::wanted(&plan)?;
            let rows = match Parameters::nulls(&parameters)?.bind(plan) {
                Ok(plan) => physical(&state, plan).await.map(|plan| plan.schema()),
                Err(refused) => Err(refused),
            };
            match rows {
                Ok(rows) => Ok(Described { parameters, rows: Some(rows) }),
                // NULL is no value that the statement could be asked with; another may be.
                Err(Error::Question(_)) if !parameters.fields().is_empty() => Ok(Described { parameters, rows: None }),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// What a step of planning comes to. It rests where it reads a table's log and nowhere else, so it has a thread of its own:
    /// the runtime goes on, and the limit is told in time. Nobody waiting any more is seen between its steps. Its place goes
    /// with it.
    pub(super) async fn planned<T, F>(
        &self,
        deadline: Instant,
        step: impl FnOnce(SessionState, Place) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let late = || Error::TimedOut { seconds: self.limits.seconds };
        let state = self.state.clone();
        let place = timeout_at(deadline, self.workers.place()).await.map_err(|_| self.workers.busy())??;
        let (waiting, gone) = oneshot::channel::<()>();
        let planning = self.workers.threads.spawn_blocking(move || {
            Handle::current().block_on(async {
                tokio::select! {
                    biased;
                    _ = gone => Err(Error::Question("nobody waits for the answer any more".into())),
                    planned = step(state, Arc::new(place)) => planned,
                }
            })
        });
        let planned = timeout_at(deadline, planning).await.map_err(|_| late())???;
        drop(waiting);
        // A plan that was there when its timer was looked at may have come after its time.
        if Instant::now() >= deadline { Err(late()) } else { Ok(planned) }
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.limits.seconds)
    }
}

pub(super) async fn logical(state: &SessionState, text: &str) -> Result<LogicalPlan> {
    let mut statement = parse::statement(text)?;
    verify::statement(&statement)?;
    bound::parts(&statement)?;
    parameters::number(&mut statement)?;
    let plan = state.statement_to_plan(statement).await.map_err(error)?;
    verify::reading(&plan)?;
    Ok(plan)
}

pub(super) async fn physical(state: &SessionState, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    weigh::check(&plan)?;
    yield_now().await;
    let plan = state.optimize(&plan).map_err(error)?;
    verify::joins(&plan)?;
    yield_now().await;
    state.query_planner().create_physical_plan(&plan, state).await.map_err(error)
}
