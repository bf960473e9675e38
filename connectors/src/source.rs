//! What every connector's reading half looks like.

use crate::net::Trouble;
use crate::{Budgets, Error, Met, Numbered, Result};
use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::TimestampMicrosecondType;
use futures::TryStreamExt as _;
use futures::stream::{self, BoxStream};
use pulse_engine::Clock;
use pulse_engine::Tenant;
use pulse_engine::entities::core;
use pulse_engine::land::{Crowd, Cursors, OVER, Page, Payload};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{Instrument as _, Span};

/// Pages as they are read.
pub type Pages = BoxStream<'static, Result<Page>>;

/// One connection to a vendor, ready to be read.
pub trait Source: Send {
    /// The connector's name, as in `raw/<connector>`.
    fn connector(&self) -> &'static str;

    /// `connector:name`, the first two parts of every key.
    fn connection(&self) -> &str;

    /// What the mapper needs to know of this connection's settings, without secrets, and of what readings up to `cursors` found out. A
    /// source that finds out something else meanwhile lands them anew, with the cursor that says so.
    fn settings(&self, cursors: &Cursors) -> serde_json::Value;

    /// What is left of the vendor's budgets, as it tells while this is read; nothing where it tells nothing.
    fn budgets(&self) -> Budgets {
        Budgets::default()
    }

    /// What of the rows that its payloads became a reading should have met and did not, so that they may be gone; `None` where that
    /// is told by reading on.
    fn doubts(&self, cursors: &Cursors) -> Option<Doubts> {
        let _ = cursors;
        None
    }

    /// Asks for these of the rows in doubt, by their ids in core, while it is read.
    fn doubtful(&mut self, ids: Vec<String>) {
        let _ = ids;
    }

    /// Who takes the cursors of very many parts alike, so that none of them is among those that it is read after; `None` where it has no
    /// such parts.
    fn crowd(&mut self) -> Option<&mut dyn Crowd> {
        None
    }

    /// Of which things nothing need land again that was landed last as it is; `None` where all lands that is read.
    fn known(&self, cursors: &Cursors) -> Option<Numbered> {
        let _ = cursors;
        None
    }

    /// Is told, before it is read, as what those were landed.
    fn know(&mut self, met: Met) {
        let _ = met;
    }

    /// The lists of which it is to be told, before it is read, as what each thing was met, and since when: where they are to be read whole.
    fn lists(&self, cursors: &Cursors) -> BTreeMap<String, i64> {
        let _ = cursors;
        BTreeMap::new()
    }

    /// Is told, before it is read, what was met of those.
    fn know_lists(&mut self, lists: BTreeMap<String, Met>) {
        let _ = lists;
    }

    /// Since when it is to be told, before it is read, what hooks of the connection were called with, in microseconds since 1970; `None` where
    /// it reads the same whatever that is. Where its settings are not the same as before, there is more to look at than what was called about.
    fn listens(&mut self, cursors: &Cursors, now: i64, is_same: bool) -> Option<i64> {
        let _ = (cursors, now, is_same);
        None
    }

    /// Is told of one of those calls, as it was landed.
    fn hears(&mut self, call: &str) {
        let _ = call;
    }

    /// The pages after `cursors`; all of them when there are none. A page that carries cursors may be resumed after, one
    /// without is read again after a kill. A stream, so that nothing holds a whole history.
    fn pages(self: Box<Self>, cursors: Cursors, clock: Clock) -> Pages;
}

/// Rows of core that may be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubts {
    /// The entity.
    pub entity: &'static str,
    /// What stands between the connection and the number in their ids.
    pub under: &'static str,
    /// They were neither landed nor met since this, in microseconds since 1970.
    pub before: i64,
    /// They belong to these projects, by their ids in core.
    pub projects: Vec<String>,
    /// Those up to this id, in the order of their ids, were asked for already.
    pub after: Option<String>,
    /// How many are asked for at most.
    pub most: usize,
}

impl Doubts {
    /// The ids of those that a tenant holds of a connection, in order and at most so many; `None` while something that landed is not mapped, since that may be
    /// news of them.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn held(
        &self,
        tenant: &Tenant,
        connector: &str,
        connection: &str,
    ) -> pulse_engine::Result<Option<Vec<String>>> {
        if !tenant.is_mapped(connector).await? {
            return Ok(None);
        }
        if self.projects.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let Some(table) = tenant.lake().table(core(self.entity)?).latest().await? else { return Ok(Some(Vec::new())) };
        let met = Met::since(tenant, connector, connection, self.before).await?;
        let start = format!("{connection}:{}/", self.under);
        let projects: HashSet<&str> = self.projects.iter().map(String::as_str).collect();
        let is_met = |number: &str| number.parse().is_ok_and(|number: u64| met.has(number));
        let (after, mut ids) = (self.after.as_deref().unwrap_or_default(), BTreeSet::new());
        let columns = ["id", "project_id", "observed_at", "deleted_at"];
        let mut rows = table.read(Some(&columns), None, &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            let [of, project] = [0, 1].map(|column| batch.column(column).as_string::<i32>());
            let (observed, gone) = (batch.column(2).as_primitive::<TimestampMicrosecondType>(), batch.column(3));
            for row in (0..batch.num_rows()).filter(|row| gone.is_null(*row) && observed.value(*row) < self.before) {
                let id = of.value(row);
                let is_of = id.strip_prefix(&start).is_some_and(|number| !is_met(number));
                if is_of && id > after && project.is_valid(row) && projects.contains(project.value(row)) {
                    ids.insert(id.to_owned());
                }
                if ids.len() > self.most {
                    ids.pop_last();
                }
            }
        }
        Ok(Some(ids.into_iter().collect()))
    }
}

/// Where a part of a connection stands, as it was landed; the default when nothing was.
pub(crate) fn cursor<T: Default + DeserializeOwned>(cursors: &Cursors, part: &str, connection: &str) -> Result<T> {
    let unread = |e: serde_json::Error| Error::Cursor { connection: connection.to_owned(), reason: e.to_string() };
    cursors.get(part).map_or_else(|| Ok(T::default()), |text| serde_json::from_str(text).map_err(unread))
}

/// Where a reader that blocks puts its pages.
#[derive(Debug)]
pub(crate) struct Outlet(mpsc::Sender<Result<Page>>);

/// Why a reader stopped early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody is waiting for the pages any more.
    Closed,
    /// Reading failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl Outlet {
    /// Hands a page over, and waits while two are already waiting.
    pub(crate) fn send(&self, page: Page) -> Result<(), Stop> {
        self.0.blocking_send(Ok(page)).map_err(|_| Stop::Closed)
    }
}

/// Runs a reader that blocks on its own thread, and streams what it sends.
///
/// Two pages may wait: enough that reading and landing overlap, few enough that memory stays bounded. A reader whose
/// stream was dropped stops at its next page.
pub(crate) fn blocking<F>(read: F) -> Pages
where
    F: FnOnce(&Outlet) -> Result<(), Stop> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(2);
    let reader = move || {
        let outlet = Outlet(sender);
        if let Err(Stop::Failed(error)) = read(&outlet) {
            // The stream may be gone by now; then nobody asks for the error either.
            drop(outlet.0.blocking_send(Err(error)));
        }
    };
    Box::pin(stream::unfold(Reading::Waiting(reader, receiver), Reading::next))
}

/// The reader starts with the first poll, since only then a runtime is sure to be there.
enum Reading<F> {
    Waiting(F, mpsc::Receiver<Result<Page>>),
    Started(mpsc::Receiver<Result<Page>>, Option<tokio::task::JoinHandle<()>>),
}

impl<F: FnOnce() + Send + 'static> Reading<F> {
    async fn next(self) -> Option<(Result<Page>, Self)> {
        let (mut receiver, task) = match self {
            Reading::Waiting(reader, receiver) => {
                let within = Span::current();
                (receiver, Some(tokio::task::spawn_blocking(move || within.in_scope(reader))))
            }
            Reading::Started(receiver, task) => (receiver, task),
        };
        match receiver.recv().await {
            Some(page) => Some((page, Reading::Started(receiver, task))),
            // A reader that panicked closes its channel too: that must not look like the end of the history.
            None => match task?.await {
                Ok(()) => None,
                Err(died) => Some((Err(Error::Task(died)), Reading::Started(receiver, None))),
            },
        }
    }
}

/// The body of what is not there any more.
pub(crate) const GONE: &str = r#"{"deleted":true}"#;

/// A payload that tells what could not be read, or that it could again.
pub(crate) fn problem(key: &str, reason: Option<&str>, at: i64) -> Payload {
    let body = serde_json::json!({ "reason": reason }).to_string();
    Payload { stream: "problems".to_owned(), key: key.to_owned(), observed_at: at, body }
}

/// How many names a problem of very many things tells.
const NAMED: usize = 10;

/// Some of these names, and how many more there are.
pub(crate) fn some_of(names: &[String]) -> String {
    let mut told: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join(", ")
}

/// What is told of so many things that are not seen any more: that they are, were, what is done with them, that they were and that they stay.
pub(crate) fn of_so_many(n: usize) -> [&'static str; 5] {
    match n {
        1 => ["is", "was", "it", "it was", "it stays as it was"],
        _ => ["are", "were", "them", "they were", "they stay as they were"],
    }
}

/// Things of a page with their places in it, so many first that stand apart, from the first to the last: those that fail in a row hide none of the
/// others from whoever asks for one after another, and gives up where so many fail and none is told.
pub(crate) fn apart<T>(things: Vec<T>, many: usize) -> Vec<(usize, T)> {
    let (last, steps) = (things.len().saturating_sub(1), many.saturating_sub(1).max(1));
    let first: BTreeSet<usize> = (0..=steps).map(|step| last * step / steps).collect();
    let placed = things.into_iter().enumerate();
    let (first, others): (Vec<_>, Vec<_>) = placed.partition(|(place, _)| first.contains(place));
    first.into_iter().chain(others).collect()
}

/// Hands payloads over, with where a part of the source stands once they are landed.
pub(crate) async fn send(
    outlet: &mpsc::Sender<Page>,
    part: &str,
    cursor: &impl Serialize,
    payloads: Vec<Payload>,
) -> Result<(), Trouble> {
    send_page(outlet, part, cursor, Page { payloads, ..Page::default() }).await
}

/// Hands a page over that may tell where other parts stand, too.
pub(crate) async fn send_page(
    outlet: &mpsc::Sender<Page>,
    part: &str,
    cursor: &impl Serialize,
    mut page: Page,
) -> Result<(), Trouble> {
    page.cursors.insert(part.to_owned(), serde_json::to_string(cursor).map_err(Error::from)?);
    outlet.send(page).await.map_err(|_| Trouble::Closed)
}

/// Hands a page over with which a part of the source is over: it is none of those that are known from then on.
pub(crate) async fn send_over(outlet: &mpsc::Sender<Page>, part: &str, mut page: Page) -> Result<(), Trouble> {
    page.cursors.insert(part.to_owned(), OVER.to_owned());
    outlet.send(page).await.map_err(|_| Trouble::Closed)
}

/// How many bytes of pages are landed together when they are ready at once: commits cost more than their bytes.
const TOGETHER: usize = 16 << 20;
/// How many pages of a reader that waits for others may wait themselves.
const WAITING: usize = 16;

/// Runs a reader that waits for others, and streams what it sends. Pages that are ready at once come as one.
pub(crate) fn flowing<F, R>(read: F) -> Pages
where
    F: FnOnce(mpsc::Sender<Page>) -> R + Send + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(WAITING);
    Box::pin(stream::unfold(Flow::Waiting(read, sender, receiver), Flow::next))
}

/// The reader starts with the first poll, and ends with the stream: tasks of a set that is dropped are stopped.
enum Flow<F> {
    Waiting(F, mpsc::Sender<Page>, mpsc::Receiver<Page>),
    Started(mpsc::Receiver<Page>, JoinSet<Result<()>>),
}

impl<F, R> Flow<F>
where
    F: FnOnce(mpsc::Sender<Page>) -> R + Send + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    async fn next(self) -> Option<(Result<Page>, Self)> {
        let (mut receiver, mut tasks) = match self {
            Flow::Waiting(read, sender, receiver) => {
                let mut tasks = JoinSet::new();
                tasks.spawn(read(sender).in_current_span());
                (receiver, tasks)
            }
            Flow::Started(receiver, tasks) => (receiver, tasks),
        };
        if let Some(mut page) = receiver.recv().await {
            let bytes = |page: &Page| {
                let bodies = page.payloads.iter().map(|payload| payload.body.len()).sum::<usize>();
                bodies + page.cursors.values().map(String::len).sum::<usize>()
            };
            let mut size = bytes(&page);
            while size < TOGETHER
                && let Ok(next) = receiver.try_recv()
            {
                size += bytes(&next);
                page.payloads.extend(next.payloads);
                page.cursors.extend(next.cursors);
            }
            return Some((Ok(page), Flow::Started(receiver, tasks)));
        }
        let error = match tasks.join_next().await? {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => error,
            Err(died) => Error::Task(died),
        };
        Some((Err(error), Flow::Started(receiver, tasks)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_apart_on_a_page_goes_from_its_first_to_its_last() {
        let order = |all: usize, many: usize| -> Vec<usize> {
            let placed = apart((0..all).collect::<Vec<_>>(), many);
            assert!(placed.iter().all(|(place, thing)| place == thing), "{placed:?}");
            placed.into_iter().map(|(place, _)| place).collect()
        };
        assert_eq!(order(8, 3), [0, 3, 7, 1, 2, 4, 5, 6]);
        // Were it every second one, three in a row would hide the last.
        assert_eq!(order(4, 3), [0, 1, 3, 2]);
        assert_eq!(order(12, 10), [0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 5, 10]);
        assert_eq!((order(2, 3), order(1, 3), order(0, 3)), (vec![0, 1], vec![0], vec![]));
    }
}
