//! Which files and rows an upsert or a replacement takes away, and what it puts in their place.

use super::commit::{Change, Masked};
use super::digest::Digest;
use super::draft::{Draft, Replacement};
use super::merge::{DECIDING, merge, texts};
use super::parts::{Marks, span};
use super::table::{Scope, Table};
use super::{DataFile, Snapshot, rows, stats};
use crate::{Error, Result};
use arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch, not};
use datafusion::common::{HashMap, HashSet};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{Expr, col, lit};
use deltalake::kernel::{Add, Remove};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use roaring::RoaringTreemap;
use std::borrow::Cow;
use std::sync::Arc;

/// So many ids stand in nearly every page of a file that they may be in.
const MANY: usize = 1 << 12;

/// Memory for one old file, taken from the lake's pool, so that maintenance and queries cannot together exceed it.
fn reservation(table: &Table) -> MemoryReservation {
    MemoryConsumer::new(format!("a file of {}", table.name())).register(table.lake().pool())
}

/// Takes a live file out of the table.
pub(crate) fn removal(table: &Table, file: &DataFile, data_change: bool) -> Remove {
    Remove {
        path: file.path.clone(),
        data_change,
        deletion_timestamp: Some(table.lake().options().clock.now() / 1000),
        extended_file_metadata: Some(true),
        partition_values: Some(file.partition.clone().into_iter().collect()),
        size: Some(file.bytes as i64),
        tags: None,
        // It is known by its name and its vector together, whoever wrote that and in whichever form.
        deletion_vector: file.vector.clone(),
        base_row_id: None,
        default_row_commit_version: None,
    }
}

/// Takes some rows out of a live file, and leaves the file.
fn masked(table: &Table, file: &DataFile, going: &RoaringTreemap) -> Result<Masked> {
    let gone = file.gone().map_or_else(|| going.clone(), |gone| gone | going);
    let since = match file.gone() {
        Some(_) => file.rows_gone_since(),
        None => table.lake().options().clock.now() / 1000,
    };
    let add = Add {
        path: file.path.clone(),
        partition_values: file.partition.clone().into_iter().collect(),
        size: file.bytes as i64,
        modification_time: file.written_at,
        data_change: true,
        stats: file.stats.as_deref().map(stats::loosened).transpose()?,
        tags: Some([(rows::GONE_SINCE.to_owned(), Some(since.to_string()))].into()),
        deletion_vector: Some(rows::vector(&gone)?),
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    };
    Ok(Masked { was: removal(table, file, true), is: add })
}

/// Whether a file is large enough to lose some of its rows; a smaller one is written again.
fn is_large(table: &Table, file: &DataFile) -> bool {
    file.stored.is_some_and(|stored| stored >= table.lake().options().masked_rows as u64)
}

/// Whether they are few enough to be taken out of the file, rather than that it is written again.
fn are_few(file: &DataFile, places: &RoaringTreemap) -> bool {
    places.len() <= file.may_lose() && file.rows.is_some_and(|rows| places.len() < rows)
}

/// What upserting `rows` does to the files of `base`. One old file is in memory at a time, and a few rows of the next.
pub(crate) async fn change(table: &Table, base: Option<&Arc<Snapshot>>, rows: &RecordBatch) -> Result<Change> {
    let entity = table.entity();
    let ids = texts(entity, rows, "id")?;
    let mut marks = Marks::of(entity, rows)?;
    let mut waiting: HashMap<&str, usize> = ids.iter().enumerate().filter_map(|(i, id)| Some((id?, i))).collect();
    if waiting.len() != rows.num_rows() {
        return Err(broken(table, "an upsert was given an id twice, or a row without one"));
    }
    let (mut draft, mut remove, mut mask) = (Draft::new(table, true), Vec::new(), Vec::new());
    let found = match base {
        Some(base) => candidates(table, base, &waiting, &mut marks).await?,
        None => Vec::new(),
    };
    let rows = &marks.apply(entity, rows)?;
    if let Some(base) = base {
        // Few rows from anywhere in a file take as long to read as to find.
        let ahead = stream::iter(found).map(|found| tokio::spawn(deciding(table.clone(), base.clone(), found)));
        let mut ahead = ahead.buffered(table.lake().state().config().target_partitions());
        while let Some(next) = ahead.next().await {
            let (Found { file, places }, old, memory) = next??;
            if waiting.is_empty() && marks.is_empty() {
                break;
            }
            let met = match places.zip(old) {
                Some((places, old)) => {
                    let merged = merge(entity, &old, rows, &waiting, &marks)?;
                    if merged.is_change() {
                        let of = |(place, is): (u64, bool)| is.then_some(place);
                        let going = places.iter().zip(merged.changed.iter().copied()).filter_map(of);
                        mask.push(masked(table, &file, &going.collect())?);
                        draft.push(merged.renewed(rows)?).await?;
                        let kept: RoaringTreemap = places.iter().zip(merged.kept()).filter_map(of).collect();
                        if !kept.is_empty() {
                            let old = read(table, base, &file.only(kept), None, &memory).await?;
                            draft.push(merged.gone(&old)?).await?;
                        }
                    }
                    merged.met
                }
                None => {
                    let old = read(table, base, &file, None, &memory).await?;
                    let merged = merge(entity, &old, rows, &waiting, &marks)?;
                    let now = if merged.is_change() { Some(merged.rows(&old, rows)?) } else { None };
                    drop(old);
                    memory.free();
                    if let Some(now) = now {
                        draft.push(now).await?;
                        remove.push(removal(table, &file, true));
                    }
                    merged.met
                }
            };
            waiting.retain(|_, row| !met.contains(row));
        }
    }
    if waiting.len() == rows.num_rows() {
        draft.push(rows.clone()).await?;
    } else if !waiting.is_empty() {
        let mut is_fresh = vec![false; rows.num_rows()];
        waiting.into_values().for_each(|row| is_fresh[row] = true);
        draft.push(filter_record_batch(rows, &BooleanArray::from(is_fresh))?).await?;
    }
    Ok(Change { add: draft.finish().await?, remove, mask })
}

/// A file that holds some of the rows, and their places in it where it is to lose these; none where it is written again.
struct Found {
    file: DataFile,
    places: Option<RoaringTreemap>,
}

/// Reads what decides of the old rows that a file is to lose: most of them are made of new rows whole, so that what else they said need not be
/// read. `None` where the file is written again.
async fn deciding(
    table: Table,
    base: Arc<Snapshot>,
    found: Found,
) -> Result<(Found, Option<RecordBatch>, MemoryReservation)> {
    let memory = reservation(&table);
    let old = match &found.places {
        Some(places) => Some(read(&table, &base, &found.file.only(places.clone()), Some(DECIDING), &memory).await?),
        None => None,
    };
    Ok((found, old, memory))
}

/// The files that hold any of the ids or any part under a mark, in order: by the bounds of each in the log first, then by a look at
/// those of their ids alone that stand where some may be. Marks that stand in the table already are taken in on the way. Ids from anywhere
/// may be in every file: where they are few, as many files are looked through at once as there are cores.
async fn candidates(
    table: &Table,
    base: &Arc<Snapshot>,
    waiting: &HashMap<&str, usize>,
    marks: &mut Marks,
) -> Result<Vec<Found>> {
    let spans: Vec<(&str, Cow<'_, str>)> = waiting.keys().map(|id| span(id)).collect();
    let spans: Vec<(&str, &str)> = spans.iter().map(|(low, high)| (*low, &**high)).collect();
    let Some((low, high)) = around(spans.iter().copied()) else { return Ok(Vec::new()) };
    // Of many, to look for files and pages without any takes longer than to look at these.
    let are_many = waiting.len() >= MANY;
    let within = |file: &DataFile| {
        if are_many {
            return base.may_hold(file, "id", low, high).then(Vec::new);
        }
        let (least, greatest) = base.bounds(file, "id");
        let may_be_in = |(low, high): &(&str, &str)| {
            least.as_deref().is_none_or(|least| *high >= least)
                && greatest.as_deref().is_none_or(|greatest| *low <= greatest)
        };
        let inside = around(spans.iter().copied().filter(may_be_in));
        inside.map(|(low, high)| vec![col("id").between(lit(low), lit(high))])
    };
    let files: Vec<(DataFile, Vec<Expr>)> =
        base.files().iter().filter_map(|file| Some((file.clone(), within(file)?))).collect();
    let mut found = Vec::new();
    if are_many || files.len() < 2 {
        for (file, within) in files {
            found.extend(look(table, base, file, &within, |id| waiting.contains_key(id), marks).await?);
        }
        return Ok(found);
    }
    let ids: Arc<HashSet<String>> = Arc::new(waiting.keys().map(|id| (*id).to_owned()).collect());
    let known = marks.clone();
    let looks = stream::iter(files).map(|(file, within)| {
        let (table, base, ids, mut marks) = (table.clone(), base.clone(), ids.clone(), known.clone());
        tokio::spawn(async move {
            let found = look(&table, &base, file, &within, |id| ids.contains(id), &mut marks).await?;
            Ok::<_, Error>((found, marks))
        })
    });
    let mut looks = looks.buffered(table.lake().state().config().target_partitions());
    while let Some(looked) = looks.next().await {
        let (of_file, standing) = looked??;
        found.extend(of_file);
        marks.join(standing);
    }
    Ok(found)
}

/// Looks for rows that wait, and for parts under a mark, in a file; `None` where it holds none of them. Marks that stand in it are taken in.
async fn look(
    table: &Table,
    base: &Arc<Snapshot>,
    file: DataFile,
    within: &[Expr],
    is_waiting: impl Fn(&str) -> bool + Send + Sync,
    marks: &mut Marks,
) -> Result<Option<Found>> {
    let columns: &[&str] = if marks.is_empty() { &["id"] } else { &["id", "deleted_at"] };
    let mut stream = base.read(Some(columns), Some(std::slice::from_ref(&file)), within).await?;
    let (is_large, mut holds, mut seen, mut places) = (is_large(table, &file), false, 0, RoaringTreemap::new());
    {
        let mut at = file.places();
        while let Some(batch) = stream.try_next().await? {
            seen += batch.num_rows() as u64;
            for id in batch.column(0).as_string::<i32>() {
                let place = at.next();
                if id.is_some_and(|id| is_waiting(id) || marks.over(id).is_some()) {
                    holds = true;
                    places.extend(place);
                }
            }
            if !marks.is_empty() {
                marks.standing(table.entity(), &batch)?;
            } else if holds && !is_large {
                break;
            }
        }
    }
    if !holds {
        return Ok(None);
    }
    let places = match is_large {
        false => None,
        // No page was passed over, so that the rows seen are at the places counted.
        true if file.rows == Some(seen) => Some(places),
        true => {
            let marks = &*marks;
            let concerned = |id: &str| is_waiting(id) || marks.over(id).is_some();
            Some(base.places(&file, "id", concerned).await?)
        }
    };
    let places = places.filter(|places| are_few(&file, places));
    Ok(Some(Found { file, places }))
}

/// The least and the greatest text of some spans; `None` where there are none.
fn around<'a>(spans: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Option<(&'a str, &'a str)> {
    let low = spans.clone().map(|(low, _)| low).min()?;
    Some((low, spans.map(|(_, high)| high).max()?))
}

async fn read(
    table: &Table,
    base: &Arc<Snapshot>,
    file: &DataFile,
    columns: Option<&[&str]>,
    memory: &MemoryReservation,
) -> Result<RecordBatch> {
    let batches: Vec<_> = base.read(columns, Some(std::slice::from_ref(file)), &[]).await?.try_collect().await?;
    let all = table.entity().schema();
    let schema = if columns.is_some() { batches.first().map_or(all, RecordBatch::schema) } else { all };
    let batch = concat_batches(&schema, &batches)?;
    memory.try_grow(batch.get_array_memory_size())?;
    Ok(batch)
}

/// What putting new rows in the place of those in `scope` does to the files of `base`. Old rows are looked at as they are
/// read, and read again where some of a file's stay.
pub(crate) async fn replacement(
    table: &Table,
    base: Option<&Arc<Snapshot>>,
    new: &Replacement,
    scope: Option<&Scope>,
) -> Result<Change> {
    let filters: Vec<Expr> = scope.and_then(inside).into_iter().collect();
    let values: HashSet<String> = scope.map(|scope| scope.values.iter().cloned().collect()).unwrap_or_default();
    let values = Arc::new(values);
    let (mut old, mut remove, mut mixed, mut few) = (Digest::default(), Vec::new(), Vec::new(), Vec::new());
    let files = base.map(|base| within(base, scope)).unwrap_or_default();
    let mut looked = match (base, scope) {
        (Some(base), Some(scope)) => {
            let large = files.iter().copied().filter(|file| is_large(table, file)).cloned().collect();
            base.all_places(large, scope.column, &values).await?.into_iter()
        }
        _ => Vec::new().into_iter(),
    };
    for file in files {
        let Some(base) = base else { continue };
        if let Some(scope) = scope {
            let places = if is_large(table, file) { looked.next() } else { None };
            let none = match &places {
                Some(places) => places.is_empty(),
                None => !touches(base, file, scope.column, &values, &filters).await?,
            };
            if none {
                continue;
            }
            if let Some(places) = places.filter(|places| are_few(file, places)) {
                few.push((file, places));
                continue;
            }
        }
        let mut stays = false;
        let mut batches = base.read(None, Some(std::slice::from_ref(file)), &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            let within = membership(table, &batch, scope, &values)?;
            stays |= within.has_false();
            old.add(&filter_record_batch(&batch, &within)?)?;
        }
        if stays {
            mixed.push((base, file));
        }
        remove.push(removal(table, file, true));
    }
    // Where there are more of them, or fewer, they are others: then those need not be read that stand all over their files.
    let of_few: u64 = few.iter().map(|(_, places)| places.len()).sum();
    let are_as_many = old.rows() + of_few == new.rows();
    if let Some(base) = base.filter(|_| are_as_many && of_few > 0) {
        let files: Vec<DataFile> = few.iter().map(|(file, places)| file.only(places.clone())).collect();
        let mut batches = base.read(None, Some(&files), &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            old.add(&batch)?;
        }
    }
    if are_as_many && new.is(&old) {
        return Ok(Change::default());
    }
    let mask = few.iter().map(|(file, places)| masked(table, file, places)).collect::<Result<Vec<_>>>()?;
    let mut draft = new.rest();
    for (base, file) in mixed {
        let mut batches = base.read(None, Some(std::slice::from_ref(file)), &[]).await?;
        while let Some(batch) = batches.try_next().await? {
            let stays = not(&membership(table, &batch, scope, &values)?)?;
            draft.push(filter_record_batch(&batch, &stays)?).await?;
        }
    }
    let mut add = new.written().to_vec();
    add.extend(draft.finish().await?);
    Ok(Change { add, remove, mask })
}

/// The files that may hold any row of the scope, by the bounds in the log; all of them without one.
pub(crate) fn within<'b>(base: &'b Snapshot, scope: Option<&Scope>) -> Vec<&'b DataFile> {
    let Some(scope) = scope else { return base.files().iter().collect() };
    let Some((low, high)) = scope.values.iter().min().zip(scope.values.iter().max()) else { return Vec::new() };
    base.files().iter().filter(|file| base.may_hold(file, scope.column, low, high)).collect()
}

/// What a scan leaves out by statistics and pages. A long list would be held against each row, at more than it saves.
fn inside(scope: &Scope) -> Option<Expr> {
    const MOST: usize = 20;
    let few = (1..=MOST).contains(&scope.values.len());
    few.then(|| col(scope.column).in_list(scope.values.iter().map(lit).collect(), false))
}

/// Whether a file holds any row with one of the values in a column.
async fn touches(
    base: &Arc<Snapshot>,
    file: &DataFile,
    column: &str,
    values: &HashSet<String>,
    filters: &[Expr],
) -> Result<bool> {
    let mut stream = base.read(Some(&[column]), Some(std::slice::from_ref(file)), filters).await?;
    while let Some(batch) = stream.try_next().await? {
        if batch.column(0).as_string::<i32>().iter().flatten().any(|value| values.contains(value)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rows that are within the scope, whose values these are; all of them without one.
fn membership(
    table: &Table,
    rows: &RecordBatch,
    scope: Option<&Scope>,
    values: &HashSet<String>,
) -> Result<BooleanArray> {
    let Some(scope) = scope else { return Ok(BooleanArray::from(vec![true; rows.num_rows()])) };
    Ok(texts(table.entity(), rows, scope.column)?.iter().map(|v| Some(v.is_some_and(|v| values.contains(v)))).collect())
}

fn broken(table: &Table, reason: &str) -> Error {
    Error::Table { table: table.name().to_owned(), reason: reason.to_owned() }
}
