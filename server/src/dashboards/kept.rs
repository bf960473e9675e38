//! Answers that are kept while they hold.

use super::make::{make, unconnected};
use super::{Dashboard, Page, asked};
use crate::Result;
use crate::queries::{Line, reader};
use crate::report::Scope;
use parking_lot::Mutex;
use pulse_engine::lake::Versions;
use pulse_engine::{Clock, Policy, Settings, Tenant, TenantId};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// An answer is of the last full one of these, in microseconds: a quarter of an hour.
const STEP: i64 = 900 * 1_000_000;
/// How many answers are kept; beyond that, whichever tenant has most loses the one that was used least recently. One takes some hundred
/// kilobytes.
const MOST: usize = 256;
/// For how long after somebody asked an answer is made anew by itself, in microseconds, and how many are at most.
const WARM: i64 = 3600 * 1_000_000;
const MOST_WARM: usize = 32;
/// How often it is looked whether one has to be.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Whose answer to what: everything that it depends on besides the tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    tenant: String,
    policy: Policy,
    reader: Option<String>,
    settings: String,
    asked: String,
    as_of: i64,
    is_past: bool,
}

/// An answer, and what it rests on.
#[derive(Debug)]
pub struct Made {
    /// The answer.
    pub dashboard: Dashboard,
    /// The same for the same answer to the same question alone, whoever asked it of whichever tenant.
    pub mark: String,
    versions: Versions,
}

type Cell = Arc<OnceCell<Arc<Made>>>;

/// What somebody asked, to be asked again.
#[derive(Clone)]
struct Recipe {
    tenant: Tenant,
    /// Whose alone the answer is.
    reader: Option<String>,
    settings: Settings,
    page: &'static Page,
    scope: Scope,
    /// When somebody did, in microseconds since 1970.
    asked_at: i64,
}

struct Entry {
    cell: Cell,
    used: u64,
    recipe: Recipe,
}

/// The dashboards of all tenants, and the answers that are kept of them.
#[derive(Clone, Default)]
pub struct Dashboards(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    cells: HashMap<Key, Entry>,
    tick: u64,
}

/// Tells nothing of the answers.
impl std::fmt::Debug for Dashboards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dashboards").field("kept", &self.0.lock().cells.len()).finish()
    }
}

impl Dashboards {
    /// A page as `tenant` shows it under its policy. Who asks for the same at once waits for one answer, but for those who see some rows
    /// only, of whom each has their own; who makes it takes a turn in the line for that. Of a tenant as it was at an instant of the past,
    /// which is the clock's then, the answer stays as it is.
    ///
    /// # Errors
    /// As [`Line::turn`], and what the engine failed at; nothing of that is kept.
    pub async fn show(
        &self,
        tenant: &Tenant,
        settings: &Settings,
        clock: Clock,
        (page, scope): (&'static Page, &Scope),
        line: &Line,
    ) -> Result<Arc<Made>> {
        let (tenant, settings, scope) = (tenant.clone(), settings.clone(), scope.clone());
        let reader = reader(tenant.policy(), line.asker());
        let recipe = Recipe { tenant, reader, settings, page, scope, asked_at: clock.now() };
        self.shown(&recipe, clock, Some(line)).await.map(|(made, _)| made)
    }

    /// Makes what people look at anew where it no longer holds, so that the next of them need not wait. It tells how many it made.
    pub async fn refresh(&self, clock: Clock) -> usize {
        let mut made = 0;
        for recipe in self.warm(clock) {
            // Somebody makes it, or waits for their turn to: others are not to wait for them.
            if self.is_begun(&recipe.key(clock)) {
                continue;
            }
            match self.shown(&recipe, clock, None).await {
                Ok((_, is_new)) => made += usize::from(is_new),
                // Whoever asks will be told.
                Err(error) => tracing::debug!(%error, page = recipe.page.name, "a dashboard was not made anew"),
            }
        }
        made
    }

    /// What was asked for within an hour: each tenant's latest, and then the ones before those, so that who looks at much is not in front of
    /// everybody else.
    fn warm(&self, clock: Clock) -> Vec<Recipe> {
        let now = clock.now();
        let mut recipes: Vec<Recipe> = self.0.lock().cells.values().map(|entry| entry.recipe.clone()).collect();
        recipes.retain(|recipe| !recipe.tenant.is_past() && recipe.asked_at > now - WARM);
        recipes.sort_by_key(|recipe| Reverse(recipe.asked_at));
        let mut seen = HashSet::new();
        recipes.retain(|recipe| seen.insert(Key { as_of: 0, ..recipe.key(clock) }));
        let mut of: HashMap<String, usize> = HashMap::new();
        recipes.sort_by_cached_key(|recipe| {
            let place = of.entry(recipe.tenant.id().to_string()).or_default();
            *place += 1;
            *place
        });
        recipes.truncate(MOST_WARM);
        recipes
    }

    /// Whether a page is asked for that is not there.
    fn is_begun(&self, key: &Key) -> bool {
        self.0.lock().cells.get(key).is_some_and(|entry| entry.cell.get().is_none())
    }

    /// Does so for as long as it is let.
    pub async fn keep_warm(self, clock: Clock) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let made = self.refresh(clock).await;
            if made > 0 {
                tracing::debug!(made, "dashboards were made anew");
            }
        }
    }

    /// The answer, and whether it had to be made: in a turn, where somebody waits for it in a line.
    async fn shown(&self, recipe: &Recipe, clock: Clock, line: Option<&Line>) -> Result<(Arc<Made>, bool)> {
        let key = recipe.key(clock);
        let Recipe { tenant, settings, page, scope, .. } = recipe;
        let clock = Clock::Fixed(key.as_of);
        let mut cell = self.cell(&key, recipe);
        if let Some(made) = cell.get() {
            // A tenant of the past is there for as long as the lake can tell what it was, and is then the same.
            if tenant.is_past() || tenant.stands(&made.versions).await? {
                return Ok((Arc::clone(made), false));
            }
            self.forget(&key, &cell);
            cell = self.cell(&key, recipe);
        }
        let makes = async || {
            let _turn = match line {
                Some(line) => Some(line.turn().await?),
                None => None,
            };
            made(tenant, settings, clock, page, scope, &key).await
        };
        let made = cell.get_or_try_init(makes).await?;
        // Where nothing was ever landed nothing is kept: the first page that lands must be seen at once.
        if made.versions.is_empty() {
            self.forget(&key, &cell);
        }
        Ok((Arc::clone(made), true))
    }

    /// Forgets all of a tenant's, which is erased.
    pub(crate) fn forget_all(&self, tenant: &TenantId) {
        self.0.lock().cells.retain(|key, _| key.tenant != tenant.as_str());
    }

    fn cell(&self, key: &Key, recipe: &Recipe) -> Cell {
        let mut kept = self.0.lock();
        kept.tick += 1;
        let tick = kept.tick;
        if let Some(entry) = kept.cells.get_mut(key) {
            entry.used = tick;
            entry.recipe.asked_at = entry.recipe.asked_at.max(recipe.asked_at);
            return Arc::clone(&entry.cell);
        }
        if kept.cells.len() >= MOST {
            let gone = kept.next_to_go();
            gone.and_then(|key| kept.cells.remove(&key));
        }
        let cell = Cell::default();
        kept.cells.insert(key.clone(), Entry { cell: Arc::clone(&cell), used: tick, recipe: recipe.clone() });
        cell
    }

    /// Forgets a cell that no longer holds, unless another took its place.
    fn forget(&self, key: &Key, stale: &Cell) {
        let mut kept = self.0.lock();
        if kept.cells.get(key).is_some_and(|entry| Arc::ptr_eq(&entry.cell, stale)) {
            kept.cells.remove(key);
        }
    }
}

impl Kept {
    /// The answer that was used least recently, of the tenant that has most: so who looks at much takes nothing from others.
    fn next_to_go(&self) -> Option<Key> {
        let mut of: HashMap<&str, usize> = HashMap::new();
        for key in self.cells.keys() {
            *of.entry(key.tenant.as_str()).or_default() += 1;
        }
        let has = |key: &Key| of.get(key.tenant.as_str()).copied().unwrap_or_default();
        let last = self.cells.iter().min_by_key(|(key, entry)| (Reverse(has(key)), entry.used));
        last.map(|(key, _)| key.clone())
    }
}

impl Recipe {
    /// What its answer is kept by now.
    fn key(&self, clock: Clock) -> Key {
        let (now, is_past) = (clock.now(), self.tenant.is_past());
        Key {
            tenant: self.tenant.id().to_string(),
            policy: self.tenant.policy().clone(),
            reader: self.reader.clone(),
            settings: format!("{:?}", self.settings),
            asked: asked(self.page, &self.scope).to_string(),
            as_of: if is_past { now } else { now - now.rem_euclid(STEP) },
            is_past,
        }
    }
}

/// The answer itself, and what it rests on.
async fn made(
    tenant: &Tenant,
    settings: &Settings,
    clock: Clock,
    page: &'static Page,
    scope: &Scope,
    key: &Key,
) -> Result<Arc<Made>> {
    let (dashboard, versions) = match tenant.session().await {
        Ok(session) => {
            let session = Arc::new(session);
            let dashboard = make(page, &session, settings, clock, scope).await?;
            (dashboard, session.versions())
        }
        Err(pulse_engine::Error::UnknownTenant { .. }) => {
            (unconnected(page, settings, clock, scope)?, Versions::default())
        }
        Err(error) => return Err(error.into()),
    };
    // Another release may make another answer of the same tables.
    let mark = format!("{} {key:?} {versions}", env!("CARGO_PKG_VERSION"));
    Ok(Arc::new(Made { dashboard, mark, versions }))
}

#[cfg(test)]
mod tests {
    use super::super::PAGES;
    use super::*;
    use chrono::Days;
    use pulse_engine::Engine;
    use pulse_engine::metrics::Grain;

    #[tokio::test]
    async fn an_answer_of_another_release_has_another_mark() {
        let engine = Engine::open("memory://").await.unwrap();
        let (settings, clock) = (Settings::default(), Clock::Fixed(1_000 * STEP));
        let tenant = engine.tenant(&TenantId::new("acme").unwrap());
        let scope = Scope::recent(&settings, clock, Grain::Day);
        let recipe = Recipe { tenant, reader: None, settings, page: &PAGES[0], scope, asked_at: clock.now() };
        let (made, _) = Dashboards::default().shown(&recipe, clock, None).await.unwrap();
        assert!(made.mark.starts_with(env!("CARGO_PKG_VERSION")), "{}", made.mark);
    }

    #[tokio::test]
    async fn a_tenant_that_looks_at_much_takes_no_answer_from_another() {
        let engine = Engine::open("memory://").await.unwrap();
        let (dashboards, clock) = (Dashboards::default(), Clock::Fixed(1_000 * STEP));
        // A page that ends so many days later, asked for at as many microseconds.
        let looks = |id: &str, n: u32| {
            let settings = Settings::default();
            let recent = Scope::recent(&settings, clock, Grain::Day);
            let scope = Scope { until: recent.until + Days::new(n.into()), ..recent };
            let tenant = engine.tenant(&TenantId::new(id).unwrap());
            let asked_at = clock.now() + i64::from(n);
            let recipe = Recipe { tenant, reader: None, settings, page: &PAGES[0], scope, asked_at };
            dashboards.cell(&recipe.key(clock), &recipe)
        };
        let first = looks("acme", 0);
        let hogs: Vec<Cell> = (0..1_000).map(|n| looks("hog", n)).collect();
        assert!(Arc::ptr_eq(&first, &looks("acme", 0)), "it was used least recently of all");
        assert!(!Arc::ptr_eq(&hogs[0], &looks("hog", 0)), "the hog's own first one is gone");
        assert_eq!(dashboards.0.lock().cells.len(), MOST);
        // Nor is it in front of the other when pages are made anew.
        let warm = dashboards.warm(clock);
        let whose = warm.iter().map(|recipe| recipe.tenant.id().as_str());
        assert_eq!(whose.take(3).collect::<Vec<_>>(), ["hog", "acme", "hog"]);
        assert_eq!((warm.len(), warm[0].asked_at - clock.now()), (MOST_WARM, 999));
        // One that is erased has none, and the other all of its own.
        dashboards.forget_all(&TenantId::new("hog").unwrap());
        let kept = dashboards.0.lock();
        assert_eq!(kept.cells.keys().map(|key| key.tenant.as_str()).collect::<Vec<_>>(), ["acme"]);
    }
}
