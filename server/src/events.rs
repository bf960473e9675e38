//! Events as they happen: one look at the control database serves all who follow a tenant in this process.

use crate::control::{Control, Event};
use crate::{Error, Result};
use parking_lot::Mutex;
use pulse_engine::TenantId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// How many events are read in one go.
const AT_ONCE: i64 = 500;
/// How many by one follower, of whom there may be thousands.
const FEW: i64 = 50;
/// How long it takes until a database that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// For how long what is told is gathered.
const GATHERS: Duration = Duration::from_millis(20);

/// What followers may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Whoever hears of nothing for so long looks all the same.
    pub looks: Duration,
    /// How many events of a tenant wait for followers in memory; who is further behind reads them anew.
    pub waiting: usize,
    /// How far behind a follower may be. One that is further is let go, and may come back to where it was.
    pub behind: i64,
    /// How many may follow one tenant in this process, and how many of them by one session or token.
    pub followers: usize,
    /// As above.
    pub each: usize,
    /// How often a sign of life is sent.
    pub beats: Duration,
    /// For how long a client may be silent, which is asked for signs of life of its own.
    pub silent: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            looks: Duration::from_secs(1),
            waiting: 1_024,
            behind: 10_000,
            followers: 5_000,
            each: 50,
            beats: Duration::from_secs(15),
            silent: Duration::from_secs(50),
        }
    }
}

/// The events of all tenants.
#[derive(Clone, Debug)]
pub struct Events {
    control: Control,
    bounds: Bounds,
    feeds: Feeds,
    over: watch::Sender<bool>,
}

/// What the followers of a tenant are told by.
#[derive(Debug)]
struct Feed {
    /// The last event that was told, once that is known.
    last: Option<i64>,
    tells: broadcast::Sender<Arc<Event>>,
    /// How many follow by each session or token.
    by: HashMap<String, usize>,
}

type Feeds = Arc<Mutex<HashMap<TenantId, Feed>>>;

/// A follower's place, until it is dropped.
#[derive(Debug)]
struct Place {
    feeds: Feeds,
    tenant: TenantId,
    by: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(feed) = self.feeds.lock().get_mut(&self.tenant)
            && let Some(n) = feed.by.get_mut(&self.by)
        {
            *n -= 1;
            if *n == 0 {
                feed.by.remove(&self.by);
            }
        }
    }
}

/// Why a follower is told no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It did not keep up.
    Slow,
    /// The process ends.
    Ending,
}

impl Events {
    /// The events of this control database.
    pub fn new(control: Control, bounds: Bounds) -> Self {
        Self { control, bounds, feeds: Arc::default(), over: watch::Sender::new(false) }
    }

    /// What following is bounded by.
    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Tells followers what happens, until [`Events::end`].
    ///
    /// A database that does not answer is waited for: nothing of this ends with it.
    pub async fn run(&self) {
        let (mut ear, mut over) = (self.control.listen(self.bounds.looks), self.over.subscribe());
        let mut away = false;
        while !*over.borrow_and_update() {
            match self.look().await {
                Ok(()) => away = false,
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::warn!(%error, "nobody hears of events now");
                    }
                }
            }
            let again = async {
                if away {
                    tokio::time::sleep(AGAIN).await;
                } else {
                    ear.hears().await;
                    tokio::time::sleep(GATHERS).await;
                }
            };
            tokio::select! {
                () = again => {}
                _ = over.changed() => {}
            }
        }
    }

    /// Lets every follower go.
    pub fn end(&self) {
        self.over.send_replace(true);
    }

    async fn look(&self) -> Result<()> {
        let known: HashMap<TenantId, i64> = {
            let mut feeds = self.feeds.lock();
            feeds.retain(|_, feed| !feed.by.is_empty());
            feeds.iter().filter_map(|(tenant, feed)| Some((tenant.clone(), feed.last?))).collect()
        };
        if known.is_empty() {
            return Ok(());
        }
        for (tenant, head) in self.control.event_heads(known.keys()).await? {
            let mut last = known.get(&tenant).copied().unwrap_or(head);
            while last < head {
                let events = self.control.events(&tenant, last, AT_ONCE).await?;
                // What is gone by now, nobody can be told.
                last = events.last().map_or(head, |event| event.id);
                if let Some(feed) = self.feeds.lock().get_mut(&tenant) {
                    feed.last = Some(last);
                    for event in events {
                        // Nobody hears it when all have left.
                        feed.tells.send(Arc::new(event)).ok();
                    }
                }
            }
        }
        Ok(())
    }

    /// How many follow a tenant here.
    pub fn followers(&self, tenant: &TenantId) -> usize {
        self.feeds.lock().get(tenant).map_or(0, |feed| feed.by.values().sum())
    }

    /// Follows a tenant, by a session or token: from after the event of a number, or from now on.
    ///
    /// # Errors
    /// [`Error::TooManyFollowers`]; when the database fails.
    pub async fn follow(&self, tenant: &TenantId, by: &str, after: Option<i64>) -> Result<Following> {
        let (hears, place) = {
            let mut feeds = self.feeds.lock();
            let new = || Feed { last: None, tells: broadcast::Sender::new(self.bounds.waiting), by: HashMap::new() };
            let feed = feeds.entry(tenant.clone()).or_insert_with(new);
            if feed.by.values().sum::<usize>() >= self.bounds.followers {
                return Err(Error::TooManyFollowers { most: self.bounds.followers });
            }
            let theirs = feed.by.entry(by.to_owned()).or_default();
            if *theirs >= self.bounds.each {
                return Err(Error::TooManyFollowers { most: self.bounds.each });
            }
            *theirs += 1;
            let place = Place { feeds: self.feeds.clone(), tenant: tenant.clone(), by: by.to_owned() };
            (feed.tells.subscribe(), place)
        };
        // Looked at after that: what is told from here on is heard.
        let (before, head) = self.control.events_kept(tenant).await?;
        if let Some(feed) = self.feeds.lock().get_mut(tenant) {
            // Whoever came at the same time may have seen less.
            feed.last = Some(feed.last.map_or(head, |last| last.min(head)));
        }
        // Nobody has seen what has not happened.
        let after = after.unwrap_or(head).min(head);
        Ok(Following {
            control: self.control.clone(),
            tenant: tenant.clone(),
            missed: after < before,
            seen: after.max(before.min(head)),
            behind: head,
            most_behind: self.bounds.behind,
            ready: VecDeque::new(),
            hears,
            over: self.over.subscribe(),
            _place: place,
        })
    }
}

/// Somebody who follows a tenant's events: each once, in order.
#[derive(Debug)]
pub struct Following {
    control: Control,
    tenant: TenantId,
    missed: bool,
    seen: i64,
    /// Up to where events are to be read before what is heard goes on from there.
    behind: i64,
    most_behind: i64,
    ready: VecDeque<Arc<Event>>,
    hears: broadcast::Receiver<Arc<Event>>,
    over: watch::Receiver<bool>,
    _place: Place,
}

impl Following {
    /// Whether events that were asked for are not there any more.
    pub fn missed(&self) -> bool {
        self.missed
    }

    /// The number of the last event that needs not be told.
    pub fn seen(&self) -> i64 {
        self.seen
    }

    /// The next event. It may be dropped at any time, and asked for again.
    ///
    /// # Errors
    /// When the database fails; it may be asked again then.
    pub async fn next(&mut self) -> Result<Result<Arc<Event>, Over>> {
        loop {
            if *self.over.borrow() {
                return Ok(Err(Over::Ending));
            }
            if let Some(event) = self.ready.pop_front() {
                self.seen = event.id;
                return Ok(Ok(event));
            }
            if self.seen < self.behind {
                let events = self.control.events(&self.tenant, self.seen, FEW).await?;
                if events.is_empty() {
                    self.seen = self.behind;
                }
                self.ready.extend(events.into_iter().map(Arc::new));
                continue;
            }
            let heard = tokio::select! {
                heard = self.hears.recv() => heard,
                _ = self.over.changed() => continue,
            };
            match heard {
                Ok(event) if event.id <= self.seen => {}
                Ok(event) if event.id > self.seen + self.most_behind => return Ok(Err(Over::Slow)),
                Ok(event) if event.id == self.seen + 1 => self.ready.push_back(event),
                // Some are between them that this one was not told.
                Ok(event) => self.behind = event.id,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Ok(Err(Over::Ending)),
            }
        }
    }
}
