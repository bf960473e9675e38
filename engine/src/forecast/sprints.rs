//! Sprints as subjects.

use super::input::Items;
use super::ran::Ran;
use super::rows::{At, read};
use super::subject::{Pace, Subject};
use super::{Kind, Span};
use crate::Result;
use crate::session::Session;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A sprint, while its rows are read.
struct Sprint {
    name: String,
    is_active: bool,
    begins: NaiveDate,
    ends: NaiveDate,
    /// The project that was decided of its board, or that its source says.
    project: Option<String>,
    projects: BTreeSet<Option<String>>,
    teams: BTreeSet<Option<String>>,
    /// Its items, each with when it was in: one that was taken out may have come back.
    held: BTreeMap<String, Vec<Span>>,
}

impl Sprint {
    /// The project that it is of: where none is said, that of all of its items.
    fn project(&self) -> Option<String> {
        self.project.clone().or_else(|| Self::common(&self.projects))
    }

    /// What all of its items have in common, if they do.
    fn common(of: &BTreeSet<Option<String>>) -> Option<String> {
        if of.len() == 1 { of.first()?.clone() } else { None }
    }
}

/// The sprint of a row, which notes that an item was in it, and when. One that is not known from a row before is as this one tells.
fn noted<'s>(row: &At<'_>, sprints: &'s mut BTreeMap<String, Sprint>, items: &Items) -> Option<&'s mut Sprint> {
    let id = row.text("work_item_id")?;
    let item = items.get(id).filter(|item| !item.is_epic)?;
    let sprint = match sprints.entry(row.text("sprint_id")?.to_owned()) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(Sprint {
            name: row.text("sprint_name").unwrap_or_default().to_owned(),
            is_active: row.text("sprint_state") == Some("active"),
            begins: row.day("sprint_starts_at")?,
            ends: row.day("sprint_ends_at")?,
            project: row.text("sprint_project_id").map(str::to_owned),
            projects: BTreeSet::new(),
            teams: BTreeSet::new(),
            held: BTreeMap::new(),
        }),
    };
    let from = row.day("added_at").unwrap_or(item.there.from);
    sprint.held.entry(id.to_owned()).or_default().push(Span { from, until: row.day("removed_at") });
    Some(sprint)
}

/// All sprints that have begun.
pub(super) async fn sprints(session: &Session, zone: Tz, items: &Items) -> Result<Vec<Subject>> {
    let mut sprints: BTreeMap<String, Sprint> = BTreeMap::new();
    let held = read(session, include_str!("../../../sql/forecast/sprints.sql"), zone).await?;
    held.each(|row| {
        let sprint = noted(row, &mut sprints, items)?;
        // What is gone, or whose project is, says no more of whose a sprint is.
        if !items.get(row.text("work_item_id")?)?.is_gone {
            sprint.projects.insert(row.text("project_id").map(str::to_owned));
            sprint.teams.insert(row.text("team_id").map(str::to_owned));
        }
        Some(())
    })?;
    // What facts still have of what is gone was noted.
    let there: BTreeSet<String> = sprints.values().flat_map(|sprint| sprint.held.keys().cloned()).collect();
    let gone = read(session, include_str!("../../../sql/forecast/gone_sprints.sql"), zone).await?;
    gone.each(|row| {
        if !there.contains(row.text("work_item_id")?) {
            noted(row, &mut sprints, items)?;
        }
        Some(())
    })?;
    let mut ran: BTreeMap<String, Ran<'_>> = BTreeMap::new();
    for sprint in sprints.values() {
        // Those of which no project is known are not one another's.
        let Some(project) = sprint.project() else { continue };
        let held = sprint.held.iter().flat_map(|(id, spans)| spans.iter().map(move |span| (id.as_str(), *span)));
        ran.entry(project).or_default().add(sprint.begins, sprint.ends, sprint.is_active, held);
    }
    let paces: BTreeMap<_, Arc<Pace>> =
        ran.into_iter().map(|(project, ran)| (project, Arc::new(ran.pace(items)))).collect();
    let subject = |(id, sprint): (&String, &Sprint)| {
        let project_id = sprint.project();
        // What is in it when it ends, and goes into another or is deleted then, was left. One that runs after its last day has not ended.
        let ended = Some(sprint.ends).filter(|_| !sprint.is_active);
        let held = sprint.held.iter().filter_map(|(id, spans)| Some(items.get(id)?.life(spans.clone()).left_on(ended)));
        Subject {
            kind: Kind::Sprint,
            id: id.clone(),
            name: sprint.name.clone(),
            team_id: Sprint::common(&sprint.teams),
            due: Some(sprint.ends),
            begins: Some(sprint.begins),
            is_over: !sprint.is_active,
            is_mapped: true,
            lives: held.collect(),
            pace: project_id.as_ref().and_then(|project| paces.get(project).cloned()),
            project_id,
        }
    };
    Ok(sprints.iter().map(subject).collect())
}
