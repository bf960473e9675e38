//! The history of an issue, as changes of its fields in the order of time.
//!
//! | field | values |
//! |---|---|
//! | `status` | names of statuses |
//! | `assignee` | identities |
//! | `resolution` | how it was closed; none while it is open |
//! | any other | what Jira calls the values |

use super::Work;
use super::issues::Ticket;
use super::values::{present, required_time};
use crate::jira::payload::{History, Item, User};
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

/// One change of one field.
pub(super) struct Change<'a> {
    /// The part of its key below that of the issue's events.
    native: String,
    pub(super) at: i64,
    author: Option<&'a User>,
    pub(super) item: &'a Item,
}

/// All changes in the order of time, and those of one instant in the order in which Jira numbered them.
pub(super) fn changes(histories: &[History]) -> Result<Vec<Change<'_>>, Reject> {
    let mut timed = Vec::with_capacity(histories.len());
    for history in histories {
        let id = present("changelog.histories.id", history.id.as_ref())?.0.as_str();
        timed.push((required_time("changelog.histories.created", history.created.as_deref())?, id, history));
    }
    // Of two numbers the longer is the greater.
    timed.sort_by_key(|(at, id, _)| (*at, id.len(), *id));
    // Pages of a history that grows while it is read may tell one twice.
    timed.dedup_by_key(|(_, id, _)| *id);
    let mut changes = Vec::new();
    for (at, id, history) in timed {
        changes.extend(history.items().map(|(place, item)| Change {
            native: format!("{id}/{place}"),
            at,
            author: history.author.as_ref(),
            item,
        }));
    }
    Ok(changes)
}

/// When an issue last came into one of the statuses from one that is not among them.
pub(super) fn entered(changes: &[Change<'_>], among: impl Fn(&str) -> bool) -> Option<i64> {
    let is_among = |status: &Option<String>| status.as_deref().is_some_and(&among);
    let enters = |item: &Item| item.is_own("status") && is_among(&item.to_string) && !is_among(&item.from_string);
    changes.iter().rev().find(|change| enters(change.item)).map(|change| change.at)
}

/// Makes a row of each change.
pub(super) fn transitions(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    let mut last: Option<(i64, i64)> = None;
    for change in &ticket.changes {
        let position = last.filter(|(at, _)| *at == change.at).map_or(0, |(_, position)| position + 1);
        last = Some((change.at, position));
        let item = change.item;
        let (from, to) = if item.is_own("assignee") {
            (work.user_of(item.from.as_deref()), work.user_of(item.to.as_deref()))
        } else {
            (item.from_string.clone(), item.to_string.clone())
        };
        let of_status = |id: Option<&str>| {
            let id = id
                .filter(|id| item.is_own("status") && !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit()));
            id.map(|id| work.id(&format!("statuses/{id}")))
        };
        let (from_status, to_status) = (of_status(item.from.as_deref()), of_status(item.to.as_deref()));
        let author = work.user(change.author);
        let row = work
            .part_row("work_item_transitions", [&ticket.native, "events", &change.native])?
            .set("work_item_id", work.id(&ticket.native))
            .set("field", field(item)?)
            .set("from_value", from)
            .set("to_value", to)
            .set("from_status_id", from_status)
            .set("to_status_id", to_status)
            .set("changed_at", Value::Time(change.at))
            .set("author_id", author)
            .set("position", position);
        work.push(row)?;
    }
    Ok(())
}

/// The name of the field that changed. What somebody added and called as one of those that have a meaning here does not have
/// it.
fn field(item: &Item) -> Result<String, Reject> {
    let told = item.field.as_deref().or(item.field_id.as_deref());
    let name = present("changelog.histories.items.field", told)?.to_lowercase();
    let is_taken = item.is_custom() && matches!(name.as_str(), "status" | "assignee" | "resolution");
    Ok(if is_taken { format!("{name} (custom)") } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn histories(json: Json) -> Vec<History> {
        serde_json::from_value(json).unwrap()
    }

    fn status(id: &str, minute: i64, from: &str, to: &str) -> Json {
        let item = json!({"field": "status", "fieldtype": "jira", "fromString": from, "toString": to});
        json!({"id": id, "created": format!("2026-01-01T00:{minute:02}:00.000+0000"), "items": [item]})
    }

    #[test]
    fn changes_stand_in_the_order_of_time_and_of_their_numbers() {
        let histories = histories(json!([
            status("10", 1, "B", "C"),
            status("9", 1, "A", "B"),
            status("11", 0, "-", "A"),
            status("10", 1, "B", "C"),
            {"id": 12, "created": "2026-01-01T00:02:00Z", "items": [null, {"field": "x"}]},
            {"id": "13", "created": "2026-01-01T00:02:00Z", "items": null},
        ]));
        let told: Vec<_> = changes(&histories).unwrap().into_iter().map(|change| change.native).collect();
        assert_eq!(told, ["11/0", "9/0", "10/0", "12/1"]);
    }

    #[test]
    fn an_issue_enters_with_the_last_step_from_outside() {
        let histories = histories(json!([
            status("1", 1, "To Do", "Done"),
            status("2", 2, "Done", "To Do"),
            status("3", 3, "To Do", "Done"),
            status("4", 4, "Done", "Closed"),
        ]));
        let changes = changes(&histories).unwrap();
        let minute = |among: &[&str]| Some(entered(&changes, |status| among.contains(&status))? / 60_000_000 % 60);
        assert_eq!(minute(&["Done", "Closed"]), Some(3));
        assert_eq!(minute(&["Closed"]), Some(4));
        assert_eq!(minute(&["Lost"]), None);
    }

    #[test]
    fn what_is_missing_from_a_history_is_told_by_its_field() {
        let field = |json| changes(&histories(json)).err().and_then(|reject| reject.field).unwrap();
        assert_eq!(field(json!([{"created": "2026-01-01T00:00:00Z"}])), "changelog.histories.id");
        assert_eq!(field(json!([{"id": "1"}])), "changelog.histories.created");
    }

    #[test]
    fn a_field_that_somebody_added_is_not_taken_for_jiras_own() {
        let name = |json| field(&serde_json::from_value(json).unwrap());
        assert_eq!(name(json!({"field": "Story Points", "fieldtype": "custom"})).unwrap(), "story points");
        assert_eq!(name(json!({"field": "status", "fieldtype": "jira"})).unwrap(), "status");
        assert_eq!(name(json!({"field": "Status", "fieldtype": "custom"})).unwrap(), "status (custom)");
        assert_eq!(name(json!({"field": "resolution", "fieldtype": "jira"})).unwrap(), "resolution");
        assert_eq!(name(json!({"field": "Resolution", "fieldtype": "custom"})).unwrap(), "resolution (custom)");
        assert_eq!(name(json!({"fieldId": "customfield_1"})).unwrap(), "customfield_1");
        assert_eq!(name(json!({})).unwrap_err().field.as_deref(), Some("changelog.histories.items.field"));
    }
}
