//! Rows on their way into one table of core.

use crate::Fallible;
use pulse_engine::Tenant;
use pulse_engine::entities::{Entity, core};
use pulse_engine::lake::When;
use pulse_engine::row::{Row, Value, batch};

/// As many rows as a data file holds: each is written once, and not compacted after.
pub(super) const FILE_ROWS: usize = 1 << 18;

/// The connection that all of it came through.
pub(super) const CONNECTION: &str = "bench:a";

/// Where all of it stands in raw.
pub(super) const RAW: &str = "bench/1/0";

/// Rows of one table, which are written whenever they make a file. Those that come in the order of the table make files that do not
/// overlap.
pub(super) struct Pile<'t> {
    tenant: &'t Tenant,
    entity: &'static Entity,
    rows: Vec<Row>,
}

impl<'t> Pile<'t> {
    /// One without any rows.
    pub(super) fn new(tenant: &'t Tenant, entity: &str) -> Fallible<Self> {
        Ok(Self { tenant, entity: core(entity)?, rows: Vec::new() })
    }

    /// A row to be filled.
    pub(super) fn row(&self, id: String) -> Row {
        let row = Row::new(self.entity).set("id", id).set("connection", CONNECTION);
        row.set("observed_at", Value::Time(1)).set("raw", RAW)
    }

    /// Adds a row.
    pub(super) async fn put(&mut self, row: Row) -> Fallible<()> {
        row.check().map_err(|reject| reject.reason)?;
        self.rows.push(row);
        if self.rows.len() >= FILE_ROWS {
            self.write().await?;
        }
        Ok(())
    }

    /// Writes what was not written yet.
    pub(super) async fn write(&mut self) -> Fallible<()> {
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            let packed = batch(self.entity, &rows)?;
            drop(rows);
            self.tenant.lake().table(self.entity).append(&[packed], &[], When::Changed).await?;
        }
        Ok(())
    }
}

/// An instant, where there is one.
pub(super) fn time(at: Option<i64>) -> Value {
    at.map_or(Value::Null, Value::Time)
}
