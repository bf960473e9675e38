//! Windows that go from row to row, and ask for the room of the rows that they hold.
//!
//! DataFusion's operator gives a row once its window is whole, holds those that wait and those that are looked back at, and asks no pool
//! for them. How many wait is seen from outside: those that went in and did not come out.
//!
//! With every batch that comes it may look for the ends of frames anew, and does not rest between them: so it is looked there, too, whether the
//! query goes on.

use super::through::Through;
use super::watch::Watch;
use super::whole::{held, sizes};
use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{WindowFrameBound, WindowFrameUnits};
use datafusion::physical_expr::window::WindowExpr;
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the windows of one operator hold, by its partitions.
#[derive(Debug)]
pub(super) struct Ledger {
    watch: Arc<Watch>,
    windows: usize,
    /// How many rows are looked back at, at most.
    back: Arc<AtomicUsize>,
    accounts: Mutex<HashMap<usize, Arc<Account>>>,
}

#[derive(Debug)]
struct Account {
    memory: MemoryReservation,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    came: usize,
    went: usize,
    bytes: usize,
}

impl Ledger {
    /// Of these windows; how far back those look that have no frame is noted in `back`.
    pub(super) fn new(exprs: &[Arc<dyn WindowExpr>], back: Arc<AtomicUsize>, watch: &Arc<Watch>) -> Arc<Self> {
        for expr in exprs {
            back.fetch_max(looks_back(expr.as_ref()), Ordering::Relaxed);
        }
        Arc::new(Self { watch: Arc::clone(watch), windows: exprs.len(), back, accounts: Mutex::default() })
    }

    /// What stands below the windows, and counts what comes.
    pub(super) fn below(self: &Arc<Self>, input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        self.counting(input, |counted, batch| {
            counted.came = counted.came.saturating_add(batch.num_rows());
            counted.bytes = counted.bytes.saturating_add(sizes(batch));
        })
    }

    /// What stands above them, and counts what went.
    pub(super) fn above(self: &Arc<Self>, windows: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        self.counting(windows, |counted, batch| counted.went = counted.went.saturating_add(batch.num_rows()))
    }

    fn counting(
        self: &Arc<Self>,
        input: Arc<dyn ExecutionPlan>,
        count: fn(&mut Counted, &RecordBatch),
    ) -> Arc<dyn ExecutionPlan> {
        let ledger = Arc::clone(self);
        Through::of(input, "Counting", None, move |partition, context| {
            let (ledger, account) = (Arc::clone(&ledger), ledger.account(partition, context));
            Box::new(move |batch| ledger.note(&account, |counted| count(counted, batch)))
        })
    }

    fn account(&self, partition: usize, context: &TaskContext) -> Arc<Account> {
        let new = || {
            let memory = MemoryConsumer::new("windows").register(context.memory_pool());
            Arc::new(Account { memory, counted: Mutex::default() })
        };
        Arc::clone(self.accounts.lock().entry(partition).or_insert_with(new))
    }

    /// Notes what came or went in one partition, and asks for what is held then.
    fn note(&self, account: &Account, note: impl FnOnce(&mut Counted)) -> Result<()> {
        self.watch.goes_on()?;
        let mut counted = account.counted.lock();
        note(&mut counted);
        let waits = counted.came.saturating_sub(counted.went);
        let rows = waits.saturating_add(counted.went.min(self.back.load(Ordering::Relaxed)));
        let bytes = (counted.bytes / counted.came.max(1)).saturating_mul(rows);
        account.memory.try_resize(held(rows, bytes, self.windows))
    }
}

/// How many rows before its own the frame of a window begins, as far as that is known without its function.
fn looks_back(expr: &dyn WindowExpr) -> usize {
    let frame = expr.get_window_frame();
    match (&frame.start_bound, frame.units) {
        // What is computed from the first row on is carried along.
        (bound, _) if bound.is_unbounded() => 0,
        (WindowFrameBound::CurrentRow | WindowFrameBound::Following(_), _) => 0,
        (WindowFrameBound::Preceding(rows), WindowFrameUnits::Rows) => rows.to_string().parse().unwrap_or(usize::MAX),
        (WindowFrameBound::Preceding(_), _) => usize::MAX,
    }
}
