//! The subjects of a tenant, read through a session: what somebody may not see is not forecast for them.

use super::subject::{Pace, Subject};
use super::{Kind, Life, Span};
use crate::session::Session;
use crate::{Error, Result};
use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An item, or an epic.
struct Item {
    is_epic: bool,
    project_id: Option<String>,
    team_id: Option<String>,
    name: String,
    due: Option<NaiveDate>,
    /// From when it was made until it was deleted.
    there: Span,
    begun: Option<NaiveDate>,
    done: Vec<Span>,
    /// What it was below, from each day on.
    below: Vec<(NaiveDate, Option<String>)>,
}

impl Item {
    fn life(&self, within: Vec<Span>) -> Life {
        let within = Span::joined(within.into_iter().map(|span| span.within(self.there)).collect());
        Life { within, done: self.done.clone(), begun: self.begun }
    }
}

type Items = BTreeMap<String, Item>;

/// Everything that may be forecast, in the order of kinds and ids.
pub(super) async fn subjects(session: &Session, zone: Tz) -> Result<Vec<Subject>> {
    let items = items(session, zone).await?;
    let owners = read(session, include_str!("../../../sql/forecast/owners.sql"), zone).await?;
    let mut subjects = Vec::new();
    owners.each(|row| {
        let (kind, by): (Kind, fn(&Item) -> Option<&String>) = match row.text("kind")? {
            "project" => (Kind::Project, |item| item.project_id.as_ref()),
            _ => (Kind::Team, |item| item.team_id.as_ref()),
        };
        let id = row.text("id")?;
        let own = items.values().filter(|item| !item.is_epic && by(item).is_some_and(|owner| owner == id));
        subjects.push(Subject {
            kind,
            id: id.to_owned(),
            name: row.text("name").unwrap_or(id).to_owned(),
            project_id: (kind == Kind::Project).then(|| id.to_owned()),
            team_id: row.text("team_id").map(str::to_owned),
            due: None,
            is_over: false,
            lives: own.map(|item| item.life(vec![item.there])).collect(),
            pace: None,
        });
        Some(())
    })?;
    subjects.extend(epics(&items));
    subjects.extend(sprints(session, zone, &items).await?);
    subjects.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    Ok(subjects)
}

async fn items(session: &Session, zone: Tz) -> Result<Items> {
    let mut items = Items::new();
    let found = read(session, include_str!("../../../sql/forecast/items.sql"), zone).await?;
    found.each(|row| {
        let from = row.day("created_at")?;
        let parent = row.text("parent_id").map(str::to_owned);
        let item = Item {
            is_epic: row.text("level")? == "epic",
            project_id: row.text("project_id").map(str::to_owned),
            team_id: row.text("team_id").map(str::to_owned),
            name: row.text("name").unwrap_or_default().to_owned(),
            due: row.day("due_on"),
            there: Span { from, until: row.day("deleted_at") },
            begun: row.day("started_at"),
            done: Vec::new(),
            below: vec![(from, parent)],
        };
        items.insert(row.text("id")?.to_owned(), item);
        Some(())
    })?;
    let done = read(session, include_str!("../../../sql/forecast/done.sql"), zone).await?;
    done.each(|row| {
        let item = items.get_mut(row.text("work_item_id")?)?;
        item.done.push(Span { from: row.day("entered_at")?, until: row.day("left_at") });
        Some(())
    })?;
    // A change says what was before it; what is after the last is what the item says itself.
    let parents = read(session, include_str!("../../../sql/forecast/parents.sql"), zone).await?;
    parents.each(|row| {
        let item = items.get_mut(row.text("work_item_id")?)?;
        let (changed, now) = (row.day("changed_at")?, item.below.last()?.1.clone());
        item.below.last_mut()?.1 = row.text("from_id").map(str::to_owned);
        item.below.push((changed, now));
        Some(())
    })?;
    items.values_mut().for_each(|item| item.done = Span::joined(std::mem::take(&mut item.done)));
    Ok(items)
}

fn epics(items: &Items) -> impl Iterator<Item = Subject> {
    let mut lives: BTreeMap<&str, Vec<Life>> = BTreeMap::new();
    for item in items.values().filter(|item| !item.is_epic) {
        let mut spans: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
        for (place, (from, below)) in item.below.iter().enumerate() {
            if let Some(below) = below {
                let until = item.below.get(place + 1).map(|(next, _)| *next);
                spans.entry(below).or_default().push(Span { from: *from, until });
            }
        }
        for (epic, spans) in spans {
            lives.entry(epic).or_default().push(item.life(spans));
        }
    }
    items.iter().filter(|(_, item)| item.is_epic).map(move |(id, epic)| Subject {
        kind: Kind::Epic,
        id: id.clone(),
        name: epic.name.clone(),
        project_id: epic.project_id.clone(),
        team_id: epic.team_id.clone(),
        due: epic.due,
        is_over: epic.there.until.is_some(),
        lives: lives.remove(id.as_str()).unwrap_or_default(),
        pace: None,
    })
}

/// A sprint, while its rows are read.
struct Sprint {
    name: String,
    is_active: bool,
    begins: NaiveDate,
    ends: NaiveDate,
    projects: BTreeSet<Option<String>>,
    teams: BTreeSet<Option<String>>,
    /// Its items, each with when it was in.
    held: Vec<(String, Span)>,
}

impl Sprint {
    /// What all of its items have in common, if they do.
    fn common(of: &BTreeSet<Option<String>>) -> Option<String> {
        if of.len() == 1 { of.first()?.clone() } else { None }
    }
}

/// All sprints of a project together.
#[derive(Default)]
struct Ran<'a> {
    /// When each item was in one that ran.
    held: BTreeMap<&'a str, Vec<Span>>,
    planned: BTreeSet<NaiveDate>,
}

async fn sprints(session: &Session, zone: Tz, items: &Items) -> Result<Vec<Subject>> {
    let mut sprints: BTreeMap<String, Sprint> = BTreeMap::new();
    let rows = read(session, include_str!("../../../sql/forecast/sprints.sql"), zone).await?;
    rows.each(|row| {
        let id = row.text("work_item_id")?;
        let item = items.get(id).filter(|item| !item.is_epic)?;
        let (begins, ends) = (row.day("sprint_starts_at")?, row.day("sprint_ends_at")?);
        let sprint = sprints.entry(row.text("sprint_id")?.to_owned()).or_insert_with(|| Sprint {
            name: row.text("sprint_name").unwrap_or_default().to_owned(),
            is_active: row.text("sprint_state") == Some("active"),
            begins,
            ends,
            projects: BTreeSet::new(),
            teams: BTreeSet::new(),
            held: Vec::new(),
        });
        sprint.projects.insert(row.text("project_id").map(str::to_owned));
        sprint.teams.insert(row.text("team_id").map(str::to_owned));
        let from = row.day("added_at").unwrap_or(item.there.from);
        sprint.held.push((id.to_owned(), Span { from, until: row.day("removed_at") }));
        Some(())
    })?;
    let mut ran: BTreeMap<Option<String>, Ran<'_>> = BTreeMap::new();
    for sprint in sprints.values() {
        let ran = ran.entry(Sprint::common(&sprint.projects)).or_default();
        // Its last day belongs to it: what is left is out of it on the next one, or went into another before.
        let over = sprint.ends.succ_opt().unwrap_or(sprint.ends);
        ran.planned.extend([sprint.begins, sprint.ends, over]);
        let running = Span { from: sprint.begins, until: (!sprint.is_active).then_some(over) };
        for (id, span) in &sprint.held {
            ran.held.entry(id).or_default().push(span.within(running));
        }
    }
    let pace = |ran: Ran<'_>| {
        let lives = ran.held.into_iter().filter_map(|(id, spans)| Some(items.get(id)?.life(spans)));
        Arc::new(Pace { lives: lives.collect(), planned: ran.planned })
    };
    let paces: BTreeMap<_, Arc<Pace>> = ran.into_iter().map(|(project, ran)| (project, pace(ran))).collect();
    let subject = |(id, sprint): (&String, &Sprint)| {
        let project_id = Sprint::common(&sprint.projects);
        // What goes out when a sprint ends was not taken out of it: it was left.
        let held = sprint.held.iter().filter_map(|(id, span)| {
            let until = span.until.filter(|until| *until < sprint.ends);
            Some(items.get(id)?.life(vec![Span { until, ..*span }]))
        });
        Subject {
            kind: Kind::Sprint,
            id: id.clone(),
            name: sprint.name.clone(),
            team_id: Sprint::common(&sprint.teams),
            due: Some(sprint.ends),
            is_over: !sprint.is_active,
            lives: held.collect(),
            pace: paces.get(&project_id).cloned(),
            project_id,
        }
    };
    Ok(sprints.iter().map(subject).collect())
}

/// The rows of a statement.
struct Rows {
    batches: Vec<RecordBatch>,
    zone: Tz,
}

async fn read(session: &Session, statement: &str, zone: Tz) -> Result<Rows> {
    Ok(Rows { batches: session.collect(statement).await?, zone })
}

impl Rows {
    /// Calls `found` with each row; one that lacks what it must have is passed over.
    fn each(&self, mut found: impl FnMut(&At<'_>) -> Option<()>) -> Result<()> {
        for batch in &self.batches {
            let mut columns = BTreeMap::new();
            for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
                let known = matches!(column.data_type(), DataType::Utf8 | DataType::Timestamp(_, _) | DataType::Date32);
                if !known {
                    let reason = format!("column `{}` is of a kind that forecasts do not read", field.name());
                    return Err(Error::Table { table: "facts".to_owned(), reason });
                }
                columns.insert(field.name().as_str(), column);
            }
            for row in 0..batch.num_rows() {
                let _ = found(&At { columns: &columns, row, zone: self.zone });
            }
        }
        Ok(())
    }
}

/// One row.
struct At<'a> {
    columns: &'a BTreeMap<&'a str, &'a ArrayRef>,
    row: usize,
    zone: Tz,
}

impl At<'_> {
    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.columns.get(name).copied().filter(|column| column.is_valid(self.row))
    }

    fn text(&self, name: &str) -> Option<&str> {
        Some(self.column(name)?.as_string_opt::<i32>()?.value(self.row))
    }

    /// The day of a date, or that an instant lies on in the tenant's zone.
    fn day(&self, name: &str) -> Option<NaiveDate> {
        let column = self.column(name)?;
        if let Some(days) = column.as_primitive_opt::<Date32Type>() {
            return NaiveDate::from_epoch_days(days.value(self.row));
        }
        day(self.zone, column.as_primitive_opt::<TimestampMicrosecondType>()?.value(self.row))
    }
}

/// The day that an instant lies on, in microseconds since 1970.
pub(super) fn day(zone: Tz, at: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_micros(at)?.with_timezone(&zone).date_naive())
}
