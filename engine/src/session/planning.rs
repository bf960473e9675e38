//! From a statement to a plan, on threads of its own.

use super::breadth::Breadth;
use super::held::Place;
use super::information::Information;
use super::planned::{Again, Memory, Outline, Planned};
use super::statement::{Bound, bind};
use super::watch::{self, Watch};
use super::widths::{Batches, Widths};
use super::workers::Workers;
use super::{
    Limits, Parameters, Session, Statement, any_match, as_of, bound, cooperative, error, few, habits, instead, matched,
    ordered, parameters, parse, passes, plain, repeatable, verify, weigh,
};
use crate::spans::part;
use crate::{Error, Result, texts};
use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement as Parsed;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span};

/// What is known of a statement before its parameters have values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its parameters, `$1` first; one whose type nothing tells is of type NULL.
    pub parameters: SchemaRef,
    /// The columns of its answer. One whose type a parameter's value decides is of the type that it has for a NULL.
    pub rows: SchemaRef,
}

impl Session {
    /// Until when a statement that comes now may run.
    pub fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.limits.seconds)
    }

    /// Waits for a place, and plans one reading statement, which may run until `deadline`.
    ///
    /// # Errors
    /// [`Error::Question`] and [`Error::Mistake`] when the statement is refused or cannot be planned, [`Error::TimedOut`] when
    /// planning takes longer than the time limit, [`Error::Busy`] when others keep all places until then.
    pub async fn plan(&self, statement: &Statement, deadline: Instant) -> Result<Planned> {
        bound::text(statement.text())?;
        self.planner().plan(self.state_now(), statement.clone(), deadline).await
    }

    /// What is known of a statement before its parameters, `$1` or `?`, have values. Nothing runs.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub async fn describe(&self, text: &str) -> Result<Described> {
        bound::text(text)?;
        let (text, deadline) = (text.to_owned(), self.deadline());
        let watch = Watch::new(deadline, self.limits);
        let _waiting = watch.waiting();
        let step = async move |state: SessionState, _place| {
            described(&mut watch.within(state), &text).await.map_err(|error| instead::seen_in(&text, error))
        };
        self.on_thread(deadline, step).await
    }

    /// As [`Planner::on_thread`].
    pub(super) async fn on_thread<T, F>(
        &self,
        deadline: Instant,
        step: impl FnOnce(SessionState, Place) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>>,
    {
        self.planner().on_thread(self.state_now(), deadline, step).await
    }

    fn planner(&self) -> Planner {
        Planner {
            workers: self.workers.clone(),
            information: Arc::clone(&self.information),
            limits: self.limits,
            hashes: self.hashes,
            memory: self.memory.clone(),
        }
    }

    /// Its state, in which `now()` and the like are of this instant, throughout a statement.
    fn state_now(&self) -> SessionState {
        let mut state = self.state.clone();
        state.mark_start_execution();
        if self.now.is_some() {
            state.execution_props_mut().query_execution_start_time = self.now;
        }
        state
    }
}

/// Where a session's statements are planned, and within what.
#[derive(Clone)]
pub(super) struct Planner {
    workers: Workers,
    information: Arc<Information>,
    limits: Limits,
    hashes: bool,
    pub(super) memory: Memory,
}

impl Planner {
    /// Waits for a place, and plans a statement.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub(super) async fn plan(&self, state: SessionState, statement: Statement, deadline: Instant) -> Result<Planned> {
        let (limits, hashes, watch) = (self.limits, self.hashes, Watch::new(deadline, self.limits));
        let (watched, asked, waiting) = (Arc::clone(&watch), statement.clone(), watch.waiting());
        let step = async move |state: SessionState, place: Place| {
            let mut state = watched.within(set(state, &asked));
            let (plan, outline, breadth) = plan(&mut state, &asked).await?;
            if hashes {
                outline.hash();
            }
            let batches = asked.batches().unwrap_or_else(|| Batches::of(state.config().batch_size()));
            let (threads, widths) = (place.threads().clone(), Widths::new(breadth, limits, batches));
            let state = set(state, &asked.in_batches(widths.batches()));
            let plan = cooperative::restful(plan, place, &watched, &widths).map_err(error)?;
            Ok((plan, outline, threads, widths, state))
        };
        let (plan, outline, threads, widths, state) =
            self.on_thread(state, deadline, step).instrument(part!("plan")).await?;
        waiting.done();
        let (context, planner) = (state.task_ctx(), self.clone());
        let again = Arc::new(Again { planner, state, statement, deadline });
        Ok(Planned { plan, context, outline, threads, watch, widths, limits, again })
    }

    /// What a step comes to that plans, or looks at tables. It rests where it reads a table's log and nowhere else, so it has a thread of its
    /// own: the runtime goes on, and the limit is told in time. Nobody waiting any more is seen between its steps. Its place goes
    /// with it.
    async fn on_thread<T, F>(
        &self,
        state: SessionState,
        deadline: Instant,
        step: impl FnOnce(SessionState, Place) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let late = || Error::TimedOut { seconds: self.limits.seconds };
        let information = Arc::clone(&self.information);
        let place = timeout_at(deadline, self.workers.place()).await.map_err(|_| self.workers.busy())??;
        let (waiting, gone) = oneshot::channel::<()>();
        let span = Span::current();
        let threads = place.threads().clone();
        let working = threads.spawn_blocking(move || {
            let works = async {
                tokio::select! {
                    biased;
                    _ = gone => Err(watch::left()),
                    done = step(state, Arc::new(place)) => done.map_err(|error| match error {
                        Error::Mistake(mistake) => {
                            let names = information.names();
                            mistake.among(names.iter().map(|(schema, _, name)| (*schema, name.as_str()))).into()
                        }
                        error => error,
                    }),
                }
            };
            Handle::current().block_on(works.instrument(span))
        });
        let done = timeout_at(deadline, working).await.map_err(|_| late())???;
        drop(waiting);
        // What was there when its timer was looked at may have come after its time.
        if Instant::now() >= deadline { Err(late()) } else { Ok(done) }
    }
}

/// The plan of a statement that may be answered, and the values that are still to come into it.
pub(super) async fn logical(
    state: &SessionState,
    mut parsed: Parsed,
    given: &Parameters,
) -> Result<(LogicalPlan, Bound)> {
    verify::statement(&parsed)?;
    bound::parts(&parsed)?;
    habits::in_our_words(&mut parsed)?;
    parameters::number(&mut parsed)?;
    let values = bind(&mut parsed, given)?;
    let plan = Bound::prepared(state.statement_to_plan(parsed).await.map_err(error)?);
    verify::reading(&plan)?;
    Ok((plan, values))
}

/// The same session, whose operators are of one part, make smaller batches, or join by sorting, where a statement asks for that.
fn set(state: SessionState, asked: &Statement) -> SessionState {
    let known = state.config();
    let threads = if asked.is_by_one_thread() { 1 } else { known.target_partitions() };
    let rows = asked.batches().map_or(known.batch_size(), |batches| batches.rows);
    let hashes = !asked.is_joined_by_sorting();
    let hashed = known.options().optimizer.prefer_hash_join;
    if (threads, rows, hashes) == (known.target_partitions(), known.batch_size(), hashed) {
        return state;
    }
    let mut config = known.clone().with_target_partitions(threads).with_batch_size(rows);
    config.options_mut().optimizer.prefer_hash_join = hashes;
    if hashed && !hashes {
        // There are two sorts a join on each thread, and each keeps so much for merging its runs.
        let merging = known.options().execution.sort_spill_reservation_bytes;
        config = config.with_sort_spill_reservation_bytes(merging / 4);
    }
    SessionStateBuilder::new_from_existing(state).with_config(config).build()
}

async fn described(state: &mut SessionState, text: &str) -> Result<Described> {
    let mut parsed = parse::statement(text)?;
    verify::statement(&parsed)?;
    bound::parts(&parsed)?;
    habits::in_our_words(&mut parsed)?;
    parameters::number(&mut parsed)?;
    let open = state.statement_to_plan(parsed).await.map_err(error)?;
    verify::reading(&open)?;
    let parameters = parameters::wanted(&open)?;
    let asked = Statement::new(text).with(Parameters::nulls(&parameters)?);
    let rows = match plan(state, &asked).await {
        Ok((plan, ..)) => plan.schema(),
        // NULL is no value that the statement could be asked with; another may be, and its columns are called the same.
        Err(Error::Question(_) | Error::Mistake(_)) if !parameters.fields().is_empty() => {
            texts::plain_schema(open.schema().inner())
        }
        Err(error) => return Err(error),
    };
    Ok(Described { parameters, rows })
}

/// The same plan with what DataFusion knows to be quicker. Its answer's texts are plain unless they are wanted as they were read; of what type an
/// expression is stands fast once the plan was analysed.
fn optimized(state: &SessionState, plan: LogicalPlan, as_read: bool) -> datafusion::common::Result<LogicalPlan> {
    if matches!(plan, LogicalPlan::Explain(_)) {
        return state.optimize(&plan);
    }
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    // What figures are made of.
    if as_read {
        return passes::optimized(state, plan);
    }
    state.optimizer().optimize(plain::answers(plan)?, state, |_, _| {})
}

/// The plan of a statement; what is wrong with it is told with its place.
async fn plan(state: &mut SessionState, asked: &Statement) -> Result<(Arc<dyn ExecutionPlan>, Outline, Breadth)> {
    physical(state, asked).await.map_err(|error| instead::seen_in(asked.text(), error))
}

async fn physical(state: &mut SessionState, asked: &Statement) -> Result<(Arc<dyn ExecutionPlan>, Outline, Breadth)> {
    let (plan, values) = logical(state, parse::statement(asked.text())?, asked.parameters()).await?;
    let outline = Outline::new(plan.clone(), repeatable::check(&plan).map_err(error)?);
    let plan = values.into(plan).map_err(error)?;
    verify::constants(&plan)?;
    let breadth = weigh::check(&plan)?;
    let plan = if asked.is_in_one_order() { ordered::always(plan).map_err(error)? } else { plan };
    yield_now().await;
    let plan = matched::stoppable(optimized(state, plan, asked.is_as_read()).map_err(error)?).map_err(error)?;
    verify::joins(&plan)?;
    yield_now().await;
    few::set(state, &plan).await.map_err(error)?;
    let plan = as_of::joined(plan).await.map_err(error)?;
    let plan = any_match::once(plan).await.map_err(error)?;
    Ok((state.query_planner().create_physical_plan(&plan, state).await.map_err(error)?, outline, breadth))
}
