//! Rows become sorted Parquet files with statistics.

use super::sorted::{ORDER, Sorted};
use super::table::Table;
use super::{draft, stats};
use crate::Result;
use crate::entities::Layer;
use arrow::array::{Array as _, AsArray as _, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::row::{RowConverter, SortField};
use datafusion::common::HashSet;
use deltalake::kernel::Add;
use object_store::{ObjectStoreExt as _, path::Path};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Rows per row group: what a query skips or reads at once.
const GROUP_ROWS: usize = 1 << 16;
/// The same in bytes, before they are encoded: long payloads stand in smaller groups.
const GROUP_BYTES: usize = 64 << 20;
/// Rows of a file that are looked at for whether values are alike: nearly all are unlike where a row group has 10,000 values or more.
const LOOKED_AT: usize = 1 << 10;

/// Sorts rows, cuts them into files of one partition each, and puts the files into the store. They belong to the table
/// only once their [`Add`]s are committed.
pub(crate) async fn files(table: &Table, rows: Vec<RecordBatch>, data_change: bool) -> Result<Vec<Add>> {
    let sorting = table.clone();
    let encoded = tokio::task::spawn_blocking(move || encode(&sorting, rows, data_change)).await??;
    let mut adds = Vec::with_capacity(encoded.len());
    for file in encoded {
        let name = format!("part-{}.zstd.parquet", Uuid::new_v4());
        let size = file.bytes.len();
        table.files().put(&Path::from(name.as_str()), file.bytes.into()).await?;
        adds.push(Add {
            path: name,
            partition_values: file.partition,
            size: size as i64,
            modification_time: table.lake().options().clock.now() / 1000,
            data_change,
            stats: Some(file.stats),
            tags: None,
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
            clustering_provider: None,
        });
    }
    Ok(adds)
}

/// The values of the partition columns, as the log keeps them.
type Partition = HashMap<String, Option<String>>;

struct Encoded {
    partition: Partition,
    stats: String,
    bytes: Vec<u8>,
}

fn encode(table: &Table, rows: Vec<RecordBatch>, are_new: bool) -> Result<Vec<Encoded>> {
    let entity = table.entity();
    let schema = entity.schema();
    let stored: Vec<usize> =
        entity.file_schema().fields().iter().map(|f| schema.index_of(f.name())).collect::<Result<_, _>>()?;
    let file_rows = table.lake().options().file_rows.max(1);
    let mut encoded = Vec::new();
    for (partition, part) in by_partition(entity.partition, rows)? {
        let part = part.iter().map(|batch| batch.project(&stored)).collect::<Result<Vec<_>, _>>()?;
        let bytes: usize = part.iter().map(draft::size).sum();
        let sorted = Sorted::by(entity.sort, part)?;
        let group_rows = (GROUP_BYTES / (bytes / sorted.len().max(1)).max(1)).clamp(1, GROUP_ROWS);
        for start in (0..sorted.len()).step_by(file_rows) {
            let end = sorted.len().min(start + file_rows);
            let unlike = match entity.layer {
                Layer::Raw => vec!["key".to_owned(), "body".to_owned()],
                _ => unlike(&sorted.sample(start..end, LOOKED_AT)?)?,
            };
            let properties = properties(table, &unlike, are_new)?;
            let mut writer = ArrowWriter::try_new(Vec::new(), entity.file_schema(), Some(properties))?;
            let mut stats = stats::Gathered::new(entity.file_schema());
            // One row group after the other, so that the file is never there as a whole twice.
            for group in (start..end).step_by(group_rows) {
                let rows = sorted.slice(group..end.min(group + group_rows))?;
                stats.add(&rows);
                writer.write(&rows)?;
                writer.flush()?;
            }
            encoded.push(Encoded { partition: partition.clone(), stats: stats.json()?, bytes: writer.into_inner()? });
        }
    }
    Ok(encoded)
}

/// The columns whose values are nearly all unlike each other.
fn unlike(rows: &RecordBatch) -> Result<Vec<String>> {
    let mut unlike = Vec::new();
    for (field, column) in rows.schema_ref().fields().iter().zip(rows.columns()) {
        let converter = RowConverter::new(vec![SortField::new(field.data_type().clone())])?;
        let values = converter.convert_columns(std::slice::from_ref(column))?;
        let different: HashSet<&[u8]> = values.iter().map(|value| value.data()).collect();
        if different.len() * 20 >= rows.num_rows() * 19 {
            unlike.push(field.name().clone());
        }
    }
    Ok(unlike)
}

/// How a data file is written, of whose columns some hold values that are unlike each other.
fn properties(table: &Table, unlike: &[String], are_new: bool) -> Result<WriterProperties> {
    let entity = table.entity();
    let schema = entity.file_schema();
    // Parquet counts leaves, and a list is one leaf here, so the index of a field is that of its leaf.
    let sorting = entity
        .sort
        .iter()
        .map(|name| {
            let column_idx = schema.index_of(name)? as i32;
            Ok(SortingColumn { column_idx, descending: ORDER.descending, nulls_first: ORDER.nulls_first })
        })
        .collect::<Result<Vec<_>>>()?;
    // How soon what is new is written counts more than its last hundredth; most of it is written again when files are put together. Payloads are
    // many, and read once.
    let level = if are_new || entity.layer == Layer::Raw { 1 } else { 3 };
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(level)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(sorting));
    // A dictionary of values of which no two are alike takes longer than the values, and more room.
    let plain = |properties: WriterPropertiesBuilder, column: &String| {
        properties.set_column_dictionary_enabled(ColumnPath::from(column.as_str()), false)
    };
    Ok(unlike.iter().fold(properties, plain).build())
}

/// Rows apart by the values of the partition columns, which are texts.
fn by_partition(columns: &[&str], rows: Vec<RecordBatch>) -> Result<Vec<(Partition, Vec<RecordBatch>)>> {
    if columns.is_empty() {
        return Ok(vec![(HashMap::new(), rows)]);
    }
    let mut parts: BTreeMap<Vec<Option<String>>, Vec<RecordBatch>> = BTreeMap::new();
    for batch in rows {
        let texts = columns.iter().map(|c| Ok(batch.column(batch.schema().index_of(c)?).as_string::<i32>()));
        let texts = texts.collect::<Result<Vec<_>>>()?;
        let mut members: BTreeMap<Vec<Option<&str>>, Vec<u32>> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let values = texts.iter().map(|t| t.is_valid(row).then(|| t.value(row))).collect();
            members.entry(values).or_default().push(row as u32);
        }
        for (values, members) in members {
            let values = values.into_iter().map(|v| v.map(str::to_owned)).collect();
            let all = members.len() == batch.num_rows();
            let part = if all { batch.clone() } else { take_record_batch(&batch, &UInt32Array::from(members))? };
            parts.entry(values).or_default().push(part);
        }
    }
    let named = |values: Vec<Option<String>>| columns.iter().map(|c| (*c).to_owned()).zip(values).collect();
    Ok(parts.into_iter().map(|(values, batches)| (named(values), batches)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::{Lake, Options};
    use crate::row::{self, Row, Value};
    use crate::{TenantId, entities};
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    #[test]
    fn a_column_has_a_dictionary_where_values_are_alike() {
        let lake = Lake::open("memory:///", Options::default()).unwrap().tenant(&TenantId::new("acme").unwrap());
        let entity = entities::core("commits").unwrap();
        let commit = |n: i64| {
            let row = Row::new(entity).set("id", format!("c{n}")).set("repository_id", format!("r{}", n % 7));
            row.set("committed_at", Value::Time(n)).set("authored_at", Value::Time(n % 500))
        };
        let rows: Vec<Row> = (0..5000).map(commit).collect();
        let files = encode(&lake.table(entity), vec![row::batch(entity, &rows).unwrap()], true).unwrap();
        let [file] = files.as_slice() else { panic!("{} files", files.len()) };
        let reader = SerializedFileReader::new(bytes::Bytes::from(file.bytes.clone())).unwrap();
        let columns = reader.metadata().row_group(0).columns();
        let has = |name: &str| {
            let column = columns.iter().find(|column| column.column_path().string() == name).unwrap();
            column.dictionary_page_offset().is_some()
        };
        assert_eq!(["repository_id", "authored_at"].map(has), [true; 2], "7 values and 500");
        assert_eq!(["id", "committed_at"].map(has), [false; 2]);
    }
}
