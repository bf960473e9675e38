//! A snapshot as a table that the query engine can scan.

use super::small::MOST_FILE_BYTES;
use super::sorted::ORDER;
use super::store::store_url;
use super::{DataFile, Snapshot};
use crate::Error;
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use chrono::DateTime;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PruningStatistics as _;
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Result, ScalarValue, Statistics, ToDFSchema as _};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use object_store::ObjectMeta;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Our own [`TableProvider`] over a Delta snapshot.
///
/// It hands DataFusion a plain Parquet scan, made from the log alone: the files that survive pruning by partition and
/// statistics, their sizes, statistics and sort order. Such a plan is serialized by DataFusion's own codecs and needs no
/// listing. Columns that a file was written without are read as NULL.
pub struct LakeTable {
    snapshot: Arc<Snapshot>,
    /// Its files alone that are named here, and of these the rows that count here.
    only: Option<HashMap<String, DataFile>>,
    schema: SchemaRef,
    /// Whether it is read for a question.
    is_asked: bool,
}

impl LakeTable {
    pub(crate) fn new(snapshot: Arc<Snapshot>, only: Option<HashMap<String, DataFile>>) -> Self {
        let schema = snapshot.entity().schema();
        Self { snapshot, only, schema, is_asked: false }
    }

    /// The same for a question. Others ask of the same files, which never change, so what their footers say is read once; a step reads a
    /// file once and would push those out. Texts are read as views.
    pub(super) fn asked(self) -> Self {
        Self { schema: self.snapshot.entity().asked_schema(), is_asked: true, ..self }
    }

    fn partition_fields(&self) -> Vec<Arc<Field>> {
        let entity = self.snapshot.entity();
        self.schema.fields().iter().filter(|f| entity.partition.contains(&f.name().as_str())).cloned().collect()
    }

    /// All filters as one that rows can be held against; none where there are none.
    fn filter(&self, state: &dyn Session, filters: &[Expr]) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(None) };
        state.create_physical_expr(filter, &self.schema.clone().to_dfschema()?).map(Some)
    }

    /// Which files may hold rows that match.
    fn prune(&self, filter: Option<&Arc<dyn PhysicalExpr>>) -> Result<Vec<bool>> {
        let all = vec![true; self.snapshot.files().len()];
        let Some(filter) = filter.filter(|_| self.snapshot.is_trusted()).cloned() else { return Ok(all) };
        // A filter that statistics cannot speak to prunes nothing.
        let Some(predicate) = PruningPredicateBuilder::new().with_file_schema(self.schema.clone()).build(filter) else {
            return Ok(all);
        };
        let eager = self.snapshot.state().snapshot();
        if eager.num_containers() != all.len() {
            return Ok(all);
        }
        predicate.prune(eager)
    }

    /// Of which columns of its files it is told what the log says: of those that are read or asked about, and that the rows are in the order
    /// of. A table has many, and what is said of each is read for each file of each scan.
    fn told(&self, projection: Option<&Vec<usize>>, filters: &[Expr]) -> Vec<bool> {
        let entity = self.snapshot.entity();
        let stored = entity.file_schema();
        let Some(projection) = projection else { return vec![true; stored.fields().len()] };
        let read = projection.iter().filter_map(|place| self.schema.fields().get(*place));
        let mut names: HashSet<&str> = read.map(|field| field.name().as_str()).collect();
        names.extend(filters.iter().flat_map(Expr::column_refs).map(|column| column.name.as_str()));
        names.extend(entity.sort);
        stored.fields().iter().map(|field| names.contains(field.name().as_str())).collect()
    }

    fn file(&self, file: &DataFile, partition: &[Arc<Field>], told: &[bool]) -> Result<PartitionedFile> {
        let table = self.snapshot.table();
        let meta = ObjectMeta {
            location: table.path().clone().join(file.path.as_str()),
            last_modified: DateTime::from_timestamp_millis(file.written_at).unwrap_or_default(),
            size: file.bytes,
            e_tag: None,
            version: None,
        };
        let values = partition
            .iter()
            .map(|field| ScalarValue::Utf8(file.partition.get(field.name()).cloned().flatten()))
            .collect();
        let of = |place: usize| told.get(place).copied().unwrap_or_default();
        let statistics = Arc::new(self.snapshot.statistics_as(&self.file_schema(), file, of));
        let selection = file.selection().map_err(|reason| {
            let reason =
                format!("{reason}: run `pulse lake verify`, then `pulse lake repair`, which says what can be done");
            outside(Error::Table { table: table.name().to_owned(), reason })
        })?;
        let found = PartitionedFile::new_from_meta(meta).with_partition_values(values).with_statistics(statistics);
        Ok(match selection {
            Some(selection) => found.with_extension(selection),
            None => found,
        })
    }

    /// The columns that are in the files, as they are read.
    fn file_schema(&self) -> SchemaRef {
        let entity = self.snapshot.entity();
        if self.is_asked { entity.asked_file_schema() } else { entity.file_schema() }
    }

    /// The columns in the order in which a scan names them: those in the files, then those that they are partitioned by.
    fn scan_schema(&self) -> SchemaRef {
        let stored = self.file_schema();
        Arc::new(Schema::new(stored.fields().iter().cloned().chain(self.partition_fields()).collect::<Vec<_>>()))
    }

    /// About how many rows these files hold, by which joins are planned: the smaller side is the one that is held. No answer rests on it.
    fn about(&self, files: &[PartitionedFile]) -> Statistics {
        let rows = files.iter().map(|file| file.statistics.as_ref().map_or(Precision::Absent, |said| said.num_rows));
        let num_rows = rows.fold(Precision::Exact(0), |sum, rows| sum.add(&rows)).to_inexact();
        Statistics { num_rows, ..Statistics::new_unknown(&self.scan_schema()) }
    }

    /// The order of the rows of each group of files. Where files are read one after the other it ends before the first
    /// column that holds a NULL: the bounds in the log say nothing of NULLs, so files that only seem apart would follow
    /// each other.
    fn ordering(&self, file_schema: &Schema, files: &[PartitionedFile], target: usize) -> Option<LexOrdering> {
        let whole = |index: usize| {
            let known = |f: &PartitionedFile| f.statistics.as_ref().map(|s| s.column_statistics[index].null_count);
            files.len() <= target || files.iter().all(|f| known(f) == Some(Precision::Exact(0)))
        };
        let by = self.snapshot.entity().sort.iter().map_while(|name| {
            let index = file_schema.index_of(name).ok().filter(|index| whole(*index))?;
            Some(PhysicalSortExpr::new(Arc::new(Column::new(name, index)), ORDER))
        });
        LexOrdering::new(by)
    }
}

impl std::fmt::Debug for LakeTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.snapshot.fmt(f)
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let partition = self.partition_fields();
        let (told, filter) = (self.told(projection, filters), self.filter(state, filters)?);
        let mut files = Vec::new();
        for (file, wanted) in self.snapshot.files().iter().zip(self.prune(filter.as_ref())?) {
            let asked = match &self.only {
                Some(only) => only.get(&file.path),
                None => Some(file),
            };
            if let Some(file) = asked.filter(|_| wanted) {
                files.push(self.file(file, &partition, &told)?);
            }
        }
        if files.is_empty() {
            return nothing(&self.schema, projection);
        }
        let file_schema = self.file_schema();
        let schema = TableSchema::builder(file_schema.clone()).with_table_partition_cols(partition).build();
        let options = state.table_options().parquet.clone();
        // A small file comes with one request, and the footer of a large one, too.
        let source = ParquetSource::new(schema).with_table_parquet_options(options);
        let mut source = source.with_metadata_size_hint(MOST_FILE_BYTES);
        if let Some(filter) = filter {
            source = source.with_predicate(filter);
        }
        let url = store_url(self.snapshot.table().lake().id()).map_err(outside)?;
        if self.is_asked {
            let runtime = state.runtime_env();
            let kept = runtime.cache_manager.get_file_metadata_cache();
            let readers = CachedParquetFileReaderFactory::new(runtime.object_store(&url)?, kept);
            source = source.with_parquet_file_reader_factory(Arc::new(readers));
        }
        let target = state.config().target_partitions().max(1);
        let order = self.ordering(&file_schema, &files, target);
        let statistics = self.about(&files);
        let groups = grouped(files, order.as_ref(), &self.scan_schema(), target);
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_output_ordering(order.into_iter().collect())
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// A table without a row. It has one part all the same: a side of a join that is known to be small has to have one.
pub(super) fn nothing(schema: &SchemaRef, projection: Option<&Vec<usize>>) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = match projection {
        Some(columns) => Arc::new(schema.project(columns)?),
        None => Arc::clone(schema),
    };
    Ok(Arc::new(EmptyExec::new(schema)))
}

fn outside(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Files in as many groups as are to be read at once. Where the statistics allow it, no two files of a group overlap in
/// the declared order, so that each group as a whole is in that order and nothing needs to be sorted again.
fn grouped(
    files: Vec<PartitionedFile>,
    order: Option<&LexOrdering>,
    schema: &SchemaRef,
    target: usize,
) -> Vec<FileGroup> {
    if files.len() <= target {
        return files.into_iter().map(|file| FileGroup::new(vec![file])).collect();
    }
    let all = FileGroup::new(files);
    let ordered = order.and_then(|order| {
        let one = std::slice::from_ref(&all);
        FileScanConfig::split_groups_by_statistics_with_target_partitions(schema, one, order, target).ok()
    });
    match ordered {
        Some(groups) if groups.len() <= target => groups,
        _ => all.split_files(target),
    }
}
