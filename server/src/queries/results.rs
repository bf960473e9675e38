//! What queries came to that nobody waits for: whoever asked comes back for it within a while.

use super::folder::{Folder, clear};
use super::query::Query;
use super::stored::{Stored, Storing};
use crate::{Error, Result};
use arrow::datatypes::SchemaRef;
use parking_lot::Mutex;
use pulse_engine::{Clock, Policy, Tenant, TenantId};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How many of a tenant's queries are under way or have a result, at most.
const MOST: usize = 100;
/// How many of a tenant's results that are gone are remembered as such.
const REMEMBERED: usize = 1_000;

/// What became of a query that nobody waits for.
#[derive(Clone)]
pub enum Outcome {
    /// It is under way.
    Running,
    /// Its rows are there.
    Done(Arc<Stored>),
    /// It was refused, or broke.
    Failed(Arc<Error>),
    /// Its rows were there, and are there no more; and why.
    Gone(&'static str),
}

/// The results of this process.
pub(super) struct Results {
    clock: Clock,
    /// How long each is kept, and how many bytes of disk a tenant's may take.
    bounds: Mutex<(Duration, u64)>,
    base: PathBuf,
    /// Made when the first is stored.
    folder: Mutex<Option<Arc<Folder>>>,
    all: Mutex<HashMap<TenantId, HashMap<String, Entry>>>,
}

struct Entry {
    asker: String,
    /// What whoever asked saw then.
    policy: Policy,
    audit: bool,
    /// How the query ended.
    query: Option<Query>,
    outcome: Outcome,
    /// The bytes that it takes.
    bytes: u64,
    /// Until when it is kept, once it is over.
    until: Option<i64>,
}

impl Entry {
    /// Whether it is under way, or has a result.
    fn is_held(&self) -> bool {
        !matches!(self.outcome, Outcome::Gone(_))
    }

    fn goes(&mut self, why: &'static str, now: i64) {
        if let Outcome::Done(stored) = &self.outcome {
            stored.remove();
        }
        (self.outcome, self.bytes, self.until) = (Outcome::Gone(why), 0, Some(now));
    }
}

/// Why a result is gone.
const EXPIRED: &str = "the result was kept for as long as results are: ask again";
const REMOVED: &str = "the result was removed: ask again";
const MADE_ROOM: &str = "the result made room for those of others of the tenant, who had fewer: ask again";
const OTHER_AUTHORITY: &str = "what you may see has changed since this was asked: ask again, as what you are now";

impl Results {
    pub(super) fn new(clock: Clock, kept: Duration, bytes: u64) -> Self {
        let base = std::env::temp_dir();
        let bounds = Mutex::new((kept, bytes));
        Self { clock, bounds, base, folder: Mutex::default(), all: Mutex::default() }
    }

    /// Keeps what is over from now on for so long, and so much.
    pub(super) fn changes(&self, kept: Duration, bytes: u64) {
        *self.bounds.lock() = (kept, bytes);
    }

    /// Removes what processes that died have left.
    pub(super) fn clear(&self) {
        clear(&self.base);
    }

    /// How long one is kept.
    pub(super) fn kept(&self) -> Duration {
        self.bounds.lock().0
    }

    /// A query comes that nobody waits for.
    ///
    /// # Errors
    /// [`Error::TooManyResults`].
    pub(super) fn begin(&self, tenant: &Tenant, id: &str, asker: &str) -> Result<()> {
        let mut all = self.all.lock();
        let (of, now) = (all.entry(tenant.id().clone()).or_default(), self.clock.now());
        prune(of, now);
        let held = of.values().filter(|entry| entry.is_held()).count();
        if held >= MOST && !makes_room(of, (asker, 1), |_| 1, now) {
            return Err(Error::TooManyResults(format!(
                "{MOST} queries of this tenant run in the background or have a result, which is as many as may"
            )));
        }
        let entry = Entry {
            asker: asker.to_owned(),
            policy: tenant.policy().clone(),
            audit: tenant.sees_audit(),
            query: None,
            outcome: Outcome::Running,
            bytes: 0,
            until: None,
        };
        of.insert(id.to_owned(), entry);
        Ok(())
    }

    /// Where its rows go.
    pub(super) fn storing(&self, id: &str, schema: &SchemaRef) -> Result<Storing> {
        let folder = {
            let mut folder = self.folder.lock();
            match &*folder {
                Some(folder) => Arc::clone(folder),
                None => Arc::clone(folder.insert(Arc::new(Folder::make(&self.base)?))),
            }
        };
        Storing::begin(&folder, id, schema)
    }

    /// Its rows take so many bytes by now.
    ///
    /// # Errors
    /// [`Error::TooManyResults`] when the tenant's take more than they may.
    pub(super) fn takes(&self, tenant: &TenantId, id: &str, bytes: u64) -> Result<()> {
        let mut all = self.all.lock();
        let Some(of) = all.get_mut(tenant) else { return Ok(()) };
        let now = self.clock.now();
        prune(of, now);
        let mut asker = String::new();
        if let Some(entry) = of.get_mut(id) {
            entry.bytes = bytes;
            asker.clone_from(&entry.asker);
        }
        let most = self.bounds.lock().1;
        while of.values().map(|entry| entry.bytes).sum::<u64>() > most {
            if !makes_room(of, (&asker, 0), |entry| entry.bytes, now) {
                return Err(Error::TooManyResults(format!(
                    "the results of this tenant's queries would take more than {} MiB of disk",
                    most >> 20
                )));
            }
        }
        Ok(())
    }

    /// It is over.
    pub(super) fn ends(&self, tenant: &TenantId, id: &str, done: Result<Stored>, query: Option<Query>) {
        let until = self.clock.now() + i64::try_from(self.kept().as_micros()).unwrap_or(i64::MAX / 2);
        let mut all = self.all.lock();
        let Some(entry) = all.get_mut(tenant).and_then(|of| of.get_mut(id)) else { return };
        entry.query = query;
        // One that was taken away meanwhile stays so.
        if !matches!(entry.outcome, Outcome::Running) {
            return;
        }
        (entry.outcome, entry.bytes) = match done {
            Ok(stored) => {
                let bytes = stored.bytes();
                (Outcome::Done(Arc::new(stored)), bytes)
            }
            Err(error) => (Outcome::Failed(Arc::new(error)), 0),
        };
        entry.until = Some(until);
    }

    /// What became of one of somebody's, who asks as what they are now; until when it is kept; and how the query ended.
    pub(super) fn find(&self, tenant: &Tenant, id: &str, asker: &str) -> Option<(Outcome, Option<i64>, Option<Query>)> {
        let mut all = self.all.lock();
        let of = all.get_mut(tenant.id())?;
        prune(of, self.clock.now());
        let entry = of.get(id).filter(|entry| entry.asker == asker)?;
        let is_same = entry.policy == *tenant.policy() && entry.audit == tenant.sees_audit();
        let outcome = match &entry.outcome {
            // Why one failed may tell of a row, too.
            Outcome::Done(_) | Outcome::Failed(_) if !is_same => Outcome::Gone(OTHER_AUTHORITY),
            outcome => outcome.clone(),
        };
        Some((outcome, entry.until, entry.query.clone()))
    }

    /// Removes the rows of one that is over, of whomever or of one asker; whether there was one.
    pub(super) fn remove(&self, tenant: &TenantId, id: &str, asker: Option<&str>) -> bool {
        let mut all = self.all.lock();
        let entry = all.get_mut(tenant).and_then(|of| of.get_mut(id));
        let entry = entry.filter(|entry| asker.is_none_or(|asker| entry.asker == asker) && entry.until.is_some());
        let Some(entry) = entry.filter(|entry| !matches!(entry.outcome, Outcome::Gone(_))) else { return false };
        entry.goes(REMOVED, self.clock.now());
        true
    }

    /// Lets go what was kept for long enough.
    pub(super) fn expire(&self) {
        let now = self.clock.now();
        self.all.lock().values_mut().for_each(|of| prune(of, now));
    }

    /// Forgets all of a tenant's, or all that there are.
    pub(super) fn forget(&self, tenant: Option<&TenantId>) {
        let (mut all, now) = (self.all.lock(), self.clock.now());
        let is_meant = |of: &TenantId| tenant.is_none_or(|tenant| tenant == of);
        for (_, of) in all.iter_mut().filter(|(of, _)| is_meant(of)) {
            // Whoever is reading one reads no more of it.
            of.values_mut().for_each(|entry| entry.goes(REMOVED, now));
        }
        all.retain(|of, _| !is_meant(of));
        if tenant.is_none() {
            *self.folder.lock() = None;
        }
    }
}

/// Lets the oldest result go of whoever has most of what each `takes`, where that is more than the asker would have with so much more; whether
/// there was one. What is under way goes on.
fn makes_room(
    of: &mut HashMap<String, Entry>,
    (asker, more): (&str, u64),
    takes: impl Fn(&Entry) -> u64,
    now: i64,
) -> bool {
    let mut has: HashMap<&str, u64> = HashMap::new();
    for entry in of.values().filter(|entry| entry.is_held()) {
        *has.entry(&entry.asker).or_default() += takes(entry);
    }
    let own = has.get(asker).copied().unwrap_or_default() + more;
    let most = has.into_iter().map(|(whose, most)| (most, whose.to_owned())).max();
    let Some((_, whose)) = most.filter(|(most, _)| *most > own) else { return false };
    let is_theirs = |entry: &Entry| entry.asker == whose && entry.is_held() && entry.until.is_some();
    let theirs = of.iter().filter(|(_, entry)| is_theirs(entry) && takes(entry) > 0);
    let oldest = theirs.min_by_key(|(_, entry)| entry.until).map(|(id, _)| id.clone());
    let Some(entry) = oldest.and_then(|id| of.get_mut(&id)) else { return false };
    entry.goes(MADE_ROOM, now);
    true
}

/// Lets go what was kept for long enough, and forgets what has been gone the longest.
fn prune(of: &mut HashMap<String, Entry>, now: i64) {
    for entry in of.values_mut().filter(|entry| entry.until.is_some_and(|until| until <= now)) {
        if !matches!(entry.outcome, Outcome::Gone(_)) {
            entry.goes(EXPIRED, now);
        }
    }
    let mut gone: Vec<_> = of.iter().filter(|(_, entry)| matches!(entry.outcome, Outcome::Gone(_))).collect();
    if gone.len() > REMEMBERED {
        gone.sort_by_key(|(_, entry)| entry.until);
        let most = gone.len() - REMEMBERED;
        let forgotten: Vec<String> = gone.into_iter().take(most).map(|(id, _)| id.clone()).collect();
        for id in forgotten {
            of.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Engine;

    #[tokio::test]
    async fn whoever_has_the_most_results_makes_room_for_who_has_fewer() {
        let engine = Engine::open("memory://").await.unwrap();
        let acme = engine.tenant(&TenantId::new("acme").unwrap());
        let results = Results::new(Clock::Fixed(1), Duration::from_secs(60), 100);
        let is_over = |id: &str| results.ends(acme.id(), id, Err(Error::Stopped), None);
        let made_room = |id: &str| {
            let became = results.find(&acme, id, "hog").map(|(outcome, ..)| outcome);
            matches!(became, Some(Outcome::Gone(MADE_ROOM)))
        };
        for n in 0..MOST {
            results.begin(&acme, &format!("hog-{n}"), "hog").unwrap();
        }
        let refused = |begun: Result<()>| matches!(begun, Err(Error::TooManyResults(_)));
        assert!(refused(results.begin(&acme, "a", "ada")), "all of them are under way");
        is_over("hog-7");
        assert!(refused(results.begin(&acme, "more", "hog")), "who has the most takes from nobody");
        results.begin(&acme, "a", "ada").unwrap();
        assert!(made_room("hog-7"));
        // Likewise with the disk.
        is_over("hog-8");
        let bytes = |id: &str, bytes| results.all.lock().get_mut(acme.id()).unwrap().get_mut(id).unwrap().bytes = bytes;
        bytes("hog-8", 90);
        results.takes(acme.id(), "a", 60).unwrap();
        assert!(made_room("hog-8"));
        assert!(refused(results.takes(acme.id(), "a", 101)), "alone it is too much, too");
    }
}
