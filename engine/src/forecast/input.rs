//! The subjects of a tenant, read through a session: what somebody may not see is not forecast for them.

use super::gone::add_gone;
use super::releases::releases;
use super::rows::read;
use super::sprints::sprints;
use super::subject::Subject;
use super::{Kind, Life, Span};
use crate::metrics::{self, Dimension, Filter, Rows};
use crate::session::Session;
use crate::{Error, Result, Settings};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An item, or an epic.
pub(super) struct Item {
    pub(super) id: Arc<str>,
    pub(super) is_epic: bool,
    pub(super) is_mapped: bool,
    /// Whether its source has it no more, or its project.
    pub(super) is_gone: bool,
    pub(super) project_id: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) name: String,
    pub(super) due: Option<NaiveDate>,
    /// From when it was made until it was deleted, or abandoned.
    pub(super) there: Span,
    pub(super) begun: Option<NaiveDate>,
    pub(super) done: Vec<Span>,
    /// When it was closed without having been done: it was not there. Of one that is so now that is what `there` says.
    pub(super) abandoned: Vec<Span>,
    /// What it was below, from each day on.
    pub(super) below: Vec<(NaiveDate, Option<String>)>,
}

impl Item {
    /// Its life as far as it was within something.
    pub(super) fn life(&self, within: Vec<Span>) -> Life {
        let within = Span::joined(within.into_iter().map(|span| span.within(self.there)).collect());
        let within = Span::outside(within, &self.abandoned);
        Life { id: Arc::clone(&self.id), within, done: self.done.clone(), begun: self.begun }
    }

    /// Its life below an epic, which was done for some spans. What goes out once its epic is done was not taken out of it: it was left. What is
    /// abandoned on the very day went with it: at the end of that day nothing of it was open.
    fn life_below(&self, within: Vec<Span>, epic_done: &[Span]) -> Life {
        let went = |done: &Span| self.abandoned.iter().any(|abandoned| abandoned.from == done.from);
        let was_left =
            |until: NaiveDate| epic_done.iter().any(|done| done.holds(until) && !(done.from == until && went(done)));
        let mut life = self.life(within);
        for span in &mut life.within {
            span.until = span.until.filter(|until| !was_left(*until));
        }
        life
    }
}

/// All of a tenant, by their ids.
pub(super) type Items = BTreeMap<String, Item>;

/// Everything that may be forecast, in the order of kinds and ids.
pub(super) async fn subjects(session: &Session, settings: &Settings) -> Result<Vec<Subject>> {
    let zone = settings.time_zone;
    let mut items = items(session, zone).await?;
    add_gone(session, settings, &mut items).await?;
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
            begins: None,
            is_over: false,
            is_mapped: true,
            lives: own.map(|item| item.life(vec![item.there])).collect(),
            pace: None,
        });
        Some(())
    })?;
    subjects.extend(epics(&items));
    subjects.extend(sprints(session, zone, &items).await?);
    subjects.extend(releases(session, zone, &items).await?);
    subjects.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    Ok(subjects)
}

/// All items that a filter leaves, by what they are of now. They are nobody's, and due on no day.
///
/// # Errors
/// [`Error::Question`] when it names what is not known, or what no item is told by; else as [`Session::collect`].
pub(super) async fn filtered(session: &Session, filter: &Filter, zone: Tz) -> Result<Subject> {
    let told_by = [&Dimension::OF_ITEMS[..], &[Dimension::Label]].concat();
    if let Some(by) = filter.dimensions().find(|by| !told_by.contains(by)) {
        let known: Vec<_> = told_by.iter().map(|by| by.name()).collect();
        return Err(Error::Question(format!("items are not told by {}; they are by: {}", by.name(), known.join(", "))));
    }
    let rows = Rows { columns: &Dimension::OF_ITEMS, of: Some((metrics::Subject::WorkItem, "id")) };
    let condition = metrics::condition(session, filter, rows).await?;
    let statement = format!("SELECT id FROM facts.work_items WHERE level = 'item'{condition}");
    let mut wanted = BTreeSet::new();
    read(session, &statement, zone).await?.each(|row| {
        wanted.insert(row.text("id")?.to_owned());
        Some(())
    })?;
    let items = items(session, zone).await?;
    let own = items.iter().filter(|(id, item)| !item.is_epic && wanted.contains(*id));
    let name = called(filter);
    Ok(Subject {
        kind: Kind::Items,
        id: name.clone(),
        name,
        project_id: None,
        team_id: None,
        due: None,
        begins: None,
        is_over: false,
        is_mapped: true,
        lives: own.map(|(_, item)| item.life(vec![item.there])).collect(),
        pace: None,
    })
}

/// What the items that a filter leaves are called.
fn called(filter: &Filter) -> String {
    let part = |by: Dimension| format!("{} {}", by.name().replace('_', " "), filter.of(by).join(" or "));
    let parts: Vec<String> = filter.dimensions().map(part).collect();
    if parts.is_empty() { "all items".to_owned() } else { format!("items of {}", parts.join(" and ")) }
}

async fn items(session: &Session, zone: Tz) -> Result<Items> {
    let mut items = Items::new();
    let found = read(session, include_str!("../../../sql/forecast/items.sql"), zone).await?;
    found.each(|row| {
        let from = row.day("created_at")?;
        let parent = row.text("parent_id").map(str::to_owned);
        let item = Item {
            id: row.text("id")?.into(),
            is_epic: row.text("level")? == "epic",
            is_mapped: row.text("status_category").is_some(),
            is_gone: row.flag("is_gone")?,
            project_id: row.text("project_id").map(str::to_owned),
            team_id: row.text("team_id").map(str::to_owned),
            name: row.text("name").unwrap_or_default().to_owned(),
            due: row.day("due_on"),
            there: Span { from, until: row.day("deleted_at") },
            begun: row.day("started_at"),
            done: Vec::new(),
            abandoned: Vec::new(),
            below: vec![(from, parent)],
        };
        items.insert(row.text("id")?.to_owned(), item);
        Some(())
    })?;
    let done = read(session, include_str!("../../../sql/forecast/done.sql"), zone).await?;
    done.each(|row| {
        let item = items.get_mut(row.text("work_item_id")?)?;
        let closed = if row.flag("is_abandoned")? { &mut item.abandoned } else { &mut item.done };
        closed.push(Span { from: row.day("entered_at")?, until: row.day("left_at") });
        Some(())
    })?;
    let parents = read(session, include_str!("../../../sql/forecast/parents.sql"), zone).await?;
    parents.each(|row| {
        let item = items.get_mut(row.text("work_item_id")?)?;
        was_below(&mut item.below, row.day("changed_at")?, row.text("from_id").map(str::to_owned));
        Some(())
    })?;
    for closed in items.values_mut().flat_map(|item| [&mut item.done, &mut item.abandoned]) {
        *closed = Span::joined(std::mem::take(closed));
    }
    Ok(items)
}

/// Notes what something was below until a day. A change says what was before it; what is after the last is what the item says itself.
pub(super) fn was_below(below: &mut Vec<(NaiveDate, Option<String>)>, until: NaiveDate, of: Option<String>) {
    if let Some((_, last)) = below.last_mut() {
        let now = std::mem::replace(last, of);
        below.push((until, now));
    }
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
            let done = items.get(epic).map(|epic| epic.done.as_slice()).unwrap_or_default();
            lives.entry(epic).or_default().push(item.life_below(spans, done));
        }
    }
    items.iter().filter(|(_, item)| item.is_epic).map(move |(id, epic)| Subject {
        kind: Kind::Epic,
        id: id.clone(),
        name: epic.name.clone(),
        project_id: epic.project_id.clone(),
        team_id: epic.team_id.clone(),
        due: epic.due,
        begins: None,
        is_over: epic.there.until.is_some() || epic.done.last().is_some_and(|done| done.until.is_none()),
        is_mapped: epic.is_mapped,
        lives: lives.remove(id.as_str()).unwrap_or_default(),
        pace: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, n).unwrap_or_default()
    }

    fn item(is_epic: bool, done: Vec<Span>, below: Vec<(NaiveDate, Option<&str>)>) -> Item {
        Item {
            id: Arc::default(),
            is_epic,
            is_mapped: true,
            is_gone: false,
            project_id: None,
            team_id: None,
            name: String::new(),
            due: None,
            there: Span::since(day(1)),
            begun: None,
            done,
            abandoned: Vec::new(),
            below: below.into_iter().map(|(on, parent)| (on, parent.map(str::to_owned))).collect(),
        }
    }

    #[test]
    fn what_goes_out_of_an_epic_once_it_is_done_was_left_and_not_taken_out() {
        let out_on = |out: u32, done: Vec<Span>| {
            let moved = vec![(day(2), Some("e")), (day(out), Some("f"))];
            let items = [("a", item(false, Vec::new(), moved)), ("e", item(true, done, Vec::new()))];
            let items: Items = items.into_iter().map(|(id, item)| (id.to_owned(), item)).collect();
            let epic = epics(&items).next().unwrap();
            (epic.lives[0].within.clone(), epic.is_over)
        };
        let closed = || vec![Span::since(day(9))];
        let (until, left) = (|n| vec![Span { from: day(2), until: Some(day(n)) }], vec![Span::since(day(2))]);
        assert_eq!(out_on(8, closed()), (until(8), true));
        assert_eq!(out_on(9, closed()), (left.clone(), true));
        assert_eq!(out_on(12, closed()), (left, true));
        assert_eq!(out_on(12, Vec::new()), (until(12), false));
        // It was opened again before.
        assert_eq!(out_on(12, vec![Span { from: day(9), until: Some(day(11)) }]), (until(12), false));
    }

    #[test]
    fn an_epic_is_done_on_the_day_on_which_it_is_closed_and_its_rest_abandoned_and_not_where_that_is_abandoned_later() {
        let done_on = |abandoned: u32, closed: u32| {
            let done = item(false, vec![Span::since(day(5))], vec![(day(2), Some("e"))]);
            let mut rest = item(false, Vec::new(), vec![(day(2), Some("e"))]);
            rest.there.until = Some(day(abandoned));
            rest.abandoned = vec![Span::since(day(abandoned))];
            let epic = item(true, vec![Span::since(day(closed))], Vec::new());
            let items = [("a", done), ("b", rest), ("e", epic)];
            let items: Items = items.into_iter().map(|(id, item)| (id.to_owned(), item)).collect();
            let epic = epics(&items).next().unwrap();
            (epic.past().done_on(day(3)), epic.as_of(day(20), &|_| true).open)
        };
        assert_eq!(done_on(8, 9), (Some(day(8)), 0));
        assert_eq!(done_on(9, 9), (Some(day(9)), 0));
        assert_eq!(done_on(10, 9), (None, 1));
        // It was abandoned long before the other one was done.
        assert_eq!(done_on(4, 9), (Some(day(5)), 0));
    }
}
