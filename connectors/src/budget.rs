//! What is left of a vendor's budgets, as its answers tell.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is left of one of a vendor's budgets. Times are in microseconds since 1970, by the vendor's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// What the vendor calls it.
    pub name: String,
    /// How much there is of it each time.
    pub limit: i64,
    /// How much is left.
    pub remaining: i64,
    /// When it is full again.
    pub resets_at: i64,
    /// When the vendor told this.
    pub at: i64,
}

/// What a vendor told of its budgets so far. Whoever has it sees what is told later, too.
#[derive(Clone, Debug, Default)]
pub struct Budgets(Arc<Mutex<BTreeMap<String, Budget>>>);

impl Budgets {
    /// Notes what an answer told.
    pub(crate) fn note(&self, budget: Budget) {
        self.0.lock().insert(budget.name.clone(), budget);
    }

    /// All that was told, by name.
    pub fn told(&self) -> Vec<Budget> {
        self.0.lock().values().cloned().collect()
    }
}
