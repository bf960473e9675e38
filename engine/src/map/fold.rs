//! Rows of one entity, gathered batch by batch, each id once at the end.

use crate::Result;
use crate::entities::Entity;
use crate::lake::merge::{Side, texts, with_deleted};
use crate::lake::parts::Marks;
use crate::lake::sorted::ORDER;
use crate::lake::{TenantLake, external};
use crate::row::{Columns, Origin, Row};
use arrow::array::RecordBatch;
use arrow::compute::{concat_batches, interleave_record_batch};
use datafusion::common::{DataFusionError, HashMap, HashSet};
use datafusion::execution::{SendableRecordBatchStream, SpillFile};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::spill::SpillManager;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use std::sync::Arc;

/// Rows of a batch.
const PACK: usize = 1 << 14;
/// Batches of packed rows that are held in memory when there is a disk to put them on.
const HELD: usize = 8;
/// Rows that are read back from disk at once.
const READ: usize = 1 << 13;
/// Rows of a batch that are looked at for whether they repeat each other.
const LOOKED_AT: usize = 1 << 12;

pub(super) struct Fold {
    entity: &'static Entity,
    pack: usize,
    loose: Columns,
    packed: Vec<RecordBatch>,
    /// How many rows stood in `packed` when each id was last kept once.
    once: usize,
    rows: usize,
    disk: Option<Disk>,
}

/// Where rows go that are too many for memory.
struct Disk {
    spill: SpillManager,
    files: Vec<Arc<dyn SpillFile>>,
}

impl Fold {
    /// In memory: for as many rows as fit.
    pub(super) fn new(entity: &'static Entity) -> Self {
        let loose = Columns::new(entity, 0);
        Self { entity, pack: PACK, loose, packed: Vec::new(), once: 0, rows: 0, disk: None }
    }

    /// For any number of rows.
    pub(super) fn on_disk(entity: &'static Entity, lake: &TenantLake) -> Self {
        let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
        let spill = SpillManager::new(lake.runtime(), metrics, entity.schema());
        Self { disk: Some(Disk { spill, files: Vec::new() }), ..Self::new(entity) }
    }

    pub(super) fn entity(&self) -> &'static Entity {
        self.entity
    }

    /// How many rows were taken in.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// How many rows it holds in memory.
    pub(super) fn held(&self) -> usize {
        self.loose.rows() + self.packed.iter().map(RecordBatch::num_rows).sum::<usize>()
    }

    /// Takes in a row that came from there.
    pub(super) fn push(&mut self, row: &Row, origin: Origin<'_>) -> Result<()> {
        self.loose.push_from(row, origin)?;
        self.grown()
    }

    /// Takes in that the thing of an id is gone.
    pub(super) fn gone(&mut self, id: &str, origin: Origin<'_>) -> Result<()> {
        self.loose.push_gone(id, origin);
        self.grown()
    }

    fn grown(&mut self) -> Result<()> {
        self.rows += 1;
        if self.loose.rows() < self.pack {
            return Ok(());
        }
        self.pack()?;
        self.thin()?;
        if let Some(disk) = &mut self.disk
            && self.packed.iter().map(RecordBatch::num_rows).sum::<usize>() >= HELD * self.pack
        {
            disk.put(self.entity, &mut self.packed)?;
            self.once = 0;
        }
        Ok(())
    }

    /// Keeps each id once where rows repeat each other, as those of people do, whom every payload names: whenever as many came as stood
    /// then, so that none is looked at again and again.
    fn thin(&mut self) -> Result<()> {
        let held = self.held();
        let Some(last) = self.packed.last().filter(|_| held >= 2 * self.once) else { return Ok(()) };
        let looked = last.num_rows().min(LOOKED_AT);
        let ids = texts(self.entity, last, "id")?.iter().take(looked).flatten();
        if looked < LOOKED_AT || ids.collect::<HashSet<&str>>().len() * 2 > looked {
            return Ok(());
        }
        let known = newest(self.entity, &self.packed, &mut Marks::default())?;
        self.once = known.num_rows();
        self.packed = vec![known];
        Ok(())
    }

    fn pack(&mut self) -> Result<()> {
        if self.loose.rows() > 0 {
            self.packed.push(self.loose.finish()?);
        }
        Ok(())
    }

    /// Each id once, by the rule of [`crate::lake::merge`]; `None` when there are no rows.
    pub(super) fn finish(mut self) -> Result<Option<RecordBatch>> {
        self.pack()?;
        if self.packed.is_empty() {
            Ok(None)
        } else {
            newest(self.entity, &self.packed, &mut Marks::default()).map(Some)
        }
    }

    /// Each id once, with no more in memory than a step may hold; in the order of the table when there are that many.
    pub(super) fn stream(mut self, lake: &TenantLake) -> Result<SendableRecordBatchStream> {
        let (entity, schema) = (self.entity, self.entity.schema());
        match self.disk.take() {
            Some(mut disk) if !disk.files.is_empty() => {
                self.pack()?;
                disk.put(entity, &mut self.packed)?;
                let context = lake.state().task_ctx();
                let by_id = external::sorted(external::plan(disk.read()?)?, &["id"], ORDER, context.clone())?;
                let once = RecordBatchStreamAdapter::new(schema, each_once(entity, by_id));
                external::sorted(external::plan(Box::pin(once))?, entity.sort, ORDER, context)
            }
            _ => Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(self.finish()?.map(Ok))))),
        }
    }
}

impl Disk {
    fn put(&mut self, entity: &Entity, packed: &mut Vec<RecordBatch>) -> Result<()> {
        let pieces = |batch: RecordBatch| -> Vec<RecordBatch> {
            let starts = (0..batch.num_rows()).step_by(READ);
            starts.map(|start| batch.slice(start, READ.min(batch.num_rows() - start))).collect()
        };
        let batches: Vec<RecordBatch> = packed.drain(..).flat_map(pieces).collect();
        self.files.extend(self.spill.spill_record_batch_and_finish(&batches, entity.name)?);
        Ok(())
    }

    fn read(self) -> Result<SendableRecordBatchStream> {
        let Self { spill, files } = self;
        let schema = spill.schema().clone();
        // One file after the other: all of them at once would each be read ahead.
        let read = move |file| std::future::ready(spill.read_spill_as_stream_unbuffered(file, None));
        let all = stream::iter(files).then(read).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, all)))
    }
}

/// Rows that come by id, each id once.
fn each_once(
    entity: &'static Entity,
    rows: SendableRecordBatchStream,
) -> impl Stream<Item = Result<RecordBatch, DataFusionError>> {
    // The last id of a batch may go on in the next, so it is held back, as the one row that it has come to.
    let state = Some((rows, None::<RecordBatch>, Marks::default()));
    stream::try_unfold(state, move |state| async move {
        let Some((mut rows, held, mut marks)) = state else { return Ok(None) };
        let Some(batch) = rows.try_next().await? else { return Ok(held.map(|last| (last, None))) };
        let batches: Vec<_> = held.into_iter().chain([batch]).collect();
        let known = newest(entity, &batches, &mut marks).map_err(outside)?;
        let last = known.slice(known.num_rows().saturating_sub(1), known.num_rows().min(1));
        for id in texts(entity, &last, "id").map_err(outside)?.iter().flatten() {
            marks.pass(id);
        }
        Ok(Some((known.slice(0, known.num_rows() - last.num_rows()), Some((rows, Some(last), marks)))))
    })
}

fn outside(error: crate::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Each id once, by the rule of [`crate::lake::merge`], in the order in which it first came. There must be rows at all.
/// `marks` are those of earlier rows, and take in those of these.
fn newest(entity: &Entity, batches: &[RecordBatch], marks: &mut Marks) -> Result<RecordBatch> {
    batches.iter().try_for_each(|batch| marks.note(entity, batch))?;
    let sides = batches.iter().map(|batch| Side::of(entity, batch)).collect::<Result<Vec<_>>>()?;
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    // The place of each id's newest payload, and the latest deletion seen of it, in the order in which the ids first came.
    let mut best: Vec<Best<'_>> = Vec::with_capacity(rows);
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(rows);
    for (b, batch) in batches.iter().enumerate() {
        for (row, id) in texts(entity, batch, "id")?.iter().enumerate() {
            let Some(id) = id else { continue };
            let gone = sides[b].deleted(row);
            let at = *known.entry(id).or_insert(best.len());
            match best.get_mut(at) {
                Some(best) => {
                    if sides[b].version(row) > sides[best.place.0].version(best.place.1) {
                        best.place = (b, row);
                    }
                    best.gone = gone.max(best.gone);
                }
                None => best.push(Best { id, place: (b, row), gone }),
            }
        }
    }
    let deleted = best.iter().map(|best| {
        let (batch, row) = best.place;
        sides[batch].later(row, best.gone.max(marks.over(best.id)))
    });
    let deleted = deleted.collect();
    // Mostly each came once: then the rows are those that came, which need not be picked one by one.
    let kept = if best.len() == rows {
        concat_batches(&entity.schema(), batches)?
    } else {
        let picks: Vec<_> = best.iter().map(|best| best.place).collect();
        interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &picks)?
    };
    with_deleted(&kept, deleted)
}

/// What is known of an id.
struct Best<'a> {
    id: &'a str,
    place: (usize, usize),
    gone: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantId;
    use crate::entities;
    use crate::lake::{Lake, Options};
    use crate::row::Value;
    use arrow::array::AsArray as _;
    use arrow::util::pretty::pretty_format_batches;
    use proptest::prelude::*;

    fn push(fold: &mut Fold, n: usize, thing: u16, at: i64, gone: bool) {
        let id = format!("git:a:{thing:05}");
        if gone {
            return fold.gone(&id, Origin { connection: "git:a", at, raw: "" }).unwrap();
        }
        let raw = format!("{n:06}");
        let origin = Origin { connection: "git:a", at, raw: &raw };
        let row = Row::new(fold.entity()).set("id", id).set("title", format!("t{n}"));
        let row = row.set("repository_id", format!("git:a:r{}", thing % 3));
        fold.push(&row.set("committed_at", Value::Time(i64::from(thing) * 7)), origin).unwrap();
    }

    fn told(batches: &[RecordBatch]) -> Vec<String> {
        let text = pretty_format_batches(batches).unwrap().to_string();
        let cells = |line: &str| line.split('|').map(str::trim).collect::<Vec<_>>().join("|");
        let mut lines: Vec<String> = text.lines().filter(|l| l.starts_with('|')).map(cells).collect();
        lines.sort();
        lines
    }

    #[test]
    fn rows_of_which_each_came_once_stay_in_their_order_and_go_with_a_mark() {
        let entity = entities::core("pull_request_commits").unwrap();
        let mut fold = Fold { pack: 2, ..Fold::new(entity) };
        let origin = |at| Origin { connection: "git:a", at, raw: "r" };
        for (id, at) in [("git:a:2/x", 5), ("git:a:1/x", 5), ("git:a:1/y", 9)] {
            fold.push(&Row::new(entity).set("id", id), origin(at)).unwrap();
        }
        fold.gone(&crate::lake::parts::mark("git:a:1"), origin(7)).unwrap();
        let rows = crate::row::rows(entity, &fold.finish().unwrap().unwrap()).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.text("id").unwrap(), row.get("deleted_at").clone())).collect();
        let (gone, there) = (Value::Time(7), Value::Null);
        let expected =
            [("git:a:2/x", there.clone()), ("git:a:1/x", gone.clone()), ("git:a:1/y", there), ("git:a:1/\u{1f}", gone)];
        assert_eq!(told, expected);
    }

    #[test]
    fn rows_that_repeat_each_other_are_held_once_and_others_all() {
        let entity = entities::core("commits").unwrap();
        let (pack, all) = (LOOKED_AT, 10 * LOOKED_AT);
        let folded = |things: u16, pack: usize| {
            let mut fold = Fold { pack, ..Fold::new(entity) };
            for n in 0..all {
                let thing = u16::try_from(n % usize::from(things)).unwrap();
                push(&mut fold, n, thing, n as i64, n % 7 == 0);
            }
            (fold.rows(), fold.held(), fold.finish().unwrap().unwrap())
        };
        let (rows, held, known) = folded(100, pack);
        assert_eq!((rows, held), (all, 100));
        assert_eq!(told(&[known]), told(&[folded(100, all + 1).2]));
        let (rows, held, known) = folded(u16::try_from(all).unwrap(), pack);
        assert_eq!((rows, held, known.num_rows()), (all, all, all));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn rows_that_went_over_the_disk_come_to_the_same_as_rows_in_memory(
            sightings in prop::collection::vec((0u16..40, 0i64..9, prop::bool::weighted(0.2)), 1..400),
            pack in 1usize..12,
        ) {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let (memory, disk, sorted) = runtime.block_on(async {
                let lake = Lake::open("memory:///", Options::default()).unwrap().tenant(&TenantId::new("a").unwrap());
                let entity = entities::core("commits").unwrap();
                let (mut memory, mut disk) = (Fold::new(entity), Fold { pack, ..Fold::on_disk(entity, &lake) });
                for (n, (thing, at, gone)) in sightings.iter().enumerate() {
                    push(&mut memory, n, *thing, *at, *gone);
                    push(&mut disk, n, *thing, *at, *gone);
                }
                let went = disk.disk.as_ref().is_some_and(|disk| !disk.files.is_empty());
                assert_eq!(went, sightings.len() >= pack * HELD);
                let disk: Vec<RecordBatch> = disk.stream(&lake).unwrap().try_collect().await.unwrap();
                let keys = disk.iter().flat_map(|b| b.column_by_name("repository_id").unwrap().as_string::<i32>());
                let sorted = !went || keys.is_sorted();
                (memory.finish().unwrap().unwrap(), disk, sorted)
            });
            prop_assert_eq!(told(&[memory]), told(&disk));
            prop_assert!(sorted, "not in the order of the table");
        }
    }
}
