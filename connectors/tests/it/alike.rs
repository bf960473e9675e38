//! Whether two ways of reading a vendor come to the same, a process that dies over it, and a world that goes on meanwhile.

use arrow::array::Array as _;
use arrow::util::display::array_value_to_string;
use async_trait::async_trait;
use futures::TryStreamExt as _;
use parking_lot::Mutex;
use pulse_connectors::{Doubts, Landing, Listener, Met, Numbered};
use pulse_engine::land::{Crowd, Cursors, Page};
use pulse_engine::{Tenant, entities};
use std::collections::{BTreeMap, BTreeSet};

/// Rows by entity and id.
pub(crate) type Told = BTreeMap<String, BTreeMap<String, String>>;

/// What a tenant has of each entity, by id: all that is told of it but for how it came.
pub(crate) async fn told(tenant: &Tenant) -> Told {
    let mut told = BTreeMap::new();
    for entity in entities::CORE {
        let Some(table) = tenant.lake().table(entity).latest().await.unwrap() else { continue };
        let batches: Vec<_> = table.read(None, None, &[]).await.unwrap().try_collect().await.unwrap();
        let mut rows = BTreeMap::new();
        for batch in &batches {
            let gone = batch.column_by_name("deleted_at").unwrap();
            for row in (0..batch.num_rows()).filter(|row| gone.is_null(*row)) {
                let schema = batch.schema();
                let fields = schema.fields().iter().zip(batch.columns());
                let shown =
                    fields.filter(|(field, _)| !["raw", "observed_at", "deleted_at"].contains(&field.name().as_str()));
                let shown = shown
                    .map(|(field, column)| format!("{}={}", field.name(), array_value_to_string(column, row).unwrap()));
                let id = array_value_to_string(batch.column_by_name("id").unwrap(), row).unwrap();
                assert!(
                    rows.insert(id, shown.collect::<Vec<_>>().join("\n")).is_none(),
                    "a row twice in {}",
                    entity.name
                );
            }
        }
        told.insert(entity.name.to_owned(), rows);
    }
    told
}

/// What stays with who was there before branches went: commits that are no branch's any more, and addresses that nobody else has.
pub(crate) const BRANCHES_WENT: &[&str] = &["commits", "identities"];
/// What stays with who was there before a repository was renamed or deleted: the name that it went by then.
pub(crate) const NAMES_WENT: &[&str] = &["repository_names"];
/// What stays with who was there before things went: who was named by nothing else.
pub(crate) const THINGS_WENT: &[&str] = &["identities"];

/// Compares what two ways of reading brought: the same rows of everything.
pub(crate) fn assert_alike(once: &Told, other: &Told) {
    assert_alike_but(&[], once, other);
}

/// The same of a world of which something went between two readings: who read it the other way may have more of these entities.
pub(crate) fn assert_alike_but(more: &[&str], once: &Told, other: &Told) {
    let none = BTreeMap::new();
    let entities: BTreeSet<&String> = once.keys().chain(other.keys()).collect();
    for entity in entities {
        let [rows, others] = [once, other].map(|told| told.get(entity).unwrap_or(&none));
        for (id, row) in rows {
            assert_eq!(Some(row), others.get(id), "{entity} {id}");
        }
        if !more.contains(&entity.as_str()) {
            let beside: Vec<&String> = others.keys().filter(|id| !rows.contains_key(*id)).collect();
            assert_eq!(beside, Vec::<&String>::new(), "{entity}");
        }
    }
}

/// A lake with something that happens before each page is landed, and may keep it from that.
pub(crate) struct Before<'a, F> {
    tenant: &'a Tenant,
    happens: F,
}

/// A lake whose process dies before it has landed so many pages.
pub(crate) fn dies_after(
    tenant: &Tenant,
    pages: usize,
) -> Before<'_, impl Fn() -> pulse_engine::Result<()> + Send + Sync> {
    let left = Mutex::new(pages);
    let happens = move || {
        let mut left = left.lock();
        if *left == 0 {
            return Err(pulse_engine::Error::Setting("killed".to_owned()));
        }
        *left -= 1;
        Ok(())
    };
    Before { tenant, happens }
}

/// A lake beside which something goes on while pages are landed.
pub(crate) fn meanwhile(
    tenant: &Tenant,
    goes_on: impl Fn() + Send + Sync,
) -> Before<'_, impl Fn() -> pulse_engine::Result<()> + Send + Sync> {
    let happens = move || {
        goes_on();
        Ok(())
    };
    Before { tenant, happens }
}

#[async_trait]
impl<F: Fn() -> pulse_engine::Result<()> + Send + Sync> Landing for Before<'_, F> {
    async fn cursors(
        &self,
        connector: &str,
        connection: &str,
        crowd: Option<&mut dyn Crowd>,
    ) -> pulse_engine::Result<Cursors> {
        self.tenant.cursors_beside(connector, connection, crowd).await
    }

    async fn settings(&self, connector: &str, connection: &str) -> pulse_engine::Result<Option<String>> {
        self.tenant.connection_settings(connector, connection).await
    }

    async fn land(&self, connector: &str, connection: &str, page: Page) -> pulse_engine::Result<()> {
        (self.happens)()?;
        self.tenant.land(connector, connection, page).await.map(drop)
    }

    async fn held(
        &self,
        connector: &str,
        connection: &str,
        doubts: &Doubts,
    ) -> pulse_engine::Result<Option<Vec<String>>> {
        doubts.held(self.tenant, connector, connection).await
    }

    async fn met(&self, connector: &str, connection: &str, things: Numbered) -> pulse_engine::Result<Met> {
        Landing::met(self.tenant, connector, connection, things).await
    }

    async fn lists(
        &self,
        connector: &str,
        connection: &str,
        lists: &BTreeMap<String, i64>,
    ) -> pulse_engine::Result<BTreeMap<String, Met>> {
        Landing::lists(self.tenant, connector, connection, lists).await
    }

    async fn calls(
        &self,
        connector: &str,
        connection: &str,
        since: i64,
        show: &mut Listener<'_>,
    ) -> pulse_engine::Result<()> {
        Landing::calls(self.tenant, connector, connection, since, show).await
    }
}
