//! Items that their source has no more. Facts have none of them, and a past that is told as of a day had them: their lives are made of what
//! core keeps, by the rules that the facts of all others are made by.

use super::Span;
use super::input::{Item, Items, was_below};
use super::rows::{At, day, read};
use crate::model::items::{Flows, ItemsInput, RESOLUTION, STATUS, Stay, Transition, WorkItem, WorkItemFact};
use crate::model::{Organisation, Workflow};
use crate::parts::with_parts;
use crate::session::Session;
use crate::{Result, Settings};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// One of them, as its source told of it last.
struct Gone {
    id: String,
    connection: String,
    key: String,
    kind: Option<String>,
    type_id: Option<String>,
    status: Option<String>,
    status_category: Option<String>,
    resolution: Option<String>,
    project_id: Option<String>,
    created_at: i64,
    resolved_at: Option<i64>,
    there: Span,
    below: Vec<(NaiveDate, Option<String>)>,
    changes: Vec<Change>,
}

/// A change of its status, or of how it is closed.
struct Change {
    id: String,
    field: &'static str,
    from: Option<String>,
    to: Option<String>,
    from_status: Option<String>,
    to_status: Option<String>,
    at: i64,
}

impl Gone {
    fn of(row: &At<'_>) -> Option<Self> {
        let text = |name| row.text(name).map(str::to_owned);
        let from = row.day("created_at")?;
        Some(Self {
            id: text("id")?,
            connection: text("connection")?,
            key: text("key")?,
            kind: text("kind"),
            type_id: text("type_id"),
            status: text("status"),
            status_category: text("status_category"),
            resolution: text("resolution"),
            project_id: text("project_id"),
            created_at: row.time("created_at")?,
            resolved_at: row.time("resolved_at"),
            there: Span { from, until: row.day("deleted_at") },
            below: vec![(from, text("parent_id"))],
            changes: Vec::new(),
        })
    }

    /// Takes in a change of its own, in the order of time.
    fn changed(&mut self, row: &At<'_>) -> Option<()> {
        let text = |name| row.text(name).map(str::to_owned);
        let field = match row.text("field")? {
            STATUS => Some(STATUS),
            RESOLUTION => Some(RESOLUTION),
            _ => None,
        };
        if let Some(field) = field {
            self.changes.push(Change {
                id: text("id")?,
                field,
                from: text("from_value"),
                to: text("to_value"),
                from_status: text("from_status_id"),
                to_status: text("to_status_id"),
                at: row.time("changed_at")?,
            });
        } else {
            was_below(&mut self.below, row.day("changed_at")?, text("from_id"));
        }
        Some(())
    }

    fn item(&self) -> WorkItem<'_> {
        WorkItem {
            id: &self.id,
            connection: &self.connection,
            key: &self.key,
            kind: self.kind.as_deref(),
            type_id: self.type_id.as_deref(),
            status: self.status.as_deref(),
            status_category: self.status_category.as_deref(),
            project_id: self.project_id.as_deref(),
            created_at: Some(self.created_at),
            resolved_at: self.resolved_at,
            resolution: self.resolution.as_deref(),
            ..WorkItem::default()
        }
    }

    fn transitions(&self) -> impl Iterator<Item = Transition<'_>> {
        self.changes.iter().zip(0..).map(|(change, position)| Transition {
            id: &change.id,
            work_item_id: &self.id,
            field: change.field,
            from: change.from.as_deref(),
            to: change.to.as_deref(),
            from_status: change.from_status.as_deref(),
            to_status: change.to_status.as_deref(),
            at: change.at,
            position,
        })
    }

    /// What forecasts look at of it. It is of no team: that is told by what each item is of now.
    fn kept(&self, fact: &WorkItemFact<'_>, zone: Tz) -> Item {
        // What was abandoned before it was deleted was open no longer than until then.
        let abandoned = fact.abandoned_at.and_then(|at| day(zone, at));
        let until = self.there.until.into_iter().chain(abandoned).min();
        let closed = |is_abandoned: bool| {
            let closed = fact.stays.iter().filter(move |stay| stay.is_done() && stay.is_abandoned == is_abandoned);
            let span = |stay: &Stay<'_>| {
                Some(Span { from: day(zone, stay.entered_at)?, until: stay.left_at.and_then(|left| day(zone, left)) })
            };
            Span::joined(closed.filter_map(span).collect())
        };
        Item {
            id: self.id.as_str().into(),
            is_epic: false,
            is_mapped: true,
            is_gone: true,
            project_id: self.project_id.clone(),
            team_id: None,
            name: self.key.clone(),
            due: None,
            there: Span { until, ..self.there },
            begun: fact.started_at.and_then(|started| day(zone, started)),
            done: closed(false),
            abandoned: closed(true),
            below: self.below.clone(),
        }
    }
}

/// Adds those of them that count as work of their own. What facts still have is left as it is there.
pub(super) async fn add_gone(session: &Session, settings: &Settings, items: &mut Items) -> Result<()> {
    let zone = settings.time_zone;
    let gone = told(session, zone, items).await?;
    if gone.is_empty() {
        return Ok(());
    }
    let workflow = workflow(session, zone).await?;
    let input = ItemsInput {
        items: gone.values().map(Gone::item).collect(),
        transitions: gone.values().flat_map(Gone::transitions).collect(),
        ..ItemsInput::default()
    };
    let organisation = Organisation::default();
    let flows = Flows::new(&input, &organisation, &workflow, settings);
    for fact in flows.items.iter().filter(|fact| fact.excluded.is_none()) {
        if let Some(gone) = gone.get(fact.item.id) {
            items.insert(gone.id.clone(), gone.kept(fact, zone));
        }
    }
    Ok(())
}

/// Those that are in core and not among `items`, by their ids.
async fn told(session: &Session, zone: Tz, items: &Items) -> Result<BTreeMap<String, Gone>> {
    let mut gone: BTreeMap<String, Gone> = BTreeMap::new();
    let last = read(session, &with_parts(include_str!("../../../sql/forecast/gone.sql")), zone).await?;
    last.each(|row| {
        let one = Gone::of(row).filter(|one| !items.contains_key(&one.id))?;
        gone.insert(one.id.clone(), one);
        Some(())
    })?;
    if !gone.is_empty() {
        let changes = read(session, include_str!("../../../sql/forecast/gone_changes.sql"), zone).await?;
        changes.each(|row| gone.get_mut(row.text("work_item_id")?)?.changed(row))?;
    }
    Ok(gone)
}

/// What statuses and types mean: what sources tell of them, or where a row policy shows no such list, what items do.
async fn workflow(session: &Session, zone: Tz) -> Result<Workflow> {
    let mut workflow = Workflow::default();
    let statuses = if session.has_table("core", "statuses") {
        include_str!("../../../sql/forecast/statuses.sql")
    } else {
        include_str!("../../../sql/forecast/statuses_met.sql")
    };
    read(session, statuses, zone).await?.each(|row| {
        let (name, category) = (row.text("name")?, row.text("status_category")?);
        // An item tells the name of the status alone, and not whether that is still there.
        let (id, is_gone) = (row.text("id").unwrap_or(name), row.flag("is_gone").unwrap_or(true));
        workflow.status(row.text("connection")?, id, name, category, is_gone);
        Some(())
    })?;
    let types = if session.has_table("core", "work_item_types") {
        include_str!("../../../sql/forecast/types.sql")
    } else {
        include_str!("../../../sql/forecast/types_met.sql")
    };
    read(session, types, zone).await?.each(|row| {
        let level = match row.text("level")? {
            "epic" => 1,
            "subtask" => -1,
            _ => 0,
        };
        workflow.work_item_type(row.text("id")?, level);
        Some(())
    })?;
    Ok(workflow)
}
