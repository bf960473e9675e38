//! The work items of some homes at a time: their rows of core, and the facts made of them.

use super::flow::Flows;
use super::input::{ItemsInput, home};
use super::{read, write};
use crate::model::Organisation;
use crate::model::group::{Made, rows};
use crate::model::marks::Marks;
use crate::model::pieces::Piece;
use crate::model::read::Columns;
use crate::model::workflow::Workflow;
use crate::model::write::batches;
use crate::{Result, Settings};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{Expr, col, lit};
use futures::TryStreamExt as _;
use std::collections::{BTreeSet, HashSet};

/// The tables that items make rows of.
pub(in crate::model) const TABLES: [&str; 3] = ["work_items", "work_item_stays", "sprint_items"];

/// The column that says of which item a row of one of them is.
pub(in crate::model) fn item_column(table: &str) -> &'static str {
    if table == TABLES[0] { "id" } else { "work_item_id" }
}

/// The rows of core that a group of homes is modelled from.
#[derive(Default)]
pub(in crate::model) struct Group {
    items: Vec<RecordBatch>,
    transitions: Vec<RecordBatch>,
    sprint_stays: Vec<RecordBatch>,
    sprints: Vec<RecordBatch>,
    /// What all of them take.
    _memory: Option<MemoryReservation>,
}

impl Group {
    /// Reads the rows of the items of a piece.
    pub(in crate::model) async fn load(marks: &Marks, piece: &Piece) -> Result<Self> {
        match &piece.items {
            Some(ids) => Self::load_some(marks, ids).await,
            None => Self::of(marks, items(marks, &piece.homes).await?).await,
        }
    }

    /// Reads the rows of some items.
    pub(in crate::model) async fn load_some(marks: &Marks, ids: &BTreeSet<String>) -> Result<Self> {
        let ids = ids.iter().map(String::as_str).collect();
        Self::of(marks, rows(marks, "work_items", &[], "id", &ids).await?).await
    }

    async fn of(marks: &Marks, items: Vec<RecordBatch>) -> Result<Self> {
        let mut group = Self { items, ..Self::default() };
        let mut ids = HashSet::new();
        for batch in &group.items {
            ids.extend(crate::model::read::column(batch, "id")?.flatten());
        }
        let columns = [
            "id",
            "work_item_id",
            "field",
            "from_value",
            "to_value",
            "from_status_id",
            "to_status_id",
            "changed_at",
            "position",
            "deleted_at",
        ];
        let of_items = rows(marks, "work_item_transitions", &columns, "work_item_id", &ids).await?;
        let in_sprints = rows(marks, "sprint_items", &[], "work_item_id", &ids).await?;
        let mut sprints = HashSet::new();
        for batch in &in_sprints {
            sprints.extend(crate::model::read::column(batch, "sprint_id")?.flatten());
        }
        let named = rows(marks, "sprints", &[], "id", &sprints).await?;
        (group.transitions, group.sprint_stays, group.sprints) = (of_items, in_sprints, named);
        let rows = [&group.items, &group.transitions, &group.sprint_stays, &group.sprints].into_iter().flatten();
        group._memory = marks.held(rows);
        Ok(group)
    }

    /// Models every item of the group, and hands over its rows batch by batch.
    pub(in crate::model) fn model(
        &self,
        organisation: &Organisation,
        workflow: &Workflow,
        settings: &Settings,
        mut made: impl FnMut(Made) -> Result<()>,
    ) -> Result<()> {
        let mut input = ItemsInput::default();
        self.items.iter().try_for_each(|batch| read::items(batch, &mut input.items))?;
        self.transitions.iter().try_for_each(|batch| read::transitions(batch, &mut input.transitions))?;
        self.sprint_stays.iter().try_for_each(|batch| read::sprint_stays(batch, &mut input.sprint_stays))?;
        self.sprints.iter().try_for_each(|batch| read::sprints(batch, &mut input.sprints))?;
        let flows = Flows::new(&input, organisation, workflow, settings);
        let flow = &settings.flow;
        let [items, stays, sprint_items] = TABLES;
        batches(flows.items.iter(), |some| write::items(some, flow), |rows| made(Made { table: items, rows }))?;
        let placed = flows
            .items
            .iter()
            .flat_map(|fact| fact.stays.iter().enumerate().map(move |(place, stay)| (fact, place, *stay)));
        batches(placed, |some| write::stays(some, flow), |rows| made(Made { table: stays, rows }))?;
        let of_sprints = flows.sprint_items.iter();
        batches(of_sprints, write::sprint_items, |rows| made(Made { table: sprint_items, rows }))
    }
}

/// The items that live in one of `homes`.
async fn items(marks: &Marks, homes: &BTreeSet<String>) -> Result<Vec<RecordBatch>> {
    let Some(snapshot) = marks.core.get("work_items") else { return Ok(Vec::new()) };
    let filters: Vec<Expr> = if homes.len() <= crate::model::group::PRUNING {
        let among = |column: &'static str| col(column).in_list(homes.iter().map(lit).collect(), false);
        let elsewhere = col("project_id").is_null().and(col("repository_id").is_null());
        vec![among("project_id").or(among("repository_id")).or(elsewhere)]
    } else {
        Vec::new()
    };
    let mut stream = snapshot.read(None, None, &filters).await?;
    let mut found = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        let mask: BooleanArray = homes_of(&batch)?.map(|home| Some(homes.contains(home))).collect();
        if mask.true_count() > 0 {
            found.push(filter_record_batch(&batch, &mask)?);
        }
    }
    Ok(found)
}

/// The home of each item of a batch.
pub(in crate::model) fn homes_of(batch: &RecordBatch) -> Result<impl Iterator<Item = &str>> {
    let c = Columns(batch);
    let (project, repository, connection) = (c.text("project_id")?, c.text("repository_id")?, c.text("connection")?);
    Ok((0..batch.num_rows())
        .map(move |row| home(project.at(row), repository.at(row), connection.at(row).unwrap_or_default())))
}
