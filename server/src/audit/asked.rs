//! A question on its way, and the trail that is told how far it came.

use super::Event;
use crate::Result;
use crate::control::Control;
use crate::secret::sum;
use pulse_engine::TenantId;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// How many bytes of parameters the trail takes as they are; of more it has the SHA-256 sum.
const MOST_PARAMS: usize = 8 << 10;

/// How a question's SQL text goes into the trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SqlText {
    /// As it was asked.
    #[default]
    Whole,
    /// Its SHA-256 sum: the same text can be known again.
    Sum,
    /// Not at all.
    Nothing,
}

impl SqlText {
    /// What an event tells of a text and the values of its parameters.
    pub fn detail(self, sql: &str, params: Option<&Value>) -> Value {
        match self {
            SqlText::Whole => match params.map(|params| (params, params.to_string())) {
                None => json!({"sql": sql}),
                Some((params, text)) if text.len() <= MOST_PARAMS => json!({"sql": sql, "params": params}),
                Some((_, text)) => json!({"sql": sql, "params_sum": sum(&text)}),
            },
            SqlText::Sum => json!({"sql_sum": sum(sql)}),
            SqlText::Nothing => json!({}),
        }
    }

    /// The text, where it may be kept.
    pub fn kept(self, sql: &str) -> Option<&str> {
        (self == SqlText::Whole).then_some(sql)
    }
}

/// The outcome of what was begun, until it came to its end.
pub(crate) const UNFINISHED: &str = "unfinished";

/// An event that was begun: its trail, and its key there.
pub(crate) type Begun = (TenantId, String);

/// A question on its way. When it is dropped, the trail is told how far it came.
#[derive(Debug)]
pub struct Asked {
    event: Event,
    trails: Vec<TenantId>,
    control: Control,
    begun: Vec<Begun>,
    /// What begins its event, beside the question's own work.
    begins: Option<JoinHandle<Result<Vec<Begun>>>>,
}

impl Asked {
    /// A question that comes now, which these trails begin to know of. It is `failed` until it is said otherwise.
    pub fn new(control: Control, trails: Vec<TenantId>, event: Event) -> Self {
        let event = Event { at: control.now(), outcome: "failed".to_owned(), ..event };
        let begins = {
            let (control, trails) = (control.clone(), trails.clone());
            let event = Event { outcome: UNFINISHED.to_owned(), ..event.clone() };
            tokio::spawn(async move { begin(&control, trails, &event).await }.in_current_span())
        };
        Self { event, trails, control, begun: Vec::new(), begins: Some(begins) }
    }

    /// Until its trails know of the question: no answer goes out before.
    ///
    /// # Errors
    /// When the control database fails.
    pub async fn is_known(&mut self) -> Result<()> {
        if let Some(begins) = self.begins.take() {
            self.begun = begins.await??;
        }
        Ok(())
    }

    /// Whether its trails were told of the question, or could not be.
    pub fn is_told(&self) -> bool {
        self.begins.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// So many rows and bytes go out.
    pub fn gives(&mut self, rows: usize, bytes: usize) {
        let add = |sum: Option<i64>, n: usize| Some(sum.unwrap_or_default() + i64::try_from(n).unwrap_or(i64::MAX));
        (self.event.rows, self.event.bytes) = (add(self.event.rows, rows), add(self.event.bytes, bytes));
        "left".clone_into(&mut self.event.outcome);
    }

    /// It came to its end.
    pub fn ends(&mut self) {
        "done".clone_into(&mut self.event.outcome);
    }

    /// What the trail is told of it, as it stands.
    pub(crate) fn event(&mut self) -> &mut Event {
        &mut self.event
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let (event, trails, control) =
            (std::mem::take(&mut self.event), std::mem::take(&mut self.trails), self.control.clone());
        let (mut begun, begins) = (std::mem::take(&mut self.begun), self.begins.take());
        if let Ok(runtime) = Handle::try_current() {
            let writes = async move {
                if let Some(begins) = begins
                    && let Ok(Ok(known)) = begins.await
                {
                    begun = known;
                }
                write(&control, &begun, &trails, &event).await;
            };
            runtime.spawn(writes.in_current_span());
        }
    }
}

/// Tells trails that something is begun.
pub(crate) async fn begin(control: &Control, trails: Vec<TenantId>, event: &Event) -> Result<Vec<Begun>> {
    let mut begun = Vec::with_capacity(trails.len());
    for tenant in trails {
        let id = control.begin_event(&tenant, event).await?;
        begun.push((tenant, id));
    }
    Ok(begun)
}

/// Tells trails what came of something; those that know that it was begun, in the place of that. What was begun in a trail that
/// it turned out not to belong to moves to one that it does.
pub(crate) async fn write(control: &Control, begun: &[Begun], trails: &[TenantId], event: &Event) {
    let told = |done: Result<()>, tenant: &TenantId| {
        if let Err(error) = done {
            tracing::error!(%error, %tenant, action = event.action, "the audit trail does not know what came of this");
        }
    };
    let mut left = trails.iter().filter(|tenant| begun.iter().all(|(known, _)| known != *tenant));
    for (tenant, id) in begun {
        let to = if trails.contains(tenant) { tenant } else { left.next().unwrap_or(tenant) };
        told(control.finish_event(to, id, event).await, to);
    }
    for tenant in left {
        told(control.record(tenant, event).await, tenant);
    }
}
