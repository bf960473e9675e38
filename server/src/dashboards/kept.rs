//! Answers that are kept while they hold.

use super::make::{make, unconnected};
use super::{Dashboard, Page, asked};
use crate::Result;
use crate::report::Scope;
use parking_lot::Mutex;
use pulse_engine::lake::Versions;
use pulse_engine::{Clock, Policy, Settings, Tenant};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// An answer is of the last full one of these, in microseconds: a quarter of an hour.
const STEP: i64 = 900 * 1_000_000;
/// How many answers are kept, the least recently used one leaving first. One takes some hundred kilobytes.
const MOST: usize = 256;

/// Whose answer to what: everything that it depends on besides the tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    tenant: String,
    policy: Policy,
    settings: String,
    asked: String,
    as_of: i64,
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

/// The dashboards of all tenants, and the answers that are kept of them.
#[derive(Clone, Default)]
pub struct Dashboards(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    cells: HashMap<Key, (Cell, u64)>,
    tick: u64,
}

/// Tells nothing of the answers.
impl std::fmt::Debug for Dashboards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dashboards").field("kept", &self.0.lock().cells.len()).finish()
    }
}

impl Dashboards {
    /// A page as `tenant` shows it under its policy. Who asks for the same at once waits for one answer.
    ///
    /// # Errors
    /// What the engine failed at; nothing of that is kept.
    pub async fn show(
        &self,
        tenant: &Tenant,
        settings: &Settings,
        clock: Clock,
        page: &'static Page,
        scope: &Scope,
    ) -> Result<Arc<Made>> {
        let now = clock.now();
        let clock = Clock::Fixed(now - now.rem_euclid(STEP));
        let key = Key {
            tenant: tenant.id().to_string(),
            policy: tenant.policy().clone(),
            settings: format!("{settings:?}"),
            asked: asked(page, scope).to_string(),
            as_of: clock.now(),
        };
        let mut cell = self.cell(&key);
        if let Some(made) = cell.get() {
            if tenant.stands(&made.versions).await? {
                return Ok(Arc::clone(made));
            }
            self.forget(&key, &cell);
            cell = self.cell(&key);
        }
        let made = cell.get_or_try_init(async || made(tenant, settings, clock, page, scope, &key).await).await?;
        // Where nothing was ever landed nothing is kept: the first page that lands must be seen at once.
        if made.versions.is_empty() {
            self.forget(&key, &cell);
        }
        Ok(Arc::clone(made))
    }

    fn cell(&self, key: &Key) -> Cell {
        let mut kept = self.0.lock();
        kept.tick += 1;
        let tick = kept.tick;
        if let Some((cell, used)) = kept.cells.get_mut(key) {
            *used = tick;
            return Arc::clone(cell);
        }
        if kept.cells.len() >= MOST {
            let oldest = kept.cells.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
            oldest.and_then(|key| kept.cells.remove(&key));
        }
        let cell = Cell::default();
        kept.cells.insert(key.clone(), (Arc::clone(&cell), tick));
        cell
    }

    /// Forgets a cell that no longer holds, unless another took its place.
    fn forget(&self, key: &Key, stale: &Cell) {
        let mut kept = self.0.lock();
        if kept.cells.get(key).is_some_and(|(cell, _)| Arc::ptr_eq(cell, stale)) {
            kept.cells.remove(key);
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
    Ok(Arc::new(Made { dashboard, mark: format!("{key:?} {versions}"), versions }))
}
