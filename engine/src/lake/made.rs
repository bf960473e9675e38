//! Which tables of a tenant there are, asked of the store once for many of them.

use super::{Table, TenantLake};
use crate::Result;
use crate::entities::{CORE, FACTS, Layer};
use object_store::ObjectStore as _;
use parking_lot::Mutex;
use std::collections::HashSet;

/// The names of the tables of core and facts that there are.
pub(super) struct Folders(Mutex<HashSet<String>>);

impl TenantLake {
    /// The tables of this tenant that have any files, its trail among them: also one whose log is gone. Those of payloads come first.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store) when the store cannot be listed.
    pub async fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Vec::new();
        for connector in self.connectors().await? {
            tables.push(self.raw(&connector)?);
        }
        let made = self.folders().await?;
        let known = CORE.iter().chain(FACTS).map(|entity| self.table(entity));
        tables.extend(known.filter(|table| made.contains(table.name())));
        let trail = self.audit();
        if trail.has_files().await? {
            tables.push(trail);
        }
        Ok(tables)
    }

    /// The same, for a step that reads very many tables: those that are not there now are not looked for again, but for what it makes itself.
    pub(crate) async fn looked_over(&self) -> Result<Self> {
        let made = Folders(Mutex::new(self.folders().await?));
        Ok(Self { made: Some(made.into()), ..self.clone() })
    }

    /// Whether a table was not there when the step looked.
    pub(super) fn lacks(&self, table: &Table) -> bool {
        let of_these = [Layer::Core, Layer::Facts].contains(&table.entity().layer);
        of_these && self.made.as_ref().is_some_and(|made| !made.0.lock().contains(table.name()))
    }

    /// A table was made.
    pub(super) fn makes(&self, table: &Table) {
        if let Some(made) = &self.made {
            made.0.lock().insert(table.name().to_owned());
        }
    }

    /// The folders of tables of core and facts.
    async fn folders(&self) -> Result<HashSet<String>> {
        let mut folders = HashSet::new();
        for layer in [Layer::Core, Layer::Facts].map(Layer::name) {
            let listed = self.store.list_with_delimiter(Some(&self.prefix.clone().join(layer))).await?;
            folders
                .extend(listed.common_prefixes.iter().filter_map(|path| Some(format!("{layer}/{}", path.filename()?))));
        }
        Ok(folders)
    }
}

#[cfg(test)]
mod tests {
    use crate::entities::core;
    use crate::lake::{Lake, Options, When};
    use crate::row::{self, Row, Value};
    use crate::{Error, TenantId};
    use arrow::array::RecordBatch;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    fn project(id: &str) -> RecordBatch {
        let entity = core("projects").unwrap();
        let row = Row::new(entity).set("id", id).set("connection", "push:acme").set("name", id);
        row::batch(entity, &[row.set("observed_at", Value::Time(1)).set("raw", "push/1/1")]).unwrap()
    }

    #[tokio::test]
    async fn a_table_that_another_process_makes_during_a_step_is_not_written_over() {
        let (store, entity) = (Arc::new(InMemory::new()), core("projects").unwrap());
        let [here, there] = [(); 2].map(|()| Lake::over(store.clone(), Options::default()).unwrap());
        for (tenant, when) in [("acme", When::On(None)), ("hooli", When::ChangedOn(None)), ("initech", When::Changed)] {
            let id = TenantId::new(tenant).unwrap();
            let step = here.tenant(&id).looked_over().await.unwrap();
            there.tenant(&id).table(entity).upsert(&project("theirs"), &[], When::Changed).await.unwrap();
            let before = here.costs();
            assert!(step.table(entity).latest().await.unwrap().is_none(), "it was not there when the step looked");
            assert_eq!(here.costs(), before, "it was looked for again");
            let wrote = step.table(entity).upsert(&project("ours"), &[], when).await;
            let rows = if when == When::Changed {
                wrote.unwrap();
                2
            } else {
                // It was worked out from nothing: the step is to be tried again.
                assert!(matches!(wrote, Err(Error::Overtaken { .. })), "{wrote:?}");
                1
            };
            for lake in [&here, &there] {
                let newest = lake.tenant(&id).table(entity).latest().await.unwrap().unwrap();
                assert_eq!(newest.rows(), Some(rows), "{tenant}");
            }
        }
    }
}
