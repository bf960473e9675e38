//! An issue's stays in sprints, from the history of its field `Sprint` and the sprints that it names now.
//!
//! Jira keeps naming a sprint that was closed with the issue in it, so such a stay has no end. No history tells that a sprint
//! was deleted: what came into it and is there no more without having left was in a sprint that is no more, and makes no row.

use super::Work;
use super::history::Change;
use super::issues::Ticket;
use super::values::{known, micros};
use crate::jira::payload::Id;
use crate::jira::settings::SPRINT as SPRINT_FIELD;
use pulse_engine::map::Reject;
use serde::Deserialize as _;
use serde_json::Value as Json;

/// How Data Center writes a sprint in an issue: `…Sprint@1b2c[id=7,rapidViewId=3,state=ACTIVE,name=…,startDate=…]`, in any order.
const SPRINT: &str = "com.atlassian.greenhopper.service.sprint.Sprint@";

pub(super) fn map(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    let fields = &ticket.settings.fields;
    let field = fields.sprint.as_deref();
    let name = field.and_then(|id| fields.names.get(id)).map(String::as_str);
    let is_it = |change: &&Change<'_>| change.item.is_field(field, SPRINT_FIELD, name);
    let steps: Vec<Step<'_>> = ticket.changes.iter().filter(is_it).map(Step::of).collect();
    let now: Option<Vec<String>> = ticket.issue.fields.get(field).map(sprints);
    let now: Option<Vec<&str>> = now.as_ref().map(|now| now.iter().map(String::as_str).collect());
    let created = ticket.issue.fields.own.created.as_deref().and_then(micros);
    let stays = stays(created, &steps, now.as_deref());
    for (place, stay) in stays.iter().enumerate() {
        let sprint = format!("sprints/{}", stay.sprint);
        let nth = stays[..=place].iter().filter(|other| other.sprint == stay.sprint).count();
        let row = work
            .row("sprint_items", &format!("{}/{sprint}/{nth}", ticket.native))?
            .set("sprint_id", work.id(&sprint))
            .set("work_item_id", work.id(&ticket.native))
            .set("added_at", known(stay.added))
            .set("removed_at", known(stay.removed));
        work.push(row)?;
    }
    Ok(())
}

/// The sprints before and after a change.
struct Step<'a> {
    at: i64,
    from: Vec<&'a str>,
    to: Vec<&'a str>,
}

impl<'a> Step<'a> {
    fn of(change: &'a Change<'_>) -> Self {
        let item = change.item;
        let ids = |text: &'a Option<String>| -> Vec<&'a str> {
            let ids = text.as_deref().unwrap_or_default().split(',').map(str::trim);
            ids.filter(|id| !id.is_empty()).collect()
        };
        Self { at: change.at, from: ids(&item.from), to: ids(&item.to) }
    }
}

/// One stay in one sprint.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stay<'a> {
    sprint: &'a str,
    added: Option<i64>,
    removed: Option<i64>,
}

/// The stays, in the order in which they began. `now` is what the issue names, where that is known.
fn stays<'a>(created: Option<i64>, steps: &[Step<'a>], now: Option<&[&'a str]>) -> Vec<Stay<'a>> {
    let mut stays = Vec::new();
    // Before the first change it was as it was made.
    let first = steps.first().map(|step| step.from.as_slice()).or(now).unwrap_or_default();
    open(&mut stays, first, created);
    for step in steps {
        settle(&mut stays, &step.from);
        for stay in stays.iter_mut().filter(|stay| stay.removed.is_none() && !step.to.contains(&stay.sprint)) {
            stay.removed = Some(step.at);
        }
        open(&mut stays, &step.to, Some(step.at));
    }
    if let Some(now) = now {
        settle(&mut stays, now);
    }
    stays
}

/// Begins a stay in each of the sprints that it is not in.
fn open<'a>(stays: &mut Vec<Stay<'a>>, sprints: &[&'a str], added: Option<i64>) {
    for sprint in sprints {
        if !stays.iter().any(|stay| stay.sprint == *sprint && stay.removed.is_none()) {
            stays.push(Stay { sprint, added, removed: None });
        }
    }
}

/// Takes in what no history told: when it came into a sprint so is not known.
fn settle<'a>(stays: &mut Vec<Stay<'a>>, sprints: &[&'a str]) {
    stays.retain(|stay| stay.removed.is_some() || sprints.contains(&stay.sprint));
    open(stays, sprints, None);
}

/// The ids of the sprints that an issue names: objects of Cloud, texts of Data Center, one alone or a list.
fn sprints(value: &Json) -> Vec<String> {
    match value {
        Json::Array(values) => values.iter().flat_map(sprints).collect(),
        Json::String(text) => id(text).map(str::to_owned).into_iter().collect(),
        Json::Object(sprint) => {
            sprint.get("id").and_then(|id| Id::deserialize(id).ok()).map(|id| id.0).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The number in a sprint's text.
fn id(text: &str) -> Option<&str> {
    let inside = inside(text)?;
    let (_, rest) = inside.split_once("[id=").or_else(|| inside.rsplit_once(",id="))?;
    let id = rest.split([',', ']']).next()?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then_some(id)
}

/// The name in a sprint's text, which may have commas. The start stands after it.
pub(super) fn name(text: &str) -> Option<&str> {
    let (_, rest) = inside(text)?.split_once(",name=")?;
    rest.split(",startDate=").next()
}

/// A sprint's text from the bracket on.
fn inside(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(SPRINT)?;
    rest.find('[').and_then(|at| rest.get(at..))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn step<'a>(at: i64, from: &[&'a str], to: &[&'a str]) -> Step<'a> {
        Step { at, from: from.to_vec(), to: to.to_vec() }
    }

    fn told(steps: &[Step<'_>], now: Option<&[&str]>) -> Vec<String> {
        let at = |at: Option<i64>| at.map_or_else(|| "?".to_owned(), |at| at.to_string());
        stays(Some(0), steps, now).iter().map(|s| format!("{} {}-{}", s.sprint, at(s.added), at(s.removed))).collect()
    }

    #[test]
    fn an_issue_comes_in_goes_out_and_comes_in_again() {
        let steps = [step(1, &[], &["a"]), step(2, &["a"], &[]), step(3, &[], &["a"])];
        assert_eq!(told(&steps, Some(&["a"])), ["a 1-2", "a 3-?"]);
    }

    #[test]
    fn an_issue_that_was_made_in_a_sprint_came_in_then() {
        assert_eq!(told(&[], Some(&["a"])), ["a 0-?"]);
        assert_eq!(told(&[step(2, &["a"], &["a", "b"])], Some(&["a", "b"])), ["a 0-?", "b 2-?"]);
        assert_eq!(told(&[step(2, &["a"], &["b"])], None), ["a 0-2", "b 2-?"]);
        assert_eq!(told(&[], None), [""; 0]);
    }

    #[test]
    fn a_sprint_that_was_deleted_takes_its_stay_with_it() {
        assert_eq!(told(&[step(1, &[], &["a"])], Some(&[])), [""; 0]);
        assert_eq!(told(&[step(1, &[], &["a"]), step(3, &[], &["b"])], Some(&["b"])), ["b 3-?"]);
    }

    #[test]
    fn when_an_issue_came_into_a_sprint_that_no_history_tells_is_not_known() {
        assert_eq!(told(&[step(1, &[], &["a"])], Some(&["a", "b"])), ["a 1-?", "b ?-?"]);
        assert_eq!(told(&[step(1, &[], &["a"]), step(3, &["a", "b"], &["a"])], None), ["a 1-?", "b ?-3"]);
    }

    #[test]
    fn the_sprints_of_an_issue_are_read_as_either_edition_tells_them() {
        assert_eq!(sprints(&json!([{"id": 7, "name": "x", "state": "active"}, null, {"id": "8"}, {}])), ["7", "8"]);
        assert_eq!(sprints(&json!({"id": 7})), ["7"]);
        let text = |inside: &str| format!("{SPRINT}5f3a[{inside}]");
        let texts = [
            text("id=7,rapidViewId=1,state=CLOSED,name=Id, ,id=9,startDate=<null>"),
            text("rapidViewId=142,state=CLOSED,name=07.04 - 24.04,startDate=x,completeDate=y,id=642"),
            text("rapidViewId=1"),
            "Sprint 7".to_owned(),
        ];
        assert_eq!(sprints(&json!(texts)), ["7", "642"]);
        assert_eq!((name(&texts[0]), name(&texts[1])), (Some("Id, ,id=9"), Some("07.04 - 24.04")));
        assert_eq!((sprints(&json!(null)), name("Sprint 7")), (vec![], None));
    }

    proptest! {
        #[test]
        fn at_every_instant_the_open_stays_are_the_sprints_of_that_instant(
            sets in prop::collection::vec(prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c"]), 0..3), 1..8),
        ) {
            let sets: Vec<Vec<&str>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let steps: Vec<Step<'_>> = (1..sets.len()).map(|i| step(i as i64, &sets[i - 1], &sets[i])).collect();
            let stays = stays(Some(0), &steps, sets.last().map(Vec::as_slice));
            for (at, set) in sets.iter().enumerate() {
                let at = at as i64;
                let is_open = |s: &&Stay<'_>| s.added.is_some_and(|a| a <= at) && s.removed.is_none_or(|r| at < r);
                let mut open: Vec<&str> = stays.iter().filter(is_open).map(|s| s.sprint).collect();
                open.sort_unstable();
                prop_assert_eq!(&open, set);
            }
        }
    }
}
